// The command line of the example hub_proxy: what it refuses, and how it says so; Unix sockets on all sides.
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { HubProxy } from "../../examples/hub_proxy/hub_proxy.ts";
import { OPTION_TEXTS, readOptions } from "../../examples/hub_proxy/options.ts";
import { HTTPServer } from "../../src/http/httpserver.ts";
import { HTTPInputError } from "../../src/http/httputil.ts";
import { IOStream } from "../../src/net/iostream.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { RawConnection } from "../../src/testing/raw_connection.ts";
import { projectRoot } from "../../tools/project.ts";
import { RunningHub } from "../support/running_hub.ts";
import { reply, ScriptedServer } from "../support/scripted_server.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const GET = "GET /a?b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

function read(...args: readonly string[]) {
  return readOptions(args, () => undefined);
}

/** A server on a Unix socket, which answers with the target that it was asked for. */
function atSocket(path: string): HTTPServer {
  class Echo extends RequestHandler {
    override get(): void {
      this.write(`socket ${this.request.uri}`);
    }
  }
  const server = new HTTPServer(new Application([["(?s:.*)", Echo]]));
  server.listenUnix(path);
  return server;
}

test("hub_proxy: refuses a command line that makes no sense", () => {
  const wrong: readonly (readonly [line: string, message: RegExp])[] = [
    ["--port x", /must be a port, not x/],
    ["--protocol-rewrite ftp", /must be http or https, not ftp/],
    ["--ssl-key k", /both a key and a certificate/],
    ["--custom-header x", /must be name:value, not x/],
    ["--port", /--port needs a value/],
    ["--state-file --insecure", /--state-file needs a value/],
    ["--insecure=yes", /takes no value/],
    ["-x", /Unknown option -x/],
    ["toString", /Unknown option toString/],
    ["--constructor x", /Unknown option --constructor/],
    ["--to-string x", /Unknown option --to-string/],
    ["", /Unknown option/],
    ["--error-target hub/error", /must be the URL of a server, not hub\/error/],
    ["--error-target http://h/?a=b", /must be the URL of a server, not http:\/\/h\/\?a=b/],
    ["--error-target http://h:x", /must be the URL of a server, not http:\/\/h:x/],
    ["--trusted-downstream localhost", /must be an IP address or "unix", not localhost/],
    ["--trusted-downstream 10.0.0.0/8", /must be an IP address or "unix", not 10.0.0.0\/8/],
    ["--error-target http://h --error-path p", /exclude each other/],
    ["--redirect-port 80", /needs --ssl-key and --ssl-cert/],
    ["--socket s --port 1", /--socket and --port exclude each other/],
    ["--api-socket s --api-ip ::1", /--api-socket and --api-ip exclude each other/],
    ["--metrics-socket s --metrics-port 1", /--metrics-socket and --metrics-port exclude each other/],
    ["--keep-alive-timeout 5s", /number of milliseconds, not 5s/],
    ["--proxy-timeout -1", /number of milliseconds, not -1/],
  ];
  for (const [line, message] of wrong) {
    assertMatch(assertThrows(() => read(...line.split(" ")), TypeError).message, message);
  }
});

test("hub_proxy: refuses a header that cannot be sent", () => {
  for (const header of ["X Y: z", "X: \u2603", "X: a\nY: b"]) {
    assertThrows(() => read("--custom-header", header), HTTPInputError, "Invalid header");
  }
  assertEquals(read("--custom-header", " X-A :b:c ").options.customHeaders, [["X-A", "b:c"]]);
});

test("hub_proxy: refuses the passphrases of keys, which it cannot read", () => {
  const environment = (name: string) => name === "CONFIGPROXY_API_SSL_KEY_PASSPHRASE" ? "secret" : undefined;
  const { message } = assertThrows(() => readOptions([], environment), TypeError);
  assertEquals(message, "Deno reads no keys with a passphrase: CONFIGPROXY_API_SSL_KEY_PASSPHRASE is set");
});

test("hub_proxy: says of each option of the Node program that is not there why", () => {
  const absent = ["ssl-ca", "ssl-request-cert", "ssl-reject-unauthorized", "ssl-protocol", "ssl-ciphers"].concat(
    ["ssl-allow-rc4", "ssl-dhparam", "api-ssl-ca", "api-ssl-request-cert", "api-ssl-reject-unauthorized"],
    ["storage-backend", "timeout"],
  );
  for (const name of absent) {
    assertMatch(assertThrows(() => read(`--${name}`, "x"), TypeError).message, /^There is no --[a-z0-9-]+ here: .{20}/);
  }
});

