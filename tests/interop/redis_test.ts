// What Redis refuses is told, and tried again.
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { encodeEnvelope, type HistoryPosition, Topics } from "../../src/pubsub/mod.ts";
import { RedisBroker, type RedisBrokerOptions } from "../../src/pubsub/redis.ts";
import { brokerOn, brokersSettled, watchedBroker } from "../support/broker_network.ts";
import { BrokerServer } from "../support/broker_server.ts";
import { MASTER, redisCli, RedisCluster, Sentinel, startReplica } from "../support/redis_groups.ts";
import { settled } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { logged, Recorder } from "../pubsub/support.ts";

const CERTS = new URL("../support/certs/", import.meta.url).pathname;

/** Tells whether a message comes from one process to another. */
async function carries(options: RedisBrokerOptions, others: RedisBrokerOptions = options): Promise<void> {
  const brokers = [new RedisBroker(options), new RedisBroker(others)];
  await using here = new Topics({ broker: brokers[0] });
  await using there = new Topics({ broker: brokers[1] });
  const seen = new Recorder();
  there.subscribe("t", seen);
  await brokersSettled(brokers);
  here.publish("t", "hello");
  await seen.atLeast(1);
  assertEquals(seen.received, ["hello"]);
}

test("RedisBroker takes a user and password; a wrong one is told without it, and tried again", async (t) => {
  await using server = await BrokerServer.start("redis", { args: ["--requirepass", "right"] });
  await carries({ url: `redis://:right@127.0.0.1:${server.port}` });
  await carries({ url: `redis://127.0.0.1:${server.port}`, password: "right" });
  const refused = logged(/Cannot reach/);
  await using topics = new Topics({ broker: new RedisBroker({ url: `redis://:wrong@127.0.0.1:${server.port}` }) });
  assertEquals(await refused, `Cannot reach Redis at 127.0.0.1:${server.port}: ${WRONG}`);
  assertEquals(topics.metrics().refused, 0);
  t.expectLog("tornado.general", /^Cannot reach Redis/);
});

const WRONG = "WRONGPASS invalid username-password pair or user is disabled.";

test("RedisBroker speaks TLS, with the certificates that it is given", async () => {
  const tls = ["--tls-cert-file", `${CERTS}server.pem`, "--tls-key-file", `${CERTS}server_key.pem`];
  const args = [...tls, "--tls-ca-cert-file", `${CERTS}ca.pem`, "--tls-auth-clients", "no"];
  await using server = await BrokerServer.start("redis", { args, tls: true });
  const caCerts = [await Deno.readTextFile(`${CERTS}ca.pem`)];
  await carries({ url: `rediss://localhost:${server.port}`, caCerts });
});

test("RedisBroker tells that Redis has no memory left, and sends again what it refused", async (t) => {
  await using server = await BrokerServer.start("redis", { args: ["--maxmemory-policy", "noeviction"] });
  const broker = new RedisBroker({ url: `redis://127.0.0.1:${server.port}` });
  await using topics = new Topics({ broker, history: { size: 10 } });
  const seen = new Recorder();
  topics.subscribe("t", seen);
  await brokersSettled([broker]);
  await redisCli(server.port, "config", "set", "maxmemory", "1");
  const refused = logged(/Cannot publish to Redis/);
  topics.publish("t", "one");
  topics.publish("t", "two");
  const line = await refused;
  assertEquals(/OOM command not allowed/.test(line), true, line);
  assertEquals(seen.received, []);
  await redisCli(server.port, "config", "set", "maxmemory", "0");
  await seen.atLeast(2);
  assertEquals(seen.received, ["one", "two"]);
  t.expectLog("tornado.general", /OOM command not allowed/);
});

test("RedisBroker keeps the order of a history when Redis refuses a batch and has room for the next one", async (t) => {
  await using server = await BrokerServer.start("redis");
  const broker = new RedisBroker({ url: `redis://127.0.0.1:${server.port}` });
  await using topics = new Topics({ broker, history: { size: 10 } });
  const seen = new Recorder();
  topics.subscribe("t", seen);
  await brokersSettled([broker]);
  // The first batch fails at its first message.
  await redisCli(server.port, "acl", "setuser", "default", "resetkeys", "~twister:[sb]*", "~twister:*:t");
  const refused = logged(/Cannot publish to Redis/);
  topics.publish("u", "zero");
  topics.publish("t", "one");
  await settled();
  topics.publish("t", "two");
  await refused;
  await redisCli(server.port, "acl", "setuser", "default", "allkeys");
  topics.publish("t", "three");
  await seen.atLeast(3);
  assertEquals(seen.received, ["one", "two", "three"]);
  t.expectLog("tornado.general", /Cannot publish to Redis/);
});

