// What NATS refuses is told, and tried again.
import { assertEquals } from "@std/assert";
import { jetstreamManager } from "npm:@nats-io/jetstream@3.4.0";
import { connect } from "npm:@nats-io/transport-node@3.4.0";
import { type HistoryPosition, Topics } from "../../src/pubsub/mod.ts";
import { NatsBroker } from "../../src/pubsub/nats.ts";
import { brokerOn, brokersSettled } from "../support/broker_network.ts";
import { BrokerServer } from "../support/broker_server.ts";
import { FaultyProxy } from "../support/faulty_proxy.ts";
import { test } from "../support/test.ts";
import { until } from "../support/turns.ts";
import { logged, Recorder } from "../pubsub/support.ts";

const STREAM = "twister-history";

test("NatsBroker keeps the order of a topic when JetStream has no room for a message, but for the next one", async (t) => {
  await using server = await BrokerServer.start("nats");
  const broker = brokerOn("nats", server.port);
  await using topics = new Topics({ broker, history: { size: 10 } });
  const seen = new Recorder();
  topics.subscribe("t", seen);
  await brokersSettled([broker]);
  const operator = await connect({ servers: `127.0.0.1:${server.port}` });
  try {
    const { streams } = await jetstreamManager(operator);
    const { config } = await streams.info(STREAM);
    await streams.update(STREAM, { ...config, max_bytes: 2000, discard: "new" });
    const refused = logged(/Cannot publish to NATS/);
    for (const text of ["x".repeat(3000), "small", "smaller"]) topics.publish("t", text);
    await refused;
    await streams.update(STREAM, { ...config, max_bytes: -1 });
    await seen.atLeast(3);
  } finally {
    await operator.close();
  }
  assertEquals(seen.received, ["x".repeat(3000), "small", "smaller"]);
  assertEquals(seen.gaps, []);
  t.expectLog("tornado.general", /maximum bytes exceeded/);
});

test("NatsBroker tells of a message above the limit of the stream, and goes on", async (t) => {
  await using server = await BrokerServer.start("nats");
  const broker = brokerOn("nats", server.port);
  await using topics = new Topics({ broker, history: { size: 10 } });
  const seen = new Recorder();
  const { position } = await topics.subscribe("t", seen, { since: null });
  const operator = await connect({ servers: `127.0.0.1:${server.port}` });
  try {
    const { streams } = await jetstreamManager(operator);
    const { config } = await streams.info(STREAM);
    await streams.update(STREAM, { ...config, max_msg_size: 500 });
  } finally {
    await operator.close();
  }
  for (const text of ["one", "x".repeat(3000), "two"]) topics.publish("t", text);
  await seen.atLeast(2);
  assertEquals(seen.received, ["one", "two"]);
  assertEquals(seen.gaps, [{ topic: "t", missed: 1, origin: null }]);
  assertEquals(broker.dropped, 1);
  await until(() => broker.outbound === 0);
  const late = new Recorder();
  assertEquals((await topics.subscribe("t", late, { since: position })).recovered, false);
  t.expectLog(
    "tornado.general",
    /^A message of topic t is dropped by NATS at .*: message size exceeds maximum allowed$/,
  );
  t.expectLog("tornado.general", /^Messages of topic t are missing: 1$/);
});

test("NatsBroker recovers nothing from before a restart, unless JetStream is said to lose nothing", async () => {
  await using server = await BrokerServer.start("nats");
  const open = (durable: boolean) => {
    const broker = new NatsBroker({ servers: [`127.0.0.1:${server.port}`], prefix: `durable-${durable}`, durable });
    return new Topics({ broker, history: { size: 10 } });
  };
  for (const durable of [false, true]) {
    let position: HistoryPosition;
    {
      await using topics = open(durable);
      const seen = new Recorder();
      ({ position } = await topics.subscribe("t", seen, { since: null }));
      topics.publish("t", "one");
      await seen.atLeast(1);
    }
    {
      await using topics = open(durable);
      assertEquals((await topics.subscribe("t", new Recorder(), { since: position })).recovered, true);
    }
    await server.kill();
    await server.restart();
    await using topics = open(durable);
    const seen = new Recorder();
    assertEquals((await topics.subscribe("t", seen, { since: position })).recovered, durable);
    assertEquals(seen.received, durable ? ["one"] : []);
    topics.publish("t", "two");
    await seen.atLeast(durable ? 2 : 1);
  }
});

