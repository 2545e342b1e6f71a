// The example hub_proxy: the REST interface that JupyterHub speaks, and what becomes of requests by its routes.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { HubProxy, type HubProxyOptions } from "../../examples/hub_proxy/hub_proxy.ts";
import { readOptions } from "../../examples/hub_proxy/options.ts";
import { rewriteLocation } from "../../examples/hub_proxy/redirect.ts";
import { RouteTable } from "../../examples/hub_proxy/routes.ts";
import { HERE, RunningHub as Running } from "../support/running_hub.ts";
import { startProgram } from "../support/program.ts";
import { Random } from "../support/random.ts";
import { RawClient } from "../support/raw_client.ts";
import { reply, ScriptedServer } from "../support/scripted_server.ts";
import { TempDir } from "../support/temp_dir.ts";
import { assertLinear } from "../support/assert_linear.ts";
import { test } from "../support/test.ts";

const PROGRAM = "examples/hub_proxy/main.ts";

function echo(name: string): ScriptedServer {
  return new ScriptedServer(({ target }) => [reply(`${name} ${target}`)]);
}

function codeOf(answer: string): number {
  return Number(answer.slice(9, 12));
}

test("hub_proxy: adds, lists, gives and removes routes", async (t) => {
  t.expectLog("tornado.access", /^404 (GET|DELETE)/);
  await using running = new Running();
  const target = "http://127.0.0.1:9999";
  assertEquals(await running.ask("GET", ""), [200, "{}"]);
  assertEquals((await running.ask("POST", "/user/ada", { target, user: "ada", x: [1] }))[0], 201);
  assertEquals((await running.ask("POST", "/user/a%40b/", { target }))[0], 201);
  assertEquals((await running.ask("POST", "", { target }))[0], 201);
  const [, all] = await running.ask("GET", "/");
  assertEquals(Object.keys(JSON.parse(all)), ["/user/ada", "/user/a@b", "/"]);
  const [code, one] = await running.ask("GET", "/user/ada");
  const { last_activity: time, ...data } = JSON.parse(one);
  assertEquals([code, data], [200, { target, user: "ada", x: [1] }]);
  assertMatch(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assertEquals((await running.ask("GET", "/user"))[0], 404);
  assertEquals((await running.ask("DELETE", "/user/ada"))[0], 204);
  assertEquals((await running.ask("DELETE", "/user/ada"))[0], 404);
  assertEquals((await running.ask("GET", "/user/ada"))[0], 404);
  assertEquals((await running.ask("GET", "/user/a%40b"))[0], 200);
});

test("hub_proxy: refuses what has no token, no target, or no sense", async (t) => {
  for (const pattern of [/^400 POST .*JSON/, /^400 POST .*No target/, /^400 GET .*datestamp/, /^400 POST .*address/]) {
    t.expectLog("tornado.general", pattern);
  }
  for (const code of [400, 403, 405]) t.expectLog("tornado.access", new RegExp(`^${code} `));
  await using running = new Running();
  for (const token of ["", "wrong", "secre", "secrets"]) {
    assertEquals((await running.ask("GET", "", undefined, token))[0], 403);
    assertEquals((await running.ask("POST", "/a", { target: "http://a" }, token))[0], 403);
    assertEquals((await running.ask("DELETE", "/a", undefined, token))[0], 403);
  }
  assertEquals(await running.ask("POST", "/a", "{"), [400, "Body not valid JSON"]);
  assertEquals(await running.ask("POST", "/a", { name: "x" }), [400, "Must specify 'target' as string"]);
  assertEquals(await running.ask("POST", "/a", { target: 1 }), [400, "Must specify 'target' as string"]);
  assertEquals(await running.ask("POST", "/a", { target: "ftp://a" }), [400, "Invalid target"]);
  assertEquals((await running.ask("GET", "?inactive_since=never"))[0], 400);
  assertEquals((await running.ask("PUT", "/a"))[0], 405);
  assertEquals(await running.ask("GET", ""), [200, "{}"]);
});

test("hub_proxy: lists the routes that were not active since a time", async () => {
  await using upstream = echo("a");
  await using running = new Running();
  await running.ask("POST", "/a", { target: upstream.url("") });
  running.hub.routes.add("/old", { target: "http://127.0.0.1:1" }, new Date(0));
  for (const name of ["inactive_since", "inactiveSince"]) {
    const [, early] = await running.ask("GET", `?${name}=2001-01-01T00:00:00Z`);
    assertEquals(Object.keys(JSON.parse(early)), ["/old"]);
    const [, late] = await running.ask("GET", `?${name}=2999-01-01T00:00:00.000Z`);
    assertEquals(Object.keys(JSON.parse(late)), ["/a", "/old"]);
  }
});

test("hub_proxy: only responses below 300 make a route active", async (t) => {
  t.expectLog("tornado.access", /^404 GET/);
  await using upstream = new ScriptedServer(({ target }) =>
    target === "/a/ok" ? [reply()] : target === "/a/else" ? [reply("", ["Location: /"], "302 Found")] : [
      reply("", [], "404 Not Found"),
    ]
  );
  await using running = new Running();
  running.hub.routes.add("/a", { target: upstream.url("") }, new Date(0));
  const time = () => running.hub.routes.get("/a")?.lastActivity.getTime() ?? 0;
  await running.get("/a/missing");
  await running.get("/a/else");
  assertEquals(time(), 0);
  await running.get("/a/ok");
  assert(time() > 0);
});

test("hub_proxy: the longest path leads, segment by segment", async (t) => {
  t.expectLog("tornado.access", /^404 GET/);
  await using root = echo("root");
  await using user = echo("user");
  await using deep = echo("deep");
  await using running = new Running();
  assertEquals(codeOf(await running.get("/")), 404);
  await running.ask("POST", "/", { target: root.url("") });
  await running.ask("POST", "/user", { target: user.url("") });
  await running.ask("POST", "/user/a%20b", { target: deep.url("") });
  const found = [];
  for (
    const path of ["/", "/use", "/user", "/user/?q=1", "/users", "/user/a%20b/x%2fy", "/user/%61%20b", "/x/../user/z"]
  ) {
    found.push((await running.get(path)).split("\r\n\r\n")[1]);
  }
  assertEquals(found, [
    "root /",
    "root /use",
    "user /user",
    "user /user/?q=1",
    "root /users",
    "deep /user/a%20b/x%2fy",
    "deep /user/%61%20b",
    "user /x/../user/z",
  ]);
});

test("hub_proxy: leads by host, and puts prefixes in front or leaves them out", async () => {
  await using a = echo("a");
  await using b = echo("b");
  await using byHost = new Running({ hostRouting: true });
  await byHost.ask("POST", "/one.example", { target: a.url("") });
  await byHost.ask("POST", "/two.example/x", { target: b.url("") });
  assertMatch(await byHost.get("/y", "one.example:8000"), /a \/y$/);
  assertMatch(await byHost.get("/x/y", "two.example"), /b \/x\/y$/);
  assertEquals(JSON.parse((await byHost.ask("GET", "/two.example/x"))[1]).host, "two.example");
  await using bare = new Running({ includePrefix: false });
  await bare.ask("POST", "/deep/path", { target: a.url("/base") });
  assertMatch(await bare.get("/deep/path/x?y"), /a \/base\/x\?y$/);
  assertMatch(await bare.get("/deep/path"), /a \/base$/);
  assertMatch(await bare.get("/deep/path/"), /a \/base\/$/);
  assertMatch(await bare.get("/deep/path?y"), /a \/base\?y$/);
  await bare.ask("POST", "/root", { target: a.url("") });
  assertMatch(await bare.get("/root?y"), /a \/\?y$/);
  await using plain = new Running({ prependPath: false, defaultTarget: a.url("/base") });
  assertMatch(await plain.get("/x"), /a \/x$/);
});

test("hub_proxy: shows the pages of the error server, of files, or one line", async (t) => {
  for (const code of [404, 503]) t.expectLog("tornado.access", new RegExp(`^${code} GET`));
  t.expectLog("tornado.general", /^502 GET/);
  await using pages = new ScriptedServer(({ target }) => [
    reply(`page for ${target}`, ["Content-Type: text/x-page"], "404 Not Found"),
  ]);
  await using asked = new Running({ errorTarget: pages.url("/hub/error") });
  const missing = await asked.get("/a/b?c=d");
  assertMatch(
    missing,
    /^HTTP\/1\.1 404 .*\r\nContent-Type: text\/x-page\r\n.*page for \/hub\/error\/404\?url=%2Fa%2Fb%3Fc%3Dd$/s,
  );
  await asked.ask("POST", "/gone", { target: "http://127.0.0.1:1" });
  assertMatch(await asked.get("/gone/x"), /^HTTP\/1\.1 503 .*page for \/hub\/error\/503\?url=%2Fgone%2Fx$/s);
  using directory = new TempDir();
  directory.write("404.html", "<p>not here");
  directory.write("error.html", "<p>some error");
  await using read = new Running({ errorPath: directory.path });
  await read.ask("POST", "/gone", { target: "http://127.0.0.1:1" });
  assertMatch(await read.get("/"), /^HTTP\/1\.1 404 .*<p>not here$/s);
  assertMatch(await read.get("/gone"), /^HTTP\/1\.1 503 .*<p>some error$/s);
  t.expectLog("tornado.application", /^Failed to get custom error page/);
  await using failing = new Running({ errorTarget: "http://127.0.0.1:1" });
  assertMatch(await failing.get("/"), /^HTTP\/1\.1 404 .*Not Found$/s);
});

test("hub_proxy: answers health checks and counts", async (t) => {
  t.expectLog("tornado.access", /^404 GET/);
  await using upstream = echo("a");
  await using running = new Running();
  const metrics = running.hub.listenMetrics(HERE);
  assertMatch(await running.get("/_chp_healthz"), /\{"status":"OK"\}$/);
  await running.ask("POST", "/a", { target: upstream.url("") });
  await running.get("/a");
  await running.get("/b");
  const text = await RawClient.exchange(metrics.port, "GET /metrics HTTP/1.0\r\n\r\n");
  for (
    const line of [
      "api_route_add 1",
      "requests_web 2",
      "requests_ws 0",
      'requests_proxy{status="200"} 1',
      'requests_proxy{status="404"} 1',
      'requests_api{status="201"} 1',
      "proxy_routes 1",
      "proxy_active_requests 0",
    ]
  ) assert(text.includes(`\n${line}\n`), `${line} is not in ${text}`);
});

test("hub_proxy: keeps its routes over a restart, and not what is no file of routes", async (t) => {
  using directory = new TempDir();
  const stateFile = `${directory.path}/routes.json`;
  {
    await using running = new Running({ stateFile });
    await running.ask("POST", "/a", { target: "http://127.0.0.1:9", user: "ada" });
    await running.ask("POST", "/b", { target: "http://127.0.0.1:9" });
    await running.ask("DELETE", "/b");
    // What was answered is in the file, whatever happens now.
    assertEquals(Object.keys(JSON.parse(await Deno.readTextFile(stateFile))), ["/a"]);
  }
  await using again = new HubProxy({ stateFile });
  await again.restore();
  assertEquals(again.routes.all().map(({ path, data }) => [path, data.user]), [["/a", "ada"]]);
  await Deno.writeTextFile(stateFile, "{");
  t.expectLog("tornado.application", /^Cannot read the routes/);
  await using empty = new HubProxy({ stateFile });
  await empty.restore();
  assertEquals(empty.routes.size, 0);
});

test("hub_proxy: understands the command line that JupyterHub writes", () => {
  const line = "--ip  --port 8000 --api-ip 127.0.0.1 --api-port 8001 --error-target http://h/hub/error " +
    "--log-level warn --host-routing --custom-header X-A:b:c --state-file s --auto-rewrite --protocol-rewrite https " +
    "--redirect-port 80 --ssl-key k --ssl-cert c --client-ssl-request-cert --client-ssl-reject-unauthorized";
  const { options, places, redirect, logLevel } = readOptions(
    line.split(" "),
    (name) => name === "CONFIGPROXY_AUTH_TOKEN" ? "tok" : undefined,
  );
  assertEquals([places.public, places.api, places.metrics], [
    { ip: "", port: 8000, sslOptions: { keyfile: "k", certfile: "c" } },
    { ip: "127.0.0.1", port: 8001 },
    null,
  ]);
  assertEquals([options.errorTarget, options.hostRouting, options.authToken], ["http://h/hub/error", true, "tok"]);
  assertEquals([options.customHeaders, options.stateFile, logLevel], [[["X-A", "b:c"]], "s", "warning"]);
  assertEquals([options.autoRewrite, options.protocolRewrite], [true, "https"]);
  assertEquals(redirect, { from: { ip: "", port: 80 }, to: 8000 });
  const given = readOptions(
    ["--state-file=--a=b", "--port=1", "--port", "2", "--custom-header=A:=", "--insecure"],
    () => undefined,
  );
  assertEquals([given.options.stateFile, given.places.public.port, given.options.authToken], ["--a=b", 2, ""]);
  assertEquals([given.options.customHeaders, given.options.insecure], [[["A", "="]], true]);
});

test("hub_proxy: rewrites a Location that names the target, and no other", () => {
  const target = "http://10.0.0.5:8888/user/ada";
  const public1 = { host: "hub.example:8443", protocol: "" };
  for (
    const [code, location, rewriting, expected] of [
      [302, "http://10.0.0.5:8888/user/ada/tree?a=b#c", public1, "http://hub.example:8443/user/ada/tree?a=b#c"],
      [201, "http://10.0.0.5:8888/", { host: "", protocol: "https" }, "https://10.0.0.5:8888/"],
      [308, "http://10.0.0.5:8888/", { host: "hub.example", protocol: "https" }, "https://hub.example/"],
      [302, "http://10.0.0.5:8889/", public1, "http://10.0.0.5:8889/"],
      [302, "http://login.example/", public1, "http://login.example/"],
      [302, "/user/ada/tree", public1, "/user/ada/tree"],
      [302, "//10.0.0.5:8888/", public1, "//10.0.0.5:8888/"],
      [200, "http://10.0.0.5:8888/", public1, "http://10.0.0.5:8888/"],
    ] as const
  ) assertEquals(rewriteLocation(code, location, target, rewriting), expected);
});

test("hub_proxy: rewrites Location for clients if it is told to", async () => {
  await using upstream: ScriptedServer = new ScriptedServer(() => [
    reply("", [`Location: ${upstream.url("")}/next`], "302 Found"),
  ]);
  const location = async (options: Partial<HubProxyOptions>) => {
    await using running = new Running(options);
    running.hub.routes.add("/", { target: upstream.url("") });
    return /^Location: (.*)$/im.exec(await running.get("/a", "hub.example:81"))?.[1]?.trim();
  };
  assertEquals(await location({}), `${upstream.url("")}/next`);
  assertEquals(await location({ autoRewrite: true }), "http://hub.example:81/next");
  assertEquals(await location({ autoRewrite: true, protocolRewrite: "https" }), "https://hub.example:81/next");
});

test("hub_proxy: sends users without TLS to the port with TLS", async () => {
  await using hub = new HubProxy();
  const ask = async (to: number, target: string, host: string) => {
    const { port } = hub.listenRedirect(HERE, to);
    const request = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    const answer = await RawClient.exchange(port, request);
    return [codeOf(answer), /^Location: (.*)$/im.exec(answer)?.[1]?.trim()];
  };
  assertEquals(await ask(443, "/a?b=c", "hub.example:80"), [301, "https://hub.example/a?b=c"]);
  assertEquals(await ask(8443, "/", "[::1]:80"), [301, "https://[::1]:8443/"]);
  assertEquals(await ask(443, "http://other.example/x", "hub.example"), [301, "https://other.example/"]);
});

test("hub_proxy: finds a route in time that grows with the path", () => {
  const table = new RouteTable();
  table.add("/a", { target: "http://127.0.0.1:9" });
  assertEquals(table.find("/a//b")?.path, "/a");
  for (const piece of ["/", "/a", "/b"]) {
    assertLinear((length) => piece.repeat(length), (path) => table.find(path), 20_000);
  }
  table.close();
});

test("hub_proxy: removes a route of any depth, and no other", () => {
  const data = { target: "http://127.0.0.1:9" };
  const table = new RouteTable();
  const paths = ["/", "/a", "/a/b", "/a/b/c", "/a/c", "/b", "/b/a/c"];
  const routes = new Set<string>();
  const random = new Random(18);
  for (let i = 0; i < 300; i++) {
    const path = random.pick(paths);
    if (routes.delete(path)) assertEquals(table.remove(path), true);
    else {
      routes.add(path);
      table.add(path, data);
    }
    for (const asked of paths) {
      const leading = [...routes].filter((each) => each === "/" || `${asked}/`.startsWith(`${each}/`));
      assertEquals(table.find(asked)?.path, leading.sort().at(-1), `${asked} of ${[...routes]}`);
    }
  }
  const deep = "/a".repeat(30_000);
  table.add(deep, data);
  assertEquals(table.remove(deep), true);
  assertEquals(table.find(deep)?.path, table.find("/a")?.path);
  table.close();
});

test("hub_proxy: runs as a program, whose pid file lasts as long", async () => {
  using directory = new TempDir();
  const pids = () => [...Deno.readDirSync(directory.path)].map(({ name }) => name);
  await using program = await startProgram(PROGRAM, {
    permissions: ["--allow-env", "--allow-read", "--allow-write"],
    args: ["--api-port=0", `--pid-file=${directory.path}/pid`],
  });
  assertEquals(pids(), ["pid"]);
  const response = await fetch(`http://127.0.0.1:${program.port}/_chp_healthz`);
  assertEquals(await response.json(), { status: "OK" });
  assertEquals(await program.interrupt(), 0);
  assertEquals(pids(), []);
});
