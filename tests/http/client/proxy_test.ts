// Proxies: which requests go through one, how, and what each side learns.
import { createServer } from "node:tls";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { proxyFor } from "../../../src/http/_client/proxy.ts";
import { settle } from "../../../src/http/_client/settled_request.ts";
import {
  AsyncHTTPClient,
  HTTPClientError,
  HTTPRequest,
  type HTTPRequestOptions,
  type RequestDefaults,
} from "../../../src/http/httpclient.ts";
import { latin1Text } from "../../../src/internal/utf8.ts";
import { HOLD, reply, ScriptedServer } from "../../support/scripted_server.ts";
import { test } from "../../support/test.ts";
import { TunnelServer } from "../../support/tunnel_server.ts";
import { clientTest } from "./back_ends.ts";

function find(url: string, options: RequestDefaults, variables: Readonly<Record<string, string>> = {}) {
  const { url: parsed, settings } = settle(new HTTPRequest(url, options), {});
  return proxyFor(parsed, settings, (name) => variables[name]);
}

/** NO_PROXY, a URL, and whether it is excluded. */
const NO_PROXY: readonly (readonly [list: string, url: string, isExcluded: boolean])[] = [
  ["", "http://a.example/", false],
  ["*", "http://a.example/", true],
  ["a.example", "http://a.example/", true],
  ["A.EXAMPLE", "http://a.example/", true],
  ["a.example", "http://A.Example/", true],
  ["a.example", "http://b.a.example/", true],
  [".a.example", "http://b.a.example/", true],
  [".a.example", "http://a.example/", true],
  ["*.a.example", "http://b.a.example/", true],
  ["a.example.", "http://a.example/", true],
  ["a.example", "http://a.example./", true],
  ["a.example", "http://ba.example/", false],
  ["a.example", "http://a.example.evil/", false],
  ["example", "http://a.example/", true],
  ["b.example, a.example", "http://a.example/", true],
  ["b.example a.example", "http://a.example/", true],
  [" a.example ,", "http://a.example/", true],
  ["a.example:8080", "http://a.example:8080/", true],
  ["a.example:8080", "http://a.example/", false],
  ["a.example:80", "http://a.example/", true],
  ["a.example:443", "https://a.example/", true],
  ["a.example:443", "http://a.example/", false],
  ["127.0.0.1", "http://127.0.0.1/", true],
  ["127.0.0.1", "http://127.0.0.2/", false],
  ["127.0.0.1:81", "http://127.0.0.1:81/", true],
  ["::1", "http://[::1]/", true],
  ["[::1]", "http://[::1]/", true],
  ["[::1]:81", "http://[::1]:81/", true],
  ["[::1]:81", "http://[::1]/", false],
  ["0:0:0:0:0:0:0:1", "http://[::1]/", true],
  ["[0::0:1]:81", "http://[::1]:81/", true],
  ["0:0:0:0:0:0:0:2", "http://[::1]/", false],
  ["localhost", "http://localhost:3000/", true],
  ["a.example:b", "http://a.example/", false],
  [".", "http://a.example/", false],
  ["10.0.0.0/8", "http://10.1.2.3/", true],
  ["10.0.0.0/8", "http://11.1.2.3/", false],
  ["192.168.1.128/25", "http://192.168.1.127/", false],
  ["192.168.1.128/25", "https://192.168.1.128:8443/", true],
  ["192.168.1.7/32", "http://192.168.1.7/", true],
  ["0.0.0.0/0", "http://127.0.0.1/", true],
  ["0.0.0.0/0", "http://[::1]/", false],
  ["0.0.0.0/0", "http://a.example/", false],
  ["fd00::/8", "http://[fd12:3456::1]/", true],
  ["fd00::/8", "http://[fe80::1]/", false],
  ["2001:db8::/33", "http://[2001:db8:7fff::]/", true],
  ["2001:db8::/33", "http://[2001:db8:8000::]/", false],
  ["::ffff:10.0.0.0/104", "http://[::ffff:10.1.1.1]/", true],
  ["10.0.0.0/33", "http://10.0.0.0/", false],
  ["10.0.0.0/", "http://10.0.0.0/", false],
  ["10.0.0.0/-1", "http://10.0.0.0/", false],
  ["10.0/8", "http://10.0.0.0/", false],
  ["a.example/8", "http://a.example/", false],
];

test("proxyFor: NO_PROXY names hosts, domains, addresses and ports", () => {
  for (const [list, url, isExcluded] of NO_PROXY) {
    const proxy = find(url, { trustEnv: true }, {
      NO_PROXY: list,
      HTTP_PROXY: "http://proxy:1",
      HTTPS_PROXY: "http://proxy:1",
    });
    assertEquals(proxy === null, isExcluded, `${list} for ${url}`);
  }
});

