// Which upstream gets a request: by balance, by health, and after failures.
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { HTTPServerRequest } from "../../src/http/httputil.ts";
import { type Balancing, Upstreams } from "../../src/proxy/mod.ts";
import { balanceOf } from "../../src/proxy/upstreams.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { proxied } from "../support/proxied.ts";
import { RawClient } from "../support/raw_client.ts";
import { CLOSE, HOLD, reply, ScriptedServer } from "../support/scripted_server.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";
import { until } from "../support/turns.ts";
import {
  Application,
  type CookieSecret,
  createSignedText,
  decodeSignedText,
  RequestHandler,
} from "../../src/web/mod.ts";
import { HTTPServer } from "../../src/http/httpserver.ts";
import { bindUnixSocket } from "../../src/net/netutil.ts";

const certs = new URL("../support/certs/", import.meta.url);
const GET = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const POST = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx";
/** A port on which nothing listens, whoever may be told. */
const NOBODY = "http://127.0.0.1:1";

function named(...names: string[]): string[] {
  return names.map((name) => `http://${name}:80`);
}

function requestFrom(options: { address?: string; headers?: Record<string, string> } = {}): HTTPServerRequest {
  const request = new HTTPServerRequest({ method: "GET", uri: "/" });
  request.remoteIp = options.address ?? "192.0.2.1";
  for (const [name, value] of Object.entries(options.headers ?? {})) request.headers.set(name, value);
  return request;
}

function chosen(upstreams: Upstreams, request: HTTPServerRequest = requestFrom()): string {
  const upstream = balanceOf(upstreams).choose(request, []);
  if (upstream === null) return "none";
  upstream.requests++;
  return upstream.address.hostname;
}

/** Counts how many of the requests each upstream gets. */
function counts(upstreams: Upstreams, requests: Iterable<HTTPServerRequest>): Record<string, number> {
  const result: Record<string, number> = {};
  for (const request of requests) {
    const name = chosen(upstreams, request);
    result[name] = (result[name] ?? 0) + 1;
  }
  return result;
}

function* clients(count: number): Generator<HTTPServerRequest> {
  for (let i = 0; i < count; i++) yield requestFrom({ address: `10.0.${i >> 8}.${i & 255}` });
}

test("Upstreams: least connections chooses by requests under way and weight", () => {
  using upstreams = new Upstreams(named("a"));
  upstreams.add("http://b:80", { weight: 2 });
  const taken: string[] = [];
  for (let i = 0; i < 6; i++) {
    const upstream = balanceOf(upstreams).choose(requestFrom(), []);
    if (upstream === null) throw new Error("No upstream");
    upstream.active++;
    upstream.requests++;
    taken.push(upstream.address.hostname);
  }
  assertEquals(taken.filter((name) => name === "b").length, 4);
});

test("Upstreams: equally busy ones take turns", () => {
  using upstreams = new Upstreams(named("a", "b", "c"));
  assertEquals(counts(upstreams, clients(30)), { a: 10, b: 10, c: 10 });
});

test("Upstreams: one that is added gets its share, and not all that the others have had before", () => {
  using upstreams = new Upstreams(named("a", "b"));
  counts(upstreams, clients(300));
  upstreams.add("http://c:80");
  assertEquals(counts(upstreams, clients(30)), { a: 10, b: 10, c: 10 });
  upstreams.remove("http://a:80");
  upstreams.add("http://a:80", { weight: 2 });
  assertEquals(counts(upstreams, clients(40)), { a: 20, b: 10, c: 10 });
});

test("Upstreams: round robin spreads turns by weight", () => {
  using upstreams = new Upstreams([], { balancing: "roundRobin" });
  upstreams.add("http://a:80", { weight: 2 });
  upstreams.add("http://b:80");
  const turns = Array.from({ length: 6 }, () => chosen(upstreams));
  assertEquals(turns.join(""), "abaaba");
});

