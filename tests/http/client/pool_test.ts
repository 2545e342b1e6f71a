// Connections: which requests share one, how many there are, and what happens when the server ends one.
import { assertEquals, assertRejects } from "@std/assert";
import { ConnectionPool, type Lease, type PooledConnection } from "../../../src/http/_client/pool.ts";
import {
  AsyncHTTPClient,
  type HTTPRequestOptions,
  HTTPStreamClosedError,
  type RequestDefaults,
} from "../../../src/http/httpclient.ts";
import { CLOSE, HOLD, reply, ScriptedServer } from "../../support/scripted_server.ts";
import { test } from "../../support/test.ts";

class Connection implements PooledConnection {
  isUsable = true;
  close(): void {
    this.isUsable = false;
  }
}

function waitFor(pool: ConnectionPool<Connection>, host: string, log: string[], name: string): Lease<Connection>[] {
  const leases: Lease<Connection>[] = [];
  pool.wait(host, host, (lease) => {
    log.push(name);
    leases.push(lease);
  });
  return leases;
}

test("ConnectionPool: limits leases per host and in all, and serves in order", () => {
  const pool = new ConnectionPool<Connection>({ total: 3, perHost: 2 });
  const log: string[] = [];
  const a = [pool.tryLease("a", "a"), pool.tryLease("a", "a")];
  assertEquals(pool.tryLease("a", "a"), null);
  const third = waitFor(pool, "a", log, "a3");
  const passing = pool.tryLease("b", "b");
  waitFor(pool, "b", log, "b1");
  waitFor(pool, "b", log, "b2");
  assertEquals([pool.active, pool.waiting, log], [3, 3, []]);
  a[0]?.release(null);
  assertEquals(log, ["a3"]);
  a[0]?.release(null);
  assertEquals([pool.active, log.length], [3, 1], "a lease is given back once");
  third[0]?.release(null);
  passing?.release(null);
  assertEquals([pool.active, pool.waiting, log], [3, 0, ["a3", "b1", "b2"]]);
});

test("ConnectionPool: a waiter may give its place up", () => {
  const pool = new ConnectionPool<Connection>({ total: 1, perHost: 1 });
  const lease = pool.tryLease("a", "a");
  const log: string[] = [];
  const leave = pool.wait("a", "a", () => log.push("first"));
  waitFor(pool, "a", log, "second");
  leave();
  lease?.release(null);
  assertEquals(log, ["second"]);
});

test("ConnectionPool: gives the connection used last, of the same key, if it is usable", () => {
  const pool = new ConnectionPool<Connection>({ total: 9, perHost: 9 });
  const [old, recent, other] = [new Connection(), new Connection(), new Connection()];
  const leases = [pool.tryLease("a", "k"), pool.tryLease("a", "k"), pool.tryLease("a", "other")];
  leases[0]?.release(old);
  leases[1]?.release(recent);
  leases[2]?.release(other);
  assertEquals(pool.idle, 3);
  assertEquals(pool.tryLease("a", "k")?.connection === recent, true);
  old.close();
  assertEquals(pool.tryLease("a", "k")?.connection, null);
  pool.forget("other", other);
  assertEquals([pool.idle, pool.tryLease("a", "other")?.connection], [0, null]);
});

test("ConnectionPool: close() closes idle connections now, and the others when they come back", () => {
  const pool = new ConnectionPool<Connection>({ total: 9, perHost: 9 });
  const [idle, used] = [new Connection(), new Connection()];
  const leases = [pool.tryLease("a", "a"), pool.tryLease("a", "a")];
  leases[0]?.release(idle);
  pool.close();
  assertEquals([idle.isUsable, used.isUsable], [false, true]);
  leases[1]?.release(used);
  assertEquals([used.isUsable, pool.idle], [false, 0]);
});

const allowAll = () => true;
const allowToo = () => true;
const sslOptions = { checkHostname: true };

/** Settings by which a connection differs from one without any. */
const SHAPING: readonly RequestDefaults[] = [
  { networkInterface: "127.0.0.1" },
  { allowIpv6: false },
  { allowAddress: allowAll },
  { allowAddress: allowToo },
  { validateCert: false },
  { caCerts: "/ca.pem" },
  { clientCert: "/client.pem" },
  { clientKey: "/client_key.pem" },
  { sslOptions },
  { sslOptions: { ...sslOptions } },
];

/** Settings that do not shape a connection. */
const OTHERS: readonly HTTPRequestOptions[] = [
  {},
  { method: "POST", body: "x" },
  { headers: { "X-A": "b" } },
  { authUsername: "a", authPassword: "b" },
  { requestTimeout: 7, connectTimeout: 8, stallTimeout: 9 },
  { userAgent: "x" },
  { followRedirects: false, maxRedirects: 3 },
  { decompressResponse: false },
  { retry: {} },
];