test("proxyFor: the environment counts only with trustEnv, by scheme, in small letters first", () => {
  const variables = { http_proxy: "small:1", HTTP_PROXY: "http://large:2", HTTPS_PROXY: "http://me:p%40ss@secure" };
  assertEquals(find("http://a.example/", {}, variables), null);
  const trustEnv = true;
  assertEquals(find("http://a.example/", { trustEnv }, variables), { host: "small", port: 1, authorization: null });
  const authorization = `Basic ${btoa("me:p@ss")}`;
  assertEquals(find("https://a.example/", { trustEnv }, variables), { host: "secure", port: 80, authorization });
  assertEquals(find("https://a.example/", { trustEnv }, { HTTP_PROXY: "http://large:2" }), null);
  const cgi = { REQUEST_METHOD: "GET", HTTP_PROXY: "http://evil:2" };
  assertEquals(find("http://a.example/", { trustEnv }, cgi), null, "CVE-2016-5385");
  for (const text of ["socks5://a:1", "https://a:1", "http://"]) {
    assertThrows(() => find("http://a.example/", { trustEnv }, { HTTP_PROXY: text }), TypeError, "proxy");
  }
});

test("proxyFor: the options of the request are asked first", () => {
  const options = { proxyHost: "own", proxyPort: 3128, proxyUsername: "me", proxyPassword: "é", trustEnv: true };
  const proxy = find("http://a.example/", options, { HTTP_PROXY: "http://large:2", NO_PROXY: "*" });
  const credentials = latin1Text(new TextEncoder().encode("me:é"));
  assertEquals(proxy, { host: "own", port: 3128, authorization: `Basic ${btoa(credentials)}` });
  assertThrows(() => find("http://a.example/", { proxyHost: "own" }), TypeError, "needs a proxyPort");
  assertThrows(() => find("http://a.example/", { ...options, proxyUsername: "a:b" }), TypeError, "colon");
});

test("AsyncHTTPClient: http goes through a proxy as a request", async () => {
  await using proxy = new ScriptedServer(() => [reply("from the proxy")]);
  const options = { proxyHost: "127.0.0.1", proxyPort: proxy.port, proxyUsername: "me", proxyPassword: "secret" };
  using client = new AsyncHTTPClient({ forceInstance: true, defaults: options });
  const response = await client.fetch("http://a.example:8080/x?y#z", { authUsername: "you", authPassword: "p" });
  assertEquals([response.text, response.effectiveUrl], ["from the proxy", "http://a.example:8080/x?y#z"]);
  const [{ method, target, headers } = { method: "", target: "", headers: new Map() }] = proxy.requests;
  assertEquals([method, target, headers.get("Host")], ["GET", "http://a.example:8080/x?y", "a.example:8080"]);
  assertEquals(headers.get("Proxy-Authorization"), `Basic ${btoa("me:secret")}`);
  assertEquals(headers.get("Authorization"), `Basic ${btoa("you:p")}`);
});

const certs = new URL("../../support/certs/", import.meta.url);
const caCerts = Deno.readTextFileSync(new URL("ca.pem", certs));
const sslOptions = { certfile: new URL("server.pem", certs), keyfile: new URL("server_key.pem", certs) };

test("AsyncHTTPClient: https goes through a tunnel, and the credentials of the proxy stay with it", async () => {
  await using server = new ScriptedServer(() => [reply("secret page")], { sslOptions });
  await using proxy = new TunnelServer(server.port);
  const options = { proxyHost: "127.0.0.1", proxyPort: proxy.port, proxyUsername: "me", proxyPassword: "secret" };
  using client = new AsyncHTTPClient({ forceInstance: true, defaults: { ...options, caCerts } });
  for (let i = 0; i < 2; i++) assertEquals((await client.fetch("https://localhost:4444/x")).text, "secret page");
  assertEquals(proxy.heads, [
    `CONNECT localhost:4444 HTTP/1.1\r\nHost: localhost:4444\r\nProxy-Authorization: Basic ${
      btoa("me:secret")
    }\r\n\r\n`,
  ]);
  const names = ["Proxy-Authorization", "Host"];
  assertEquals(server.requests.map(({ target, headers }) => [target, ...names.map((name) => headers.get(name))]), [
    ["/x", null, "localhost:4444"],
    ["/x", null, "localhost:4444"],
  ]);
});