test("Upstreams: two choices never takes the busiest", () => {
  using upstreams = new Upstreams(named("a", "b", "c"), { balancing: "twoChoices" });
  const busy = balanceOf(upstreams).choose(requestFrom(), []);
  if (busy === null) throw new Error("No upstream");
  busy.active = 5;
  const found = counts(upstreams, clients(200));
  assertEquals(found[busy.address.hostname], undefined);
  assertEquals(Object.keys(found).length, 2);
});

test("Upstreams: a hash keeps clients where they are when upstreams come and go", () => {
  const hashes: [Balancing, (i: number) => HTTPServerRequest][] = [
    [{ hash: "address" }, (i) => requestFrom({ address: `10.1.${i >> 8}.${i & 255}` })],
    [{ hash: "header", name: "X-Room" }, (i) => requestFrom({ headers: { "X-Room": `room ${i}` } })],
    [{ hash: "cookie", name: "who" }, (i) => requestFrom({ headers: { "Cookie": `who=${i}` } })],
  ];
  for (const [balancing, make] of hashes) {
    using upstreams = new Upstreams(named("a", "b", "c"), { balancing });
    const before = Array.from({ length: 600 }, (_, i) => chosen(upstreams, make(i)));
    for (const name of ["a", "b", "c"]) {
      const share = before.filter((each) => each === name).length;
      assert(share > 120 && share < 280, `${name} has ${share} of 600`);
    }
    upstreams.remove("http://b:80");
    const after = before.map((_, i) => chosen(upstreams, make(i)));
    assertEquals(before.filter((name, i) => name !== "b" && name !== after[i]), []);
    upstreams.add("http://b:80");
    assertEquals(before.map((_, i) => chosen(upstreams, make(i))), before);
  }
});

test("Upstreams: of ten upstreams, one that comes moves a tenth of the clients, and all to itself", () => {
  const names = Array.from({ length: 9 }, (_, i) => `h${i}`);
  using upstreams = new Upstreams(named(...names), { balancing: { hash: "address" } });
  const before = Array.from(clients(2000), (request) => chosen(upstreams, request));
  upstreams.add("http://new:80");
  const after = Array.from(clients(2000), (request) => chosen(upstreams, request));
  const moved = after.filter((name, i) => name !== before[i]);
  assertEquals(new Set(moved), new Set(["new"]));
  assert(moved.length > 120 && moved.length < 280, `${moved.length} of 2000 moved`);
});

test("Upstreams: a hash gives shares by weight, and chooses by load where there is nothing to hash", () => {
  using upstreams = new Upstreams([], { balancing: { hash: "header", name: "X-Key" } });
  upstreams.add("http://a:80", { weight: 3 });
  upstreams.add("http://b:80");
  const keyed = counts(upstreams, Array.from({ length: 800 }, (_, i) => requestFrom({ headers: { "X-Key": `${i}` } })));
  assert(keyed.a > 540 && keyed.a < 660, `a has ${keyed.a} of 800`);
  using even = new Upstreams(named("a", "b"), { balancing: { hash: "header", name: "X-Key" } });
  assertEquals(counts(even, clients(10)), { a: 5, b: 5 });
});

test("Upstreams: a sticky cookie keeps a client, and no other text is taken for one", async () => {
  await using a = new ScriptedServer(() => [reply("a")]);
  await using b = new ScriptedServer(() => [reply("b")]);
  const balancing = { stickyCookie: "route", secret: "x".repeat(40) };
  await using proxy = proxied([a, b], { upstreams: { balancing } });
  const ask = (cookie: string) =>
    RawClient.exchange(proxy.port, GET.replace("Connection", `Cookie: route="${cookie}"\r\nConnection`));
  const first = await ask("none");
  const [, cookie = ""] = /Set-Cookie: route="([^"]+)"; Path=\/; HttpOnly; SameSite=Lax\r\n/.exec(first) ?? [];
  const body = first.at(-1);
  for (let i = 0; i < 4; i++) {
    const again = await ask(cookie);
    assertEquals(again.at(-1), body);
    assert(!again.includes("Set-Cookie"));
  }
  assert(!atob(cookie.split("|")[4]?.split(":")[1] ?? "").includes("127.0.0.1"));
  assertMatch(await ask(cookie.replace(/.$/, (last) => last === "0" ? "1" : "0")), /Set-Cookie: route=/);
  proxy.upstreams.remove(`http://127.0.0.1:${body === "a" ? a.port : b.port}`);
  assertMatch(await ask(cookie), /Set-Cookie: route=/);
});

