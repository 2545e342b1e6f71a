// Logs that processes share, over real brokers: each history has its own way to number its messages.
import { assertEquals } from "@std/assert";
import { Topics } from "../../src/pubsub/mod.ts";
import { SharedStreamLogs, type StreamLog } from "../../src/web/mod.ts";
import { brokerOn } from "../support/broker_network.ts";
import { BROKER_KINDS, type BrokerKind, BrokerServer } from "../support/broker_server.ts";
import { test } from "../support/test.ts";

const TOKENS = 2000;

async function startNode(kind: BrokerKind, port: number): Promise<SharedStreamLogs> {
  const broker = brokerOn(kind, port);
  const logs = new SharedStreamLogs(new Topics({ broker, history: { size: 3 * TOKENS, ttl: 60 } }));
  await broker.whenUp();
  return logs;
}

async function found(logs: SharedStreamLogs): Promise<StreamLog> {
  for (;;) {
    const log = await logs.find("1");
    if (log !== null) return log;
  }
}

async function read(log: StreamLog): Promise<string[]> {
  return (await Array.fromAsync(log.read())).map(({ id, event, data }) => `${id} ${event} ${data}`);
}

for (const kind of BROKER_KINDS) {
  test(`SharedStreamLogs over ${kind}: a log is the same in all processes, during the work and after it`, async () => {
    await using server = await BrokerServer.start(kind);
    await using here = await startNode(kind, server.port);
    await using there = await startNode(kind, server.port);
    assertEquals(await there.find("1"), null);
    const log = here.start("1", async (log) => {
      for (let i = 0; i < TOKENS; i++) {
        log.append(`token ${i}\n`);
        // Readers come in the middle.
        if (i % 100 === 99) await here.find("2");
      }
    });
    const copy = await found(there);
    const [ours, theirs] = await Promise.all([read(log), read(copy)]);
    assertEquals(ours.length, TOKENS + 1);
    assertEquals(theirs, ours);
    await using late = await startNode(kind, server.port);
    assertEquals(await read(await found(late)), ours);
  });
}
