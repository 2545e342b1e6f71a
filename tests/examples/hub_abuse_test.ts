// The example hub_proxy: odd paths, odd files, and clients of the REST interface that mean no good.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { HubProxy } from "../../examples/hub_proxy/hub_proxy.ts";
import { pathBehind } from "../../examples/hub_proxy/routes.ts";
import { RawClient } from "../support/raw_client.ts";
import { RunningHub } from "../support/running_hub.ts";
import { reply, ScriptedServer } from "../support/scripted_server.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";
import { until } from "../support/turns.ts";

const TARGET = "http://127.0.0.1:9";

function echo(name: string): ScriptedServer {
  return new ScriptedServer(({ target }) => [reply(`${name} ${target}`)]);
}

function bodyOf(answer: string): string {
  return answer.split("\r\n\r\n")[1] ?? "";
}

test("hub_proxy: two slashes in front of a path are no host", async () => {
  await using root = echo("root");
  await using ada = echo("ada");
  await using running = new RunningHub();
  await running.ask("POST", "/", { target: root.url("") });
  await running.ask("POST", "/user/ada", { target: ada.url("") });
  assertEquals(bodyOf(await running.get("//evil.example/user/ada/x")), "root //evil.example/user/ada/x");
  assertEquals(bodyOf(await running.get("//user/ada/x")), "ada //user/ada/x");
  assertEquals(bodyOf(await running.get("///user/ada")), "ada ///user/ada");
  assertEquals(bodyOf(await running.get("/user//ada")), "root /user//ada");
  assertEquals(bodyOf(await running.get("http://evil.example/user/ada/x")), "ada /user/ada/x");
});

test("hub_proxy: leaves out a prefix as it was encoded, and only it", async () => {
  await using upstream = echo("a");
  await using running = new RunningHub({ includePrefix: false });
  await running.ask("POST", "/user/a%20b", { target: upstream.url("") });
  const rows = [
    ["/user/a%20b/x%20y?q=/user", "/x%20y?q=/user"],
    ["/user/%61%20b/x", "/x"],
    ["/user%2Fa%20b/x", "/x"],
    ["/user/a%20b", "/"],
    ["/user/a%20b/", "/"],
    ["/user/a%20b?q=1", "/?q=1"],
    ["/user/a%20b?", "/?"],
    ["//user/a%20b/x", "/x"],
    ["/z/../user/a%20b/x", "/x"],
    ["/user/a%20b//x", "//x"],
    ["/user/a%20b/%2e%2e/a%20b/y", "/y"],
    ["http://h.example/user/a%20b/x?y", "/x?y"],
  ];
  for (const [asked, target] of rows) assertEquals(bodyOf(await running.get(asked)), `a ${target}`, asked);
});

test("hub_proxy: finds the end of a prefix in any path", () => {
  assertEquals(pathBehind("/a/b", "/"), "/a/b");
  assertEquals(pathBehind("", "/a"), "");
  assertEquals(["/a/b", "/a/b/", "/a/b/c"].map((path) => pathBehind(path, "/a/b")), ["", "/", "/c"]);
  assertEquals(pathBehind("/%C3%A4/%2F/x", "/ä"), "/%2F/x");
});

test("hub_proxy: refuses targets that make no sense, and keeps the route that was there", async (t) => {
  t.expectLog("tornado.general", /^400 POST/);
  t.expectLog("tornado.access", /^400 POST/);
  await using running = new RunningHub();
  await running.ask("POST", "/a", { target: TARGET });
  const wrong = ["", " ", "a", "//a", "http://", "http://a:99999", "http://u:p@a", "http://a/?q", "unix:relative"];
  for (
    const target of [...wrong, "unix+http://%zz", "http+unix://%00", "unix+http://", "javascript:1", "/etc/passwd"]
  ) {
    assertEquals(await running.ask("POST", "/a", { target }), [400, "Invalid target"], target);
  }
  assertEquals(running.hub.routes.get("/a")?.data.target, TARGET);
});

test("hub_proxy: takes odd paths of routes as text", async (t) => {
  t.expectLog("tornado.access", /^40[04]/);
  await using running = new RunningHub();
  const paths = ["/__proto__", "/constructor", "/a%2Fb", "//c", "/%F0%9F%98%80", "/..%2f..%2fetc", "/d%00", "/%25"];
  for (const path of paths) {
    assertEquals((await running.ask("POST", path, { target: TARGET, path }))[0], 201, path);
    assertEquals(JSON.parse((await running.ask("GET", path))[1]).path, path);
  }
  const listed = Object.keys(JSON.parse((await running.ask("GET", ""))[1]));
  assertEquals(listed, ["/__proto__", "/constructor", "/a/b", "/c", "/\u{1F600}", "/../../etc", "/d\0", "/%"]);
  for (const path of paths) assertEquals((await running.ask("DELETE", path))[0], 204, path);
  assertEquals(running.hub.routes.size, 0);
  t.expectLog("tornado.general", /^400 POST .*Invalid unicode/);
  assertEquals((await running.ask("POST", "/%ff", { target: TARGET }))[0], 400);
});