test("Upstreams: a sticky cookie outlives the secret that has signed it", async () => {
  await using a = new ScriptedServer(() => [reply("a")]);
  await using b = new ScriptedServer(() => [reply("b")]);
  const secrets = { 1: "x".repeat(40), 2: "y".repeat(40) };
  const ask = async (secret: CookieSecret, cookie: string) => {
    await using proxy = proxied([a, b], { upstreams: { balancing: { stickyCookie: "route", secret } } });
    const bodies = new Set<string | undefined>();
    let given = null;
    for (let i = 0; i < 4; i++) {
      const answer = await RawClient.exchange(proxy.port, GET.replace("Connection", `Cookie: ${cookie}\r\nConnection`));
      bodies.add(answer.at(-1));
      given = /Set-Cookie: (route="[^"]+")/.exec(answer)?.[1] ?? null;
    }
    return { bodies: [...bodies], given };
  };
  const first = await ask({ 1: secrets[1] }, "x=y");
  const old = first.given ?? "";
  const { bodies } = await ask({ 1: secrets[1] }, old);
  const renewed = await ask(secrets, old);
  assertEquals(renewed.bodies, bodies);
  const own = renewed.given ?? "";
  assertMatch(own, /^route=/);
  assertEquals(await ask(secrets, own), { bodies, given: null });
  assertEquals(await ask({ 2: secrets[2] }, own), { bodies, given: null });
});

test("Upstreams: a sticky cookie that is forged, expired or of another name moves nobody", async () => {
  await using a = new ScriptedServer(() => [reply("a")]);
  await using b = new ScriptedServer(() => [reply("b")]);
  const secret = "x".repeat(40);
  await using proxy = proxied([a, b], { upstreams: { balancing: { stickyCookie: "route", secret } } });
  const ask = async (value: string) => {
    const answer = await RawClient.exchange(
      proxy.port,
      GET.replace("Connection", `Cookie: route="${value}"\r\nConnection`),
    );
    return { body: answer.at(-1), given: /Set-Cookie: route="([^"]+)"/.exec(answer)?.[1] ?? null };
  };
  const { given } = await ask("");
  const id = decodeSignedText(secret, "route", given) ?? "";
  assertMatch(id, /^[0-9a-f]{16}$/);
  const longAgo = () => Date.now() / 1000 - 40 * 86400;
  const values = [
    id,
    createSignedText("y".repeat(40), "route", id),
    createSignedText(secret, "other", id),
    createSignedText(secret, "route", id, { clock: longAgo }),
    createSignedText(secret, "route", `${id}0`),
    createSignedText(secret, "route", "http://127.0.0.1:22"),
    given?.slice(0, -1) ?? "",
    "|".repeat(4000),
  ];
  for (const value of values) {
    const found = [await ask(value), await ask(value)];
    assertEquals(found.map(({ body }) => body).sort(), ["a", "b"], value);
    assert(found.every((each) => each.given !== null), value);
  }
});