test("AsyncHTTPClient: a connection is used again by requests that could have made it", async () => {
  await using server = new ScriptedServer(() => [reply()]);
  using client = new AsyncHTTPClient({ forceInstance: true });
  for (const options of OTHERS) await client.fetch(server.url(), options);
  assertEquals([server.connections, server.requests.length], [1, OTHERS.length]);
});

test("AsyncHTTPClient: a connection is not used again by requests with another setting that shapes it", async () => {
  await using server = new ScriptedServer(() => [reply()]);
  using client = new AsyncHTTPClient({ forceInstance: true });
  for (const options of [{}, ...SHAPING, {}, ...SHAPING]) await client.fetch(server.url(), options);
  const numbers = server.requests.map(({ connection }) => connection);
  const half = numbers.slice(0, SHAPING.length + 1);
  assertEquals(new Set(half).size, half.length);
  assertEquals(numbers.slice(half.length), half);
});

test("AsyncHTTPClient: a proxy makes another connection, and one for all hosts behind it", async () => {
  await using server = new ScriptedServer(() => [reply()]);
  using client = new AsyncHTTPClient({ forceInstance: true });
  const proxy = { proxyHost: "127.0.0.1", proxyPort: server.port };
  await client.fetch(server.url());
  await client.fetch(server.url(), proxy);
  await client.fetch("http://other.example/", proxy);
  await client.fetch("http://other.example/", { ...proxy, proxyUsername: "a" });
  assertEquals(server.requests.map(({ connection }) => connection), [0, 1, 1, 2]);
});

test("AsyncHTTPClient: hosts and ports have connections of their own", async () => {
  await using first = new ScriptedServer(() => [reply("first")]);
  await using second = new ScriptedServer(() => [reply("second")]);
  using client = new AsyncHTTPClient({ forceInstance: true });
  for (const server of [first, second, first, second]) await client.fetch(server.url());
  await client.fetch(first.url().replace("127.0.0.1", "localhost"));
  assertEquals([first.connections, second.connections], [2, 1]);
});

const NOT_KEPT: Readonly<Record<string, { fields?: string[]; options?: HTTPRequestOptions }>> = {
  "the server says close": { fields: ["Connection: close"] },
  "the request says close": { options: { headers: { Connection: "close" } } },
  "the server keeps it for a second": { fields: ["Keep-Alive: timeout=1"] },
  "the server keeps it for no time": { fields: ["Keep-Alive: max=5, timeout=0"] },
};

for (const [name, { fields, options }] of Object.entries(NOT_KEPT)) {
  test(`AsyncHTTPClient: a connection is not kept if ${name}`, async () => {
    await using server = new ScriptedServer(() => [reply("ok", fields)]);
    using client = new AsyncHTTPClient({ forceInstance: true });
    for (let i = 0; i < 2; i++) await client.fetch(server.url(), options);
    assertEquals(server.connections, 2);
  });
}

test("AsyncHTTPClient: no connection is kept with an idleTimeout of 0", async () => {
  await using server = new ScriptedServer(() => [reply()]);
  using client = new AsyncHTTPClient({ forceInstance: true, idleTimeout: 0 });
  for (let i = 0; i < 2; i++) await client.fetch(server.url());
  assertEquals(server.connections, 2);
});

test("AsyncHTTPClient: a connection of HTTP/1.0 is kept only if the server says so", async () => {
  const lines = ["HTTP/1.0 200 OK", "Content-Length: 2", "", "ok"];
  await using server = new ScriptedServer((_request, index) => [
    (index < 2 ? lines : lines.toSpliced(1, 0, "Connection: keep-alive")).join("\r\n"),
  ]);
  using client = new AsyncHTTPClient({ forceInstance: true });
  for (let i = 0; i < 4; i++) await client.fetch(server.url());
  assertEquals(server.requests.map(({ connection }) => connection), [0, 1, 2, 2]);
});

test("AsyncHTTPClient: maxClients limits the connections, and the others wait in order", async () => {
  const releases: (() => void)[] = [];
  const arrived = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
  await using server = new ScriptedServer((_request, index) => [() => {
    arrived[index]?.resolve();
    return new Promise<void>((resolve) => releases.push(resolve));
  }, reply()]);
  using client = new AsyncHTTPClient({ forceInstance: true, maxClients: 2 });
  const log: number[] = [];
  const all = [0, 1, 2].map((i) => client.fetch(server.url(`/${i}`)).then(() => log.push(i)));
  await Promise.all([arrived[0]?.promise, arrived[1]?.promise]);
  assertEquals(server.requests.length, 2);
  releases[0]?.();
  await arrived[2]?.promise;
  assertEquals(server.connections, 2);
  for (const release of releases) release();
  await Promise.all(all);
  assertEquals(server.requests[2]?.target, "/2");
});

test("AsyncHTTPClient: maxConnectionsPerHost lets other hosts pass", async () => {
  await using busy = new ScriptedServer(() => [HOLD]);
  await using free = new ScriptedServer(() => [reply("free")]);
  using client = new AsyncHTTPClient({ forceInstance: true, maxClients: 5, maxConnectionsPerHost: 1 });
  const held = [client.fetch(busy.url()), client.fetch(busy.url())].map((one) => assertRejects(() => one));
  assertEquals((await client.fetch(free.url())).text, "free");
  assertEquals(busy.connections <= 1, true);
  client.close();
  await Promise.all(held);
});

