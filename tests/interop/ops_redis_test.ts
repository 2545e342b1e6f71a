// Sessions and rate limits in a real Redis: shared by two processes' worth of objects, and gone in between.
import { assert, assertEquals } from "@std/assert";
import { redisOf } from "../../src/ops/_redis/guarded_redis.ts";
import { RedisRateLimiter } from "../../src/ops/redis_limits.ts";
import { RedisSessionStore } from "../../src/ops/redis_sessions.ts";
import { ServerSessions } from "../../src/ops/sessions.ts";
import { TestClient } from "../../src/testing/mod.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { QUIET } from "../contracts/_http_server/site.ts";
import { BrokerServer } from "../support/broker_server.ts";
import { test } from "../support/test.ts";

/** The first request loads the client of Redis. */
const PATIENT = { requestTimeout: 30 };

function urlOf({ port }: BrokerServer): string {
  return `redis://127.0.0.1:${port}`;
}

class Counter extends RequestHandler {
  override newSession(): { visits: number } {
    return { visits: 0 };
  }
  override async get(): Promise<void> {
    await this.session.update((data) => data.visits++);
    this.write(`${this.session.data.visits} ${this.session.user}`);
  }
  override post(): void {
    this.session.logIn("ann");
    this.write("in");
  }
}

test("RedisSessionStore: two processes share sessions, lose no update, and revoke a user", async () => {
  await using redis = await BrokerServer.start("redis");
  await using one = new RedisSessionStore({ redis: urlOf(redis) });
  await using two = new RedisSessionStore({ redis: urlOf(redis) });
  const sessions = [one, two].map((store) => new ServerSessions({ store, secure: false }));
  const [first, second] = sessions.map((own) =>
    new TestClient(new Application([["/", Counter]], { ...QUIET, sessions: own }), PATIENT)
  );
  if (first === undefined || second === undefined) throw new Error("two clients");
  await using _first = first;
  await using _second = second;
  assertEquals((await first.get("/")).text, "1 null");
  second.cookies.set("session", first.cookies.get("session") ?? "");
  await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? first : second).get("/")));
  assertEquals((await second.get("/")).text, "22 null");
  await second.post("/", {});
  assertEquals((await first.get("/")).text, "1 null");
  first.cookies.set("session", second.cookies.get("session") ?? "");
  assertEquals((await first.get("/")).text, "23 ann");
  assertEquals(await sessions[1]?.revokeUser("ann"), 1);
  assertEquals((await first.get("/")).text, "1 null");
});

test("RedisSessionStore: while Redis is gone requests get 503, and sessions go on with the next one", async (t) => {
  t.expectLog("tornado.general", /Cannot (read|save) a session/);
  t.expectLog("tornado.general", /The connection to Redis is lost/);
  await using redis = await BrokerServer.start("redis");
  await using store = new RedisSessionStore({ redis: urlOf(redis) });
  const sessions = new ServerSessions({ store, secure: false });
  await using client = new TestClient(new Application([["/", Counter]], { ...QUIET, sessions }), PATIENT);
  assertEquals((await client.get("/")).text, "1 null");
  await redis.kill();
  assertEquals((await client.get("/")).code, 503);
  await redis.restart();
  // It has forgotten all, and the client comes back by itself.
  let code = 503;
  const end = performance.now() + 20_000;
  while (code !== 200 && performance.now() < end) code = (await client.get("/")).code;
  assertEquals(code, 200);
});

test("RedisSessionStore: while Redis is frozen one request waits, the others do not, and all goes on afterwards", async (t) => {
  t.expectLog("tornado.general", /^Cannot read a session: no answer from Redis within 1 s$/);
  await using redis = await BrokerServer.start("redis");
  await using store = new RedisSessionStore({ redis: urlOf(redis) });
  const sessions = new ServerSessions({ store, secure: false });
  const app = new Application([["/", Counter]], { ...QUIET, sessions });
  await using client = new TestClient(app, PATIENT);
  assertEquals((await client.get("/")).text, "1 null");
  redis.freeze();
  for (let i = 0; i < 20; i++) assertEquals((await client.get("/")).code, 503);
  redis.resume();
  let answer = await client.get("/");
  while (answer.code === 503) answer = await client.get("/");
  // What was asked while it was frozen may have been carried out.
  assertEquals(/^[23] null$/.test(answer.text), true, answer.text);
});

test("RedisRateLimiter: two processes share a limit, which tells when quota comes back", async () => {
  await using redis = await BrokerServer.start("redis");
  const options = { redis: urlOf(redis), name: "shared", quota: 5, window: 3600 };
  await using one = new RedisRateLimiter(options);
  await using two = new RedisRateLimiter(options);
  const remaining: number[] = [];
  for (const limiter of [one, two, one, two, one]) remaining.push((await limiter.take("ann")).remaining);
  assertEquals(remaining, [4, 3, 2, 1, 0]);
  for (const limiter of [one, two, two]) {
    const { allowed, retryAfter } = await limiter.take("ann");
    assert(!allowed && retryAfter > 700 && retryAfter <= 720, String(retryAfter));
  }
  assertEquals((await two.take("bob", 5)).allowed, true);
  assertEquals((await one.take("bob")).allowed, false);
});

test("RedisRateLimiter counts alone while Redis is gone, or refuses all, by choice", async (t) => {
  t.expectLog("tornado.general", /Cannot ask Redis for the rate limit/);
  t.expectLog("tornado.general", /The connection to Redis is lost/);
  const options = { redis: "redis://127.0.0.1:1", quota: 2, window: 3600 };
  await using open = new RedisRateLimiter(options);
  const allowed: boolean[] = [];
  for (let i = 0; i < 3; i++) allowed.push((await open.take("ann")).allowed);
  assertEquals(allowed, [true, true, false]);
  await using closed = new RedisRateLimiter({ ...options, onFailure: "closed" });
  assertEquals((await closed.take("ann")).allowed, false);
});

test("RedisSessionStore forgets a record among those of its user, and deletes those of other programs", async () => {
  await using redis = await BrokerServer.start("redis");
  const connection = redisOf(urlOf(redis));
  const store = new RedisSessionStore({ redis: connection });
  const session = { data: "{}", user: "ann", flashes: [], created: 0, seen: 0, version: 1 };
  for (const key of ["a", "b"]) assertEquals(await store.write(key, session, 60), true);
  await store.delete("a");
  assertEquals(await connection.sendCommand(["SMEMBERS", "twister:session:user:ann"]), ["twister:session:b"]);
  for (const text of ["{", "3", '{"user":7}']) {
    await connection.sendCommand(["HSET", "twister:session:c", "v", "1", "d", text]);
    await store.delete("c");
    assertEquals(await connection.sendCommand(["EXISTS", "twister:session:c"]), 0);
  }
  for (const record of ["{", "3", '{"data":"{","created":1,"seen":1}', '{"data":"[]","created":1,"seen":1}']) {
    await connection.sendCommand(["HSET", "twister:session:c", "v", "1", "d", record]);
    assertEquals(await store.read("c"), null, record);
    await store.delete("c");
  }
  assertEquals(await store.write("d", { ...session, user: null }, Infinity), true);
  assertEquals([await store.deleteUser("ann"), await store.deleteUser("ann"), await store.read("b")], [1, 0, null]);
  await connection.close();
});