test("Upstreams: refuses addresses, weights and options that are none", () => {
  for (const address of ["a:80", "ftp://a", "http://u:p@a", "http://a/?q", "unix:relative", "http://"]) {
    assertThrows(() => new Upstreams([address]), TypeError, "The address of an upstream");
  }
  using upstreams = new Upstreams();
  assertThrows(() => upstreams.add("http://a", { weight: 0 }), RangeError);
  for (const weight of [-1, NaN, Infinity]) assertThrows(() => upstreams.add("http://a", { weight }), RangeError);
  for (const name of ["tryTime", "idleTimeout"]) {
    assertThrows(() => new Upstreams([], { [name]: -1 }), RangeError, name);
    assertThrows(() => new Upstreams([], { [name]: NaN }), RangeError, name);
  }
  for (const name of ["tryPause", "connectTimeout", "responseTimeout", "maxConnections"]) {
    assertThrows(() => new Upstreams([], { [name]: 0 }), RangeError, name);
  }
  for (const name of ["interval", "timeout", "passes", "fails"]) {
    assertThrows(() => new Upstreams([], { check: { [name]: 0 } }), RangeError, `check.${name}`);
  }
  for (const name of ["maxFails", "failTime", "unhealthyLatency"]) {
    assertThrows(() => new Upstreams([], { passive: { [name]: -1 } }), RangeError, `passive.${name}`);
  }
  for (const path of ["", "health", "/a b", "/a\r\nX: y", "/ä"]) {
    assertThrows(() => new Upstreams([], { check: { path } }), TypeError, "The path of a check");
  }
  const secret = "x".repeat(40);
  const wrong: Balancing[] = [
    { hash: "header" },
    { hash: "cookie", name: "" },
    { stickyCookie: "a b", secret },
    { stickyCookie: "", secret },
    { stickyCookie: "a", secret: {} },
  ];
  for (const balancing of wrong) assertThrows(() => new Upstreams([], { balancing }), TypeError);
});

test("ProxyHandler: speaks to Unix sockets and by TLS", async () => {
  class Hello extends RequestHandler {
    override get(): void {
      this.write(`hello ${this.request.headers.get("X-Forwarded-For")}`);
    }
  }
  {
    using directory = new TempDir();
    await using server = new HTTPServer(new Application([["/", Hello]]));
    server.addSocket(bindUnixSocket(`${directory.path}/a.sock`));
    await using proxy = proxied([`unix:${directory.path}/a.sock`]);
    assertMatch(await RawClient.exchange(proxy.port, GET), /hello 127\.0\.0\.1$/);
  }
  const own = { certfile: new URL("server.pem", certs), keyfile: new URL("server_key.pem", certs) };
  await using secure = new Application([["/", Hello]]).listen(0, { address: "127.0.0.1", sslOptions: own });
  const sslOptions = { caCerts: new URL("ca.pem", certs) };
  await using proxy = proxied([`https://localhost:${secure.port}`], { upstreams: { sslOptions } });
  assertMatch(await RawClient.exchange(proxy.port, GET), /hello 127\.0\.0\.1$/);
});

test("ProxyHandler: tries another upstream where none was reached, whatever the method", async () => {
  await using good = new ScriptedServer(() => [reply()]);
  await using proxy = proxied([NOBODY, good], {
    upstreams: { balancing: "roundRobin", passive: { failTime: 600 } },
  });
  assertMatch(await RawClient.exchange(proxy.port, POST), /^HTTP\/1\.1 200 /);
  assertMatch(await RawClient.exchange(proxy.port, GET), /^HTTP\/1\.1 200 /);
  assertEquals(good.requests.map(({ body }) => body), ["x", ""]);
  const [bad] = proxy.upstreams.status();
  assertEquals([bad?.isUp, bad?.failures], [false, 1], "an upstream that is out is not asked");
});

test("ProxyHandler: repeats a GET that was lost, and no request with a body", async (t) => {
  await using bad = new ScriptedServer(() => [CLOSE]);
  await using good = new ScriptedServer(() => [reply()]);
  await using proxy = proxied([bad, good], { upstreams: { balancing: "roundRobin", passive: { maxFails: 0 } } });
  assertMatch(await RawClient.exchange(proxy.port, GET), /^HTTP\/1\.1 200 /);
  assertEquals([bad.requests.length, good.requests.length], [1, 1]);
  t.expectLog("tornado.general", /^502 POST/);
  t.expectLog("tornado.access", /^502 POST/);
  const answers = [await RawClient.exchange(proxy.port, POST), await RawClient.exchange(proxy.port, POST)];
  assertEquals(answers.map((text) => text.slice(9, 12)).sort(), ["200", "502"]);
  assertEquals([bad.requests.length, good.requests.length], [2, 2]);
});