test("AsyncHTTPClient: 1,000 GETs survive that the server ends the connection they are sent on", async () => {
  const used = new Set<number>();
  await using server = new ScriptedServer(({ connection }) => {
    if (used.has(connection)) return [CLOSE];
    used.add(connection);
    return [reply()];
  });
  using client = new AsyncHTTPClient({ forceInstance: true });
  for (let i = 0; i <= 1000; i++) assertEquals((await client.fetch(server.url())).text, "ok");
  assertEquals(server.requests.length, 2001);
});

test("AsyncHTTPClient: of 1,000 POSTs on such connections, none is sent twice", async () => {
  const used = new Set<number>();
  await using server = new ScriptedServer(({ connection }) => {
    if (used.has(connection)) return [CLOSE];
    used.add(connection);
    return [reply()];
  });
  using client = new AsyncHTTPClient({ forceInstance: true });
  let lost = 0;
  for (let i = 0; i < 2000; i++) {
    try {
      await client.fetch(server.url(`/${i}`), { method: "POST", body: `${i}` });
    } catch (error) {
      assertEquals(error instanceof HTTPStreamClosedError, true);
      lost++;
    }
  }
  assertEquals(lost, 1000);
  assertEquals(server.requests.map(({ target }) => target), Array.from({ length: 2000 }, (_, i) => `/${i}`));
});

test("AsyncHTTPClient: a GET is not repeated once a byte of its response has come", async () => {
  await using server = new ScriptedServer((_request, index) => index === 0 ? [reply()] : ["H", CLOSE]);
  using client = new AsyncHTTPClient({ forceInstance: true });
  await client.fetch(server.url());
  await assertRejects(() => client.fetch(server.url()), HTTPStreamClosedError);
  assertEquals(server.requests.length, 2);
});

test("AsyncHTTPClient: a GET on a new connection is not repeated", async () => {
  await using server = new ScriptedServer(() => [CLOSE]);
  using client = new AsyncHTTPClient({ forceInstance: true });
  await assertRejects(() => client.fetch(server.url()), HTTPStreamClosedError);
  assertEquals(server.requests.length, 1);
});

test("AsyncHTTPClient: an idempotent request with a streamed body is not repeated", async () => {
  await using server = new ScriptedServer((_request, index) => index === 0 ? [reply()] : [CLOSE]);
  using client = new AsyncHTTPClient({ forceInstance: true });
  await client.fetch(server.url());
  await assertRejects(() => client.fetch(server.url(), { method: "PUT", body: ["a"] }), HTTPStreamClosedError);
  assertEquals(server.requests.length, 2);
});

test("AsyncHTTPClient: an idle connection that the server ends is dropped", async () => {
  await using server = new ScriptedServer(() => [reply(), CLOSE]);
  using client = new AsyncHTTPClient({ forceInstance: true });
  for (let i = 0; i < 20; i++) {
    await client.fetch(server.url(), { method: "POST", body: "" });
    while (server.open > 0) await server.changed();
    // The end has to have come to the client, too.
    await client.fetch(server.url());
  }
  assertEquals(server.requests.filter(({ method }) => method === "POST").length, 20);
});

test("AsyncHTTPClient: close() ends the requests under way, and lets no other begin", async () => {
  const arrived = Promise.withResolvers<void>();
  await using server = new ScriptedServer(() => [() => arrived.resolve(), HOLD]);
  const client = new AsyncHTTPClient({ forceInstance: true });
  const held = assertRejects(() => client.fetch(server.url()), HTTPStreamClosedError, "The client was closed");
  await arrived.promise;
  client.close();
  await held;
  await assertRejects(() => client.fetch(server.url()), Error, "the client is closed");
  client.close();
});

test("AsyncHTTPClient: close() ends a request on a connection that was used before", async () => {
  const arrived = Promise.withResolvers<void>();
  await using server = new ScriptedServer((_request, index) =>
    index === 0 ? [reply()] : [() => arrived.resolve(), HOLD]
  );
  const client = new AsyncHTTPClient({ forceInstance: true });
  await client.fetch(server.url());
  const held = assertRejects(() => client.fetch(server.url()), HTTPStreamClosedError, "The client was closed");
  await arrived.promise;
  client.close();
  await held;
  assertEquals(server.requests.map(({ connection }) => connection), [0, 0]);
});

test("AsyncHTTPClient: clients share connections unless they are made with forceInstance", async () => {
  await using server = new ScriptedServer(() => [reply()]);
  using first = new AsyncHTTPClient();
  using second = new AsyncHTTPClient();
  using own = new AsyncHTTPClient({ forceInstance: true });
  for (const client of [first, second, own]) await client.fetch(server.url());
  assertEquals(server.requests.map(({ connection }) => connection), [0, 0, 1]);
});