test("RedisBroker leaves out a message that Redis would never take, tells it once, and goes on", async (t) => {
  await using server = await BrokerServer.start("redis");
  const broker = new RedisBroker({ url: `redis://127.0.0.1:${server.port}` });
  await using topics = new Topics({ broker, history: { size: 10 } });
  const seen = new Recorder();
  topics.subscribe("t", seen);
  await brokersSettled([broker]);
  // Another program's.
  await redisCli(server.port, "set", "twister:p:u", "not a hash");
  for (const topic of ["u", "t", "u", "t"]) topics.publish(topic, "one");
  await seen.atLeast(2);
  await brokersSettled([broker]);
  assertEquals([broker.dropped, broker.outbound], [2, 0]);
  t.expectLog("tornado.general", /^A message of topic u is dropped by Redis at .*: WRONGTYPE/);
});

test("RedisBroker replaces its link when the server has become read-only, and sends again", async (t) => {
  await using server = await BrokerServer.start("redis");
  const broker = new RedisBroker({ url: `redis://127.0.0.1:${server.port}` });
  await using topics = new Topics({ broker, history: { size: 10 } });
  const seen = new Recorder();
  topics.subscribe("t", seen);
  await brokersSettled([broker]);
  const told = logged(/READONLY/);
  // A replica of a server that does not answer.
  await redisCli(server.port, "replicaof", "127.0.0.1", "1");
  topics.publish("t", "one");
  await told;
  await redisCli(server.port, "replicaof", "no", "one");
  await seen.atLeast(1);
  assertEquals(seen.received, ["one"]);
  t.expectLog("tornado.general", /READONLY/);
});

test("RedisBroker finds the master by sentinels, and the next one when it is killed", async (t) => {
  await using master = await BrokerServer.start("redis");
  await using replica = await startReplica(master);
  await using sentinel = await Sentinel.start(master.port);
  // The first one does not answer.
  const urls = ["redis://127.0.0.1:1", `redis://127.0.0.1:${sentinel.port}`];
  const options = { sentinels: { master: MASTER, urls } };
  const brokers = [new RedisBroker(options), new RedisBroker(options)];
  await using here = new Topics({ broker: brokers[0], history: { size: 10 } });
  await using there = new Topics({ broker: brokers[1], history: { size: 10 } });
  const seen = new Recorder();
  there.subscribe("t", seen);
  await brokersSettled(brokers);
  here.publish("t", "one");
  await seen.atLeast(1);
  // What the replica does not have is lost with the master.
  while (!(await redisCli(replica.port, "keys", "*")).includes("twister:h:t"));
  await master.kill();
  here.publish("t", "two");
  await seen.atLeast(2);
  assertEquals(seen.received, ["one", "two"]);
  // The replica may lack the last messages of its master.
  assertEquals(seen.gaps, [{ topic: "t", missed: null, origin: null }]);
  assertEquals((await redisCli(replica.port, "role")).startsWith("master"), true);
  t.expectLog("tornado.general", /Redis of the master main|Messages of topic t are missing/);
});