test("AsyncHTTPClient: the name in the server's certificate is checked through a tunnel", async (t) => {
  t.expectLog("tornado.general", /SSL Error/);
  await using server = new ScriptedServer(() => [reply("secret page")], { sslOptions });
  await using proxy = new TunnelServer(server.port);
  const options = { proxyHost: "127.0.0.1", proxyPort: proxy.port, caCerts };
  using client = new AsyncHTTPClient({ forceInstance: true });
  await assertRejects(() => client.fetch("https://other.example/", options), Error);
  await assertRejects(() => client.fetch("https://localhost/", { ...options, caCerts: null }), Error);
  assertEquals(server.requests.length, 0);
});

test("AsyncHTTPClient: any certificate is accepted through a tunnel if the request says so", async () => {
  await using server = new ScriptedServer(() => [reply("secret page")], { sslOptions });
  await using proxy = new TunnelServer(server.port);
  const options = { proxyHost: "127.0.0.1", proxyPort: proxy.port, validateCert: false };
  using client = new AsyncHTTPClient({ forceInstance: true, defaults: options });
  assertEquals((await client.fetch("https://other.example/")).text, "secret page");
});

test("AsyncHTTPClient: a client certificate is presented through a tunnel", async () => {
  const [cert, key, ca] = ["server.pem", "server_key.pem", "client_ca.pem"].map((name) =>
    Deno.readTextFileSync(new URL(name, certs))
  );
  const server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true }, (socket) => {
    const { CN = "" } = socket.getPeerCertificate().subject;
    // One whose request stays unread does not learn that its client has gone.
    socket.resume();
    socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${CN.length}\r\n\r\n${CN}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("The server has no port");
  await using proxy = new TunnelServer(address.port);
  const options = { proxyHost: "127.0.0.1", proxyPort: proxy.port, caCerts };
  using client = new AsyncHTTPClient({ forceInstance: true, defaults: options });
  const [clientCert, clientKey] = ["client.pem", "client_key.pem"].map((name) => new URL(name, certs).pathname);
  assertEquals((await client.fetch("https://localhost/", { clientCert, clientKey })).text, "a client");
  await new Promise((resolve) => server.close(resolve));
});

/** Answers to CONNECT, and what the error says. */
const REFUSALS: Readonly<Record<string, readonly [string, RegExp]>> = {
  "asks for credentials": [reply("", ["Proxy-Authenticate: Basic"], "407 Who"), /refused a tunnel: 407 Who/],
  "says no": [reply("", [], "403 No"), /refused a tunnel: 403 No/],
  "speaks before the tunnel has TLS": [
    `HTTP/1.1 200 OK\r\n\r\n${reply("evil")}`,
    /127\.0\.0\.1:\d+ sent bytes of its own into the tunnel/,
  ],
  "redirects": ["HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\n\r\n", /refused a tunnel: 302/],
};

for (const [name, [answer, message]] of Object.entries(REFUSALS)) {
  test(`AsyncHTTPClient: a proxy that ${name} makes no tunnel`, async () => {
    await using proxy = new ScriptedServer(() => [answer, HOLD]);
    const options = { proxyHost: "127.0.0.1", proxyPort: proxy.port };
    using client = new AsyncHTTPClient({ forceInstance: true, maxClients: 1, defaults: options });
    const error = await assertRejects(() => client.fetch("https://a.example/"), HTTPClientError);
    assertEquals([error.code, message.test(error.message)], [599, true], error.message);
    await assertRejects(() => client.fetch("https://a.example/"), HTTPClientError);
  });
}

test("AsyncHTTPClient: a proxy that hangs up, or speaks no HTTP, makes no tunnel", async () => {
  for (const answer of ["", "HTTP/1.1 2", "SSH-2.0\r\n\r\n", "HTTP/1.1 103 Early\r\n\r\n".repeat(100)]) {
    await using proxy = new ScriptedServer(() => [answer, (stream) => stream.close(), HOLD]);
    const options = { proxyHost: "127.0.0.1", proxyPort: proxy.port };
    using client = new AsyncHTTPClient({ forceInstance: true, maxClients: 1 });
    const error = await assertRejects(() => client.fetch("https://a.example/", options), HTTPClientError);
    assertEquals(error.code, 599);
  }
});

clientTest("proxyAuthMode: another scheme than Basic is refused, and nothing is sent", async (make) => {
  await using proxy = new ScriptedServer(() => [reply()]);
  using client = make();
  const options: HTTPRequestOptions = { proxyHost: "127.0.0.1", proxyPort: proxy.port, proxyUsername: "me" };
  Reflect.set(options, "proxyAuthMode", "digest");
  const attempt = () => client.fetch("http://a.example/", options);
  await assertRejects(attempt, TypeError, 'unsupported proxyAuthMode digest: it is "basic"');
  assertEquals(proxy.requests.length, 0);
});