test("ProxyHandler: repeats nothing of which a part has been passed on", async (t) => {
  await using bad = new ScriptedServer(() => ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", CLOSE]);
  await using proxy = proxied([bad]);
  t.expectLog("tornado.general", /^Cannot complete the response to GET/);
  assertMatch(await RawClient.exchange(proxy.port, GET), /\r\n\r\nhalf$/);
  assertEquals(bad.requests.length, 1);
});

test("ProxyHandler: repeats a GET on an idle connection that had ended, and counts no failure", async () => {
  await using upstream = new ScriptedServer((_, index) => index === 1 ? [CLOSE] : [reply()]);
  await using proxy = proxied([upstream], { upstreams: { tryTime: 0 } });
  for (let i = 0; i < 2; i++) assertMatch(await RawClient.exchange(proxy.port, GET), /^HTTP\/1\.1 200 /);
  assertEquals([upstream.requests.length, proxy.upstreams.status()[0]?.failures], [3, 0]);
});

test("ProxyHandler: answers 502, 503 and 504 for what its upstreams do", async (t) => {
  for (const code of [502, 503, 504]) {
    t.expectLog("tornado.general", new RegExp(`^${code} GET`));
    t.expectLog("tornado.access", new RegExp(`^${code} GET`));
  }
  await using none = proxied([], { upstreams: { tryTime: 0 } });
  assertMatch(await RawClient.exchange(none.port, GET), /^HTTP\/1\.1 503 /);
  await using nobody = proxied([NOBODY], { upstreams: { tryTime: 0 } });
  assertMatch(await RawClient.exchange(nobody.port, GET), /^HTTP\/1\.1 502 /);
  await using silent = new ScriptedServer(() => [HOLD]);
  await using late = proxied([silent], { upstreams: { responseTimeout: 0.01 } });
  assertMatch(await RawClient.exchange(late.port, GET), /^HTTP\/1\.1 504 /);
  for (
    const bad of [
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
      "SSH-2.0-OpenSSH\r\n",
    ]
  ) {
    await using broken = new ScriptedServer(() => [bad]);
    await using proxy = proxied([broken], { upstreams: { tryTime: 0 } });
    assertMatch(await RawClient.exchange(proxy.port, GET), /^HTTP\/1\.1 502 /);
  }
});

test("ProxyHandler: waits for an upstream that comes back within tryTime", async () => {
  await using proxy = proxied([], { upstreams: { tryTime: 20, tryPause: 0.01 } });
  const answer = RawClient.exchange(proxy.port, GET);
  await using upstream = new ScriptedServer(() => [reply("late")]);
  proxy.upstreams.add(`http://127.0.0.1:${upstream.port}`);
  assertMatch(await answer, /late$/);
});

test("Upstreams: statuses and latencies take one out, and the last ones are tried nevertheless", async (t) => {
  t.expectLog("tornado.access", /^500 GET/);
  await using bad = new ScriptedServer(() => [reply("bad", [], "500 Internal Server Error")]);
  await using good = new ScriptedServer(() => [reply("good")]);
  const passive = { maxFails: 2, failTime: 600, unhealthyStatus: [500] };
  await using proxy = proxied([bad, good], { upstreams: { balancing: "roundRobin", passive } });
  for (let i = 0; i < 8; i++) await RawClient.exchange(proxy.port, GET);
  assertEquals([bad.requests.length, good.requests.length], [2, 6]);
  proxy.upstreams.remove(`http://127.0.0.1:${good.port}`);
  assertMatch(await RawClient.exchange(proxy.port, GET), /bad$/);
});

test("Upstreams: failures count within their time, whatever passes in between", async (t) => {
  t.expectLog("tornado.access", /^500 GET/);
  using clock = new FakeClock();
  await using upstream = new ScriptedServer((_, index) => [
    index % 2 === 0 ? reply("", [], "500 Internal Server Error") : reply(),
  ]);
  const passive = { maxFails: 3, failTime: 10, unhealthyStatus: [500] };
  await using proxy = proxied([upstream], { upstreams: { passive } });
  const isUp = async (seconds: number) => {
    await RawClient.exchange(proxy.port, GET);
    await RawClient.exchange(proxy.port, GET);
    const [status] = proxy.upstreams.status();
    clock.advance(seconds);
    return status?.isUp;
  };
  // Failures at 0, 6, 12, 18 and 23: no three of them lie within 10 seconds. Those at 18, 23 and 27 do.
  assertEquals([await isUp(6), await isUp(6), await isUp(6), await isUp(5)], [true, true, true, true]);
  assertEquals([await isUp(4), await isUp(9)], [true, false]);
  assertEquals(proxy.upstreams.status()[0]?.isUp, false);
  clock.advance(2);
  assertEquals(proxy.upstreams.status()[0]?.isUp, true);
});

test("Upstreams: active checks take one out and back in", async (t) => {
  t.expectLog("tornado.general", /^Upstream http.* is down: the status is 503/);
  let isWell = true;
  await using checked = new ScriptedServer(({ target }) =>
    target === "/health" ? [isWell ? reply("all well") : reply("", [], "503 Service Unavailable"), CLOSE] : [reply("a")]
  );
  const check = { path: "/health", interval: 0.01, timeout: 30, body: /^all/, fails: 2, passes: 2 };
  await using proxy = proxied([checked], { upstreams: { check, tryTime: 0 } });
  const isUp = () => proxy.upstreams.status()[0]?.isUp;
  await until(() => checked.requests.length > 2);
  assertEquals(isUp(), true);
  isWell = false;
  await until(() => isUp() === false);
  t.expectLog("tornado.general", /^503 GET \/ .*No upstream is up/);
  t.expectLog("tornado.access", /^503 GET/);
  assertMatch(await RawClient.exchange(proxy.port, GET), /^HTTP\/1\.1 503 /);
  isWell = true;
  await until(() => isUp() === true);
  assertMatch(await RawClient.exchange(proxy.port, GET), /a$/);
});

test("Upstreams: an active check fails by body, by time, and without a server", async (t) => {
  t.expectLog("tornado.general", /is down: the body does not match \/fine\//);
  t.expectLog("tornado.general", /is down: .*no response after/);
  t.expectLog("tornado.general", /is down: .*refused/i);
  await using wrong = new ScriptedServer(() => [reply("not well"), CLOSE]);
  await using silent = new ScriptedServer(() => [HOLD]);
  const check = { interval: 600, timeout: 30, body: /fine/ };
  using upstreams = new Upstreams([`http://127.0.0.1:${wrong.port}`, NOBODY], { check });
  using late = new Upstreams([`http://127.0.0.1:${silent.port}`], { check: { ...check, timeout: 0.05 } });
  await until(() => [...upstreams.status(), ...late.status()].every(({ isUp }) => !isUp));
});

test("Upstreams: one that is removed completes its requests, and gets no others", async () => {
  const held = Promise.withResolvers<void>();
  await using leaving = new ScriptedServer(
    () => ["HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nle", () => held.promise, "ft"],
  );
  await using staying = new ScriptedServer(() => [reply("stay")]);
  await using proxy = proxied([leaving]);
  using client = await RawClient.connect(proxy.port);
  await client.send(GET);
  await client.until("le");
  proxy.upstreams.add(`http://127.0.0.1:${staying.port}`);
  assertEquals(proxy.upstreams.remove(`http://127.0.0.1:${leaving.port}`), true);
  assertEquals(proxy.upstreams.remove(`http://127.0.0.1:${leaving.port}`), false);
  assertMatch(await RawClient.exchange(proxy.port, GET), /stay$/);
  held.resolve();
  assertEquals(await client.rest(), "ft");
  await until(() => leaving.open === 0);
});

test("Upstreams: further requests wait in turn where connections are limited", async () => {
  const held = Promise.withResolvers<void>();
  await using upstream = new ScriptedServer((_, index) =>
    index === 0 ? [() => held.promise, reply("0")] : [reply("1")]
  );
  await using proxy = proxied([upstream], { upstreams: { maxConnections: 1 } });
  const answers = [RawClient.exchange(proxy.port, GET), RawClient.exchange(proxy.port, GET)];
  await until(() => proxy.upstreams.status()[0]?.active === 2 && upstream.requests.length === 1);
  assertEquals(upstream.requests.length, 1);
  held.resolve();
  assertEquals((await Promise.all(answers)).map((text) => text.at(-1)).sort(), ["0", "1"]);
  assertEquals(upstream.connections, 1);
});