test("RedisBroker recovers nothing from a Redis that has come back with an older state", async (t) => {
  await using server = await BrokerServer.start("redis");
  const { broker, lost } = watchedBroker("redis", server.port);
  await using topics = new Topics({ broker, history: { size: 10 } });
  const seen = new Recorder();
  const { position } = await topics.subscribe("t", seen, { since: null });
  topics.publish("t", "in the snapshot");
  await seen.atLeast(1);
  await redisCli(server.port, "save");
  for (const text of ["lost 1", "lost 2"]) topics.publish("t", text);
  await seen.atLeast(3);
  const places = [position, ...seen.messages.map((message) => message.position)];
  const isDown = lost();
  await server.kill();
  await isDown;
  await server.restart();
  for (const text of ["new 1", "new 2"]) topics.publish("t", text);
  await seen.atLeast(5);
  assertEquals(seen.gaps, [{ topic: "t", missed: null, origin: null }]);
  // Another process, with nothing of its own.
  await using others = new Topics({ broker: brokerOn("redis", server.port), history: { size: 10 } });
  for (const since of places) {
    const late = new Recorder();
    assertEquals((await others.subscribe("t", late, { since })).recovered, false);
    assertEquals(late.received, []);
  }
  // The new messages have places of their own.
  const late = new Recorder();
  const since = seen.messages[3].position;
  assertEquals((await others.subscribe("t", late, { since })).recovered, true);
  assertEquals(late.received, ["new 2"]);
  t.expectLog("tornado.general", /Redis at|Messages of topic t are missing/);
});

test("RedisBroker keeps positions over a restart of a Redis that is said to lose nothing", async () => {
  const args = ["--appendonly", "yes", "--appendfsync", "always"];
  await using server = await BrokerServer.start("redis", { args });
  const broker = () => new RedisBroker({ url: `redis://127.0.0.1:${server.port}`, durable: true });
  let position: HistoryPosition;
  {
    await using topics = new Topics({ broker: broker(), history: { size: 10 } });
    const seen = new Recorder();
    ({ position } = await topics.subscribe("t", seen, { since: null }));
    topics.publish("t", "one");
    await seen.atLeast(1);
  }
  await server.kill();
  await server.restart();
  await using topics = new Topics({ broker: broker(), history: { size: 10 } });
  const seen = new Recorder();
  assertEquals((await topics.subscribe("t", seen, { since: position })).recovered, true);
  assertEquals(seen.received, ["one"]);
});

test("RedisBroker forgets the publishers of a topic that were silent for longest", async () => {
  await using server = await BrokerServer.start("redis");
  const broker = new RedisBroker({ url: `redis://127.0.0.1:${server.port}` });
  const receive = Promise.withResolvers<void>();
  const history = broker.history({ size: 10, ttl: 60, bytes: 1000 });
  broker.connect(() => {}, (state) => state === "up" && receive.resolve());
  await receive.promise;
  const envelope = (i: number, sequence: number) =>
    encodeEnvelope({
      origin: i.toString(16).padStart(32, "0"),
      number: sequence,
      sequence,
      time: 0,
      binary: true,
      payload: new Uint8Array(1),
    });
  for (let i = 1; i <= 1200; i++) history.append("t", envelope(i, 1));
  await history.append("t", envelope(1200, 1));
  const { position } = await history.since("t", null);
  assertEquals(position.offset, 1200);
  assert(Number(await redisCli(server.port, "hlen", "twister:p:t")) <= 1004);
  // The last ones are known, and what comes from them again is dropped.
  for (let i = 900; i <= 1200; i++) history.append("t", envelope(i, 1));
  await history.append("t", envelope(1200, 2));
  assertEquals((await history.since("t", null)).position.offset, 1201);
  await broker.close();
});

test("RedisBroker says that no sentinel knows the master, and what the last one said", async (t) => {
  await using server = await BrokerServer.start("redis");
  const refused = logged(/Cannot reach/);
  const sentinels = { master: MASTER, urls: [`redis://127.0.0.1:${server.port}`] };
  await using _topics = new Topics({ broker: new RedisBroker({ sentinels }) });
  assertMatch(
    await refused,
    /^Cannot reach Redis of the master main: Cannot find the master "main" by its sentinels: .*SENTINEL/,
  );
  t.expectLog("tornado.general", /^Cannot reach Redis/);
  assertThrows(() => new RedisBroker({ sentinels: { master: MASTER, urls: [] } }), TypeError, "there are no sentinels");
});

test("RedisBroker carries messages between the servers of a cluster", async () => {
  await using cluster = await RedisCluster.start();
  const [here, there] = cluster.servers.map(({ port }) => ({ url: `redis://127.0.0.1:${port}` }));
  await carries(here, there);
});

test("RedisBroker refuses a URL that is not one of Redis, and does not show its password", () => {
  const error = assertThrows(
    () => new RedisBroker({ url: "http://user:secret@host" }),
    TypeError,
    "redis:// or rediss://",
  );
  assertEquals(error.message.includes("secret"), false);
});