test("NatsBroker waits for a stream that the server is making for another process", async () => {
  await using server = await BrokerServer.start("nats");
  await using proxy = new FaultyProxy(server.port);
  let unfinished = 0;
  proxy.changeWith((text) =>
    text.replace(/"created":"[^"]*"/, (time) => {
      if (unfinished === 3) return time;
      unfinished++;
      return '"created":"0001-01-01T00:00:00Z"'.padEnd(time.length);
    })
  );
  const epochs: string[] = [];
  for (const { port } of [proxy, server]) {
    await using topics = new Topics({ broker: brokerOn("nats", port), history: { size: 10 } });
    const { position } = await topics.subscribe("t", new Recorder(), { since: null });
    epochs.push(position.epoch);
  }
  assertEquals(unfinished, 3);
  assertEquals(epochs[0], epochs[1]);
});

test("NatsBroker asks a stream again that lost its first question", async () => {
  await using server = await BrokerServer.start("nats");
  await using proxy = new FaultyProxy(server.port);
  let lost = 0;
  proxy.changeWith((text) =>
    text.replace(/(?<=HMSG )_INBOX\.\S+(?=[ \d]+\r\nNATS\/1\.0 404)/, (inbox) => {
      if (lost === 2) return inbox;
      lost++;
      return "_INBOX.".padEnd(inbox.length, "x");
    })
  );
  await using topics = new Topics({ broker: brokerOn("nats", proxy.port), history: { size: 10 } });
  const seen = new Recorder();
  await topics.subscribe("t", seen, { since: null });
  topics.publish("t", "one");
  await seen.atLeast(1);
  assertEquals([lost, seen.received], [2, ["one"]]);
});

test("NatsBroker takes topics of any length", async () => {
  await using server = await BrokerServer.start("nats");
  const brokers = [brokerOn("nats", server.port), brokerOn("nats", server.port)];
  for (const history of [null, { size: 10 }]) {
    const [here, there] = brokers.map((_, i) => (brokers[i] = brokerOn("nats", server.port)));
    await using reader = new Topics({ broker: here, history });
    await using publisher = new Topics({ broker: there, history });
    const names = [767, 768, 769, 4000, 16_000].flatMap((length) => ["a", "b"].map((end) => end.padStart(length)));
    const readers = names.map((name) => {
      const seen = new Recorder();
      reader.subscribe(name, seen);
      return seen;
    });
    await brokersSettled([here, there]);
    names.forEach((name, i) => publisher.publish(name, String(i)));
    await Promise.all(readers.map((seen) => seen.atLeast(1)));
    assertEquals(readers.map(({ received }) => received), names.map((_, i) => [String(i)]));
    assertEquals([here.isUp, there.isUp], [true, true]);
  }
});

test("NatsBroker survives a server that refuses a command and ends the connection", async (t) => {
  await using server = await BrokerServer.start("nats");
  const broker = new NatsBroker({ servers: [`127.0.0.1:${server.port}`], prefix: "p".repeat(4000) });
  await using topics = new Topics({ broker });
  const seen = new Recorder();
  for (let i = 0; i < 5; i++) {
    await broker.whenUp();
    for (let k = 0; k < 9; k++) topics.subscribe(`${i} ${k}`.padEnd(700), seen);
    await until(() => !broker.isUp);
    topics.unsubscribeAll(seen);
  }
  await broker.whenUp();
  t.expectLog("tornado.general", /^(Lost the link to|Cannot reach) NATS/);
});

test("NatsBroker has the whole history of a topic, from any position, though others lie between", async () => {
  await using server = await BrokerServer.start("nats");
  const broker = brokerOn("nats", server.port);
  await using topics = new Topics({ broker, history: { size: 3 } });
  const { history } = topics;
  if (history === null) throw new TypeError("The topics keep no history");
  const seen = new Recorder();
  const { position: { epoch } } = await topics.subscribe("t", seen, { since: null });
  for (let i = 1; i <= 6; i++) for (const topic of ["t", "u", "u"]) topics.publish(topic, String(i));
  await seen.atLeast(6);
  const offsets = seen.messages.map(({ position }) => position?.offset);
  const complete: number[] = [];
  for (let offset = 0; offset <= 18; offset++) {
    const page = await history.since("t", { epoch, offset });
    const later = offsets.filter((each) => each !== undefined && each > offset);
    if (page.complete) assertEquals(page.entries.map((entry) => entry.offset), later);
    if (page.complete) complete.push(offset);
  }
  // The message before the last three is the proof that none after it is gone.
  const first = offsets.at(-4) ?? 0;
  assertEquals(complete, Array.from({ length: 19 - first }, (_, i) => first + i));
});
