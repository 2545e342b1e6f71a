// What NATS refuses is told, and tried again.
import { assertEquals } from "@std/assert";
import { jetstreamManager } from "npm:@nats-io/jetstream@3.4.0";
import { connect } from "npm:@nats-io/transport-node@3.4.0";
import { type HistoryPosition, Topics } from "../../src/pubsub/mod.ts";
import { NatsBroker } from "../../src/pubsub/nats.ts";
import { brokerOn, brokersSettled } from "../support/broker_network.ts";
import { BrokerServer } from "../support/broker_server.ts";
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
