// What NATS refuses is told, and tried again.
import { assertEquals } from "@std/assert";
import { jetstreamManager } from "npm:@nats-io/jetstream@3.4.0";
import { connect } from "npm:@nats-io/transport-node@3.4.0";
import { Topics } from "../../src/pubsub/mod.ts";
import { brokerOn, brokersSettled } from "../support/broker_network.ts";
import { BrokerServer } from "../support/broker_server.ts";
import { test } from "../support/test.ts";
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