test("hub_proxy: data of a route come back as they were given", async () => {
  await using running = new RunningHub();
  const text = `{"target":"${TARGET}","__proto__":{"x":1},"last_activity":"never","n":1e400,"deep":${"[".repeat(500)}${
    "]".repeat(500)
  }}`;
  assertEquals((await running.ask("POST", "/a", text))[0], 201);
  const [code, answer] = await running.ask("GET", "/a");
  assertEquals(code, 200);
  assert(answer.includes('"__proto__":{"x":1}') && !answer.includes("never"), answer);
});

test("hub_proxy: refuses bodies of the REST interface that are too long", async (t) => {
  t.expectLog("tornado.general", /too long|too large/i);
  await using running = new RunningHub();
  const answer = await RawClient.exchange(
    running.api,
    `POST /api/routes/a HTTP/1.1\r\nHost: a\r\nAuthorization: token secret\r\nContent-Length: 9000000000\r\n\r\n{`,
  );
  assertMatch(answer, /^HTTP\/1\.1 413 /);
  using client = await RawClient.connect(running.api);
  const size = 65536;
  const chunk = `${size.toString(16)}\r\n${" ".repeat(size)}\r\n`;
  const sending = client.send(
    `POST /api/routes/a HTTP/1.1\r\nHost: a\r\nAuthorization: token secret\r\nTransfer-Encoding: chunked\r\n\r\n${
      chunk.repeat(20)
    }`,
  ).catch(() => {});
  assertMatch(await client.rest(), /^HTTP\/1\.1 413 /);
  await sending;
  assertEquals(running.hub.routes.size, 0);
});

test("hub_proxy: parallel writes leave the routes of the last ones, and the file has them", async () => {
  using directory = new TempDir();
  const stateFile = `${directory.path}/routes.json`;
  await using running = new RunningHub({ stateFile });
  const codes = await Promise.all(Array.from({ length: 60 }, async (_, i) => {
    const [code] = await running.ask("POST", `/user/${i % 20}`, { target: TARGET, i });
    if (i !== 47) return code;
    return (await running.ask("DELETE", "/user/7"))[0] === 204 ? code : 201;
  }));
  assertEquals(new Set(codes), new Set([201]));
  await running.hub.save();
  const saved: Record<string, unknown> = JSON.parse(await Deno.readTextFile(stateFile));
  assertEquals(Object.keys(saved).sort(), running.hub.routes.all().map(({ path }) => path).sort());
  assert(Object.keys(saved).length >= 19);
  assertEquals([...Deno.readDirSync(directory.path)].map(({ name }) => name), ["routes.json"]);
});

test("hub_proxy: starts with whatever is in its file", async (t) => {
  t.expectLog("tornado.application", /^Cannot (read the routes|restore the route)/);
  using directory = new TempDir();
  const good = { data: { target: TARGET }, lastActivity: "2026-01-01T00:00:00.000Z" };
  const whole = JSON.stringify({ "/good": good });
  const rows: [string, string[]][] = [
    ["", []],
    ["null", []],
    ["5", []],
    ['"text"', []],
    ["[1,2]", []],
    ["\0\0\0\0", []],
    ["{}garbage", []],
    ...Array.from({ length: 6 }, (_, i): [string, string[]] => [whole.slice(0, Math.ceil(whole.length * i / 6)), []]),
    [whole, ["/good"]],
    [JSON.stringify({ "/ftp": { ...good, data: { target: "ftp://a" } }, "/good": good }), ["/good"]],
    [JSON.stringify({ "/unix": { ...good, data: { target: "unix+http://%zz" } }, "/good": good }), ["/good"]],
    [JSON.stringify({ "/null": null, "/list": [], "/text": "x", "/good": good }), ["/good"]],
    [JSON.stringify({ "/time": { ...good, lastActivity: "never" }, "/good": good }), ["/good"]],
    [JSON.stringify({ "/number": { ...good, data: { target: 5 } }, "/good": good }), ["/good"]],
  ];
  for (const [text, expected] of rows) {
    directory.write("routes.json", text);
    await using hub = new HubProxy({ stateFile: `${directory.path}/routes.json` });
    await hub.restore();
    assertEquals(hub.routes.all().map(({ path }) => path), expected, text);
  }
});

test("hub_proxy: without its default target there is nothing at the root, until one is added again", async (t) => {
  t.expectLog("tornado.access", /^404/);
  await using upstream = echo("a");
  await using running = new RunningHub({ defaultTarget: upstream.url("") });
  assertEquals(bodyOf(await running.get("/x")), "a /x");
  assertEquals((await running.ask("DELETE", ""))[0], 404);
  assertEquals((await running.ask("DELETE", "/"))[0], 204);
  assertMatch(await running.get("/x"), /^HTTP\/1\.1 404 /);
  assertEquals((await running.ask("DELETE", "/"))[0], 404);
  await running.ask("POST", "", { target: upstream.url("") });
  assertEquals(bodyOf(await running.get("/x")), "a /x");
});