test("hub_proxy: takes times in milliseconds, and sockets in place of ports", () => {
  const { options, places } = read("--proxy-timeout", "1500", "--keep-alive-timeout=0", "--socket", "/s");
  assertEquals(options.responseTimeout, 1.5);
  assertEquals([places.public.socket, places.public.idleTimeout, places.api.port], ["/s", Infinity, 8001]);
  assertEquals(read("--metrics-socket", "/m").places.metrics?.socket, "/m");
  assertEquals(read("--port=9").options.responseTimeout, Infinity);
});

test("hub_proxy: listens on Unix sockets, and passes on to one with a path", async () => {
  using directory = new TempDir();
  const [front, back] = [`${directory.path}/front`, `${directory.path}/back`];
  await using _server = atSocket(back);
  await using hub = new HubProxy();
  hub.listen({ ip: "", port: 0, socket: front });
  for (
    const [target, expected] of [
      ["", "socket /a?b"],
      ["/", "socket /a?b"],
      ["/base/", "socket /base/a?b"],
    ] as const
  ) {
    hub.addRoute("/", { target: `unix+http://${encodeURIComponent(back)}${target}` });
    using client = new RawConnection(await IOStream.connect({ transport: "unix", path: front }));
    await client.send(GET);
    assertEquals((await client.rest()).split("\r\n\r\n")[1], expected);
  }
});

test("hub_proxy: leaves a prefix out in front of a path on a Unix socket", async () => {
  using directory = new TempDir();
  const back = `${directory.path}/back`;
  await using _server = atSocket(back);
  await using running = new RunningHub({ includePrefix: false });
  running.hub.addRoute("/user/ada", { target: `http+unix://${encodeURIComponent(back)}/base` });
  assertMatch(await running.get("/user/ada/x?y"), /\r\n\r\nsocket \/base\/x\?y$/);
  assertMatch(await running.get("/user/ada"), /\r\n\r\nsocket \/base$/);
});

test("hub_proxy: asks a server of error pages on a Unix socket", async (t) => {
  t.expectLog("tornado.access", /^404 GET/);
  using directory = new TempDir();
  const back = `${directory.path}/back`;
  await using _server = atSocket(back);
  await using running = new RunningHub({ errorTarget: `unix+http://${encodeURIComponent(back)}/hub/error` });
  assertMatch(await running.get("/x"), /^HTTP\/1\.1 404 [^]*socket \/hub\/error\/404\?url=%2Fx$/);
});

test("hub_proxy: trusts a server of error pages as it trusts the targets", async (t) => {
  t.expectLog("tornado.access", /^404 GET/);
  t.expectLog("tornado.application", /^Failed to get custom error page: .*UnknownIssuer/);
  const certs = new URL("../support/certs/", import.meta.url);
  const sslOptions = { certfile: new URL("server.pem", certs), keyfile: new URL("server_key.pem", certs) };
  t.expectLog("tornado.general", /^SSL Error on /);
  await using pages = new ScriptedServer(({ target }) => [reply(`page ${target}`)], { sslOptions });
  const errorTarget = `https://localhost:${pages.port}/error`;
  const rows = [
    [{ clientSsl: { caCerts: new URL("ca.pem", certs) } }, "page /error/404?url=%2Fx"],
    [{ insecure: true }, "page /error/404?url=%2Fx"],
    [{}, "Not Found"],
  ] as const;
  for (const [options, expected] of rows) {
    await using running = new RunningHub({ errorTarget, ...options });
    assertEquals((await running.get("/x")).split("\r\n\r\n")[1], expected);
  }
});

test("hub_proxy: says in one line why it does not start, and shows its options as they are written", async () => {
  const run = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-lock", "--quiet", "--no-check", "-A", "examples/hub_proxy/main.ts", ...args],
      cwd: projectRoot,
    }).output();
    return [code, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)];
  };
  for (
    const [args, expected] of [
      [["--api-ssl-request-cert"], "There is no --api-ssl-request-cert here: Deno asks no client for a certificate"],
      [["--client-ssl-ca", "/missing"], "Cannot read caCerts: /missing"],
    ] as const
  ) assertEquals(await run("--port=0", "--api-port=0", ...args), [1, `hub_proxy: ${expected}\n`]);
  assertEquals(await run("--help"), [0, `Options: ${OPTION_TEXTS.join(" ")}\n`]);
  assertEquals(OPTION_TEXTS.filter((text) => /no-x-forward|--ip/.test(text)), ["--ip=...", "--no-x-forward"]);
});