test("hub_proxy: a route that goes, or gets another target, loses no request under way", async (t) => {
  t.expectLog("tornado.access", /^404/);
  const held = Promise.withResolvers<void>();
  await using old = new ScriptedServer(() => [() => held.promise, reply("old")]);
  await using next = echo("next");
  await using running = new RunningHub();
  await running.ask("POST", "/a", { target: old.url("") });
  const first = running.get("/a");
  await until(() => old.requests.length === 1);
  await running.ask("POST", "/a", { target: next.url("") });
  assertEquals(bodyOf(await running.get("/a")), "next /a");
  assertEquals((await running.ask("DELETE", "/a"))[0], 204);
  assertMatch(await running.get("/a"), /^HTTP\/1\.1 404 /);
  held.resolve();
  assertEquals(bodyOf(await first), "old");
});

test("hub_proxy: shows the line where the server of error pages fails itself", async (t) => {
  t.expectLog("tornado.access", /^404/);
  t.expectLog("tornado.application", /^Failed to get custom error page/);
  for (const answer of ["nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", ""]) {
    await using pages = new ScriptedServer(() => [answer, (stream) => stream.close()]);
    await using running = new RunningHub({ errorTarget: pages.url("") });
    assertMatch(await running.get("/x"), /^HTTP\/1\.1 404 [^]*\r\n\r\nNot Found$/);
  }
  await using broken = new ScriptedServer(() => [reply("own fault", ["Set-Cookie: a=b"], "500 Internal Server Error")]);
  await using running = new RunningHub({ errorTarget: broken.url("") });
  const answer = await running.get("/x");
  assertMatch(answer, /^HTTP\/1\.1 404 [^]*\r\n\r\nown fault$/);
  assert(!answer.includes("Set-Cookie"));
});

test("hub_proxy: a WebSocket keeps the route of its path active, also one that was posted again", async () => {
  await using upstream = new ScriptedServer(() => [
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    async (stream) => {
      for (;;) await stream.write(await stream.readBytes(4));
    },
  ]);
  await using running = new RunningHub();
  await running.ask("POST", "/a", { target: upstream.url("") });
  using client = await RawClient.connect(running.port);
  await client.send(
    "GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n",
  );
  await client.until("\r\n\r\n");
  for (const again of [false, true]) {
    if (again) await running.ask("POST", "/a", { target: upstream.url(""), again });
    const route = running.hub.routes.get("/a");
    if (route === null) throw new Error("No route");
    route.lastActivity = new Date(0);
    await client.send("ping");
    await client.until("ping");
    assert(route.lastActivity.getTime() > 0, String(again));
  }
});

test("hub_proxy: leads by host in any spelling, and to the default target otherwise", async () => {
  await using root = echo("root");
  await using one = echo("one");
  await using running = new RunningHub({ hostRouting: true, defaultTarget: root.url("") });
  await running.ask("POST", "/one.example", { target: one.url("") });
  await running.ask("POST", "/[::1]/x", { target: one.url("") });
  const rows = [
    ["/y", "ONE.example", "one /y"],
    ["/y", "one.example:8443", "one /y"],
    ["/one.example/y", "two.example", "root /one.example/y"],
    ["/y", "one.example.evil", "root /y"],
    ["/y", "xone.example", "root /y"],
    ["/x/y", "[::1]:80", "one /x/y"],
    ["/y", "[::1]", "root /y"],
    ["/y", "", "root /y"],
    ["//one.example/y", "a", "root //one.example/y"],
    ["http://one.example/y", "two.example", "one /y"],
    ["/../one.example/y", "a", "root /../one.example/y"],
  ];
  for (const [path, host, expected] of rows) {
    assertEquals(bodyOf(await running.get(path, host)), expected, `${host}${path}`);
  }
});

test("hub_proxy: no other text is taken for the token", async (t) => {
  t.expectLog("tornado.access", /^403/);
  await using running = new RunningHub();
  const fields = [
    "Authorization: token secre\xe9",
    "Authorization: token SECRET",
    "Authorization: token secret secret",
    "Authorization: token secret\r\nAuthorization: token secret",
    "Authorization: token %73ecret",
    `Authorization: token ${"s".repeat(8000)}`,
    "Authorization: Basic dG9rZW46c2VjcmV0",
    "X-Authorization: token secret",
    "Cookie: token=secret",
  ];
  for (const field of fields) {
    for (const method of ["GET", "DELETE"]) {
      const request =
        `${method} /api/routes/a?token=secret HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${field}\r\n\r\n`;
      assertMatch(await RawClient.exchange(running.api, request), /^HTTP\/1\.1 403 /, field);
    }
  }
});
