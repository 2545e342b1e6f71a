import { assert, assertEquals, assertThrows } from "@std/assert";
import { MemoryHub, Topics } from "../../../src/pubsub/mod.ts";
import { FakeClock } from "../../../src/testing/mod.ts";
import { Application, RequestHandler, SharedStreamLogs, type StreamLog } from "../../../src/web/mod.ts";
import { TestClient } from "../../../src/testing/mod.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/turns.ts";
import { CutBroker } from "../../pubsub/cut_broker.ts";

const HISTORY = { size: 10_000, ttl: 600 };

function nodeOf(hub: MemoryHub, size: number = HISTORY.size): SharedStreamLogs {
  return new SharedStreamLogs(new Topics({ broker: hub.broker(), history: { ...HISTORY, size } }));
}

async function found(logs: SharedStreamLogs, name: string): Promise<StreamLog> {
  for (;;) {
    const log = await logs.find(name);
    if (log !== null) return log;
  }
}

async function idsAndTexts(log: StreamLog, after: string | null = null): Promise<string[]> {
  return (await Array.fromAsync(log.read(after))).map(({ id, event, data }) => `${id} ${event} ${data}`);
}

test("SharedStreamLogs: every process has the same entries at the same positions, before and after the end", async () => {
  const hub = new MemoryHub();
  await using here = nodeOf(hub);
  await using there = nodeOf(hub);
  assertEquals(await there.find("17"), null);
  const begun = Promise.withResolvers<void>();
  const log = here.start("17", async (log) => {
    for (const token of ["Once", "", " upon\na", "time 🙂"]) log.append(token, token === "" ? { event: "pause" } : {});
    await begun.promise;
    log.append({ more: 1 });
  });
  const copy = await found(there, "17");
  assert(copy !== log && copy.epoch === log.epoch);
  assertEquals(await there.find("17"), copy);
  const reading = idsAndTexts(copy);
  begun.resolve();
  const all = await idsAndTexts(log);
  assertEquals(await reading, all);
  assertEquals(all.length, 6);
  // A client that was cut at one process goes on at another.
  for (let at = 0; at < all.length; at++) {
    assertEquals(await idsAndTexts(copy, `${log.epoch}-${at}`), all.slice(at));
  }
  await using late = nodeOf(hub);
  assertEquals(await idsAndTexts(await found(late, "17")), all);
  assertEquals(copy.state, "finished");
});

test("SharedStreamLogs: a copy stops the producer, whose failure all are told", async (t) => {
  t.expectLog("tornado.application", /producer of the stream log fails has failed/);
  const hub = new MemoryHub();
  await using here = nodeOf(hub);
  await using there = nodeOf(hub);
  const log = here.start("stops", (log) =>
    new Promise((_, reject) => {
      log.append("a");
      log.signal.addEventListener("abort", () => reject(log.signal.reason));
    }));
  const copy = await found(there, "stops");
  copy.stop();
  await until(() => log.state === "stopped");
  assertEquals((await idsAndTexts(log)).at(-1), `${log.epoch}-2 end stopped`);

  here.start("fails", () => Promise.reject(new Error("out of words")));
  assertEquals((await Array.fromAsync((await found(there, "fails")).read())).map(({ data }) => data), ["failed"]);
});

test("SharedStreamLogs: what the history no longer has is told as a gap, and nothing is silent", async () => {
  const hub = new MemoryHub();
  const topics = new Topics({ broker: hub.broker(), history: { ...HISTORY, size: 3 } });
  await using here = new SharedStreamLogs(topics);
  await using there = nodeOf(hub, 3);
  await using late = nodeOf(hub, 3);
  const going = Promise.withResolvers<void>();
  const log = here.start("long", async (log) => {
    for (let i = 1; i <= 10; i++) log.append(String(i));
    await going.promise;
    log.append("last");
  });
  // The message before the first entry, and ten entries.
  await until(() => topics.metrics().published > 10);
  const copy = await found(there, "long");
  going.resolve();
  assertEquals(await idsAndTexts(copy), [
    `${log.epoch}-9 gap ${JSON.stringify({ next: `${log.epoch}-10` })}`,
    `${log.epoch}-10 message 10`,
    `${log.epoch}-11 message last`,
    `${log.epoch}-12 end finished`,
  ]);
  // That of a log which has ended.
  assertEquals((await idsAndTexts(await found(late, "long"))).at(0)?.includes("gap"), true);
  assertEquals(await idsAndTexts(await found(late, "long"), `${log.epoch}-11`), [`${log.epoch}-12 end finished`]);
});

test("SharedStreamLogs: the log of a process that is gone fails, and one that only thinks does not", async () => {
  using clock = new FakeClock();
  const hub = new MemoryHub();
  const here = new Topics({ broker: hub.broker(), history: HISTORY });
  await using logs = new SharedStreamLogs(here);
  await using there = nodeOf(hub);
  logs.start("1", (log) => new Promise<void>((resolve) => log.signal.addEventListener("abort", () => resolve())));
  const copy = await found(there, "1");
  for (let i = 0; i < 20; i++) await clock.advance(3);
  assertEquals(copy.state, "open");
  await here.close();
  for (let i = 0; i < 10; i++) await clock.advance(3);
  assertEquals(copy.state, "failed");
});

test("SharedStreamLogs: a log goes on after the broker was away for long", async () => {
  using clock = new FakeClock();
  const hub = new MemoryHub();
  const brokers = [new CutBroker(hub), new CutBroker(hub)];
  const [here, there] = brokers.map((broker) => new SharedStreamLogs(new Topics({ broker, history: HISTORY })));
  await using _here = here;
  await using _there = there;
  const going = Promise.withResolvers<void>();
  here.start("1", async (log) => {
    log.append("before");
    await going.promise;
    log.append("after");
  });
  const texts = (await found(there, "1")).read();
  const begun = await texts.next();
  for (const broker of brokers) broker.cut();
  await clock.advanceAsync(60);
  for (const broker of brokers) broker.mend();
  await clock.advanceAsync(6);
  going.resolve();
  const rest = await Array.fromAsync(texts);
  assertEquals([begun.value, ...rest].map((entry) => entry?.data), ["before", "after", "finished"]);
});

test("SharedStreamLogs: closing one process stops its own logs, and no others; topics need a history", async () => {
  const hub = new MemoryHub();
  await using here = nodeOf(hub);
  const there = nodeOf(hub);
  const log = here.start(
    "1",
    (log) => new Promise<void>((resolve) => log.signal.addEventListener("abort", () => resolve())),
  );
  await found(there, "1");
  await there.close();
  assertEquals(log.state, "open");
  assertEquals(await there.find("2"), null);
  assertThrows(() => there.start("3", () => {}), Error, "the logs are closed");
  assertThrows(() => new SharedStreamLogs(new Topics()), TypeError, "the topics have no history");
});

test("SharedStreamLogs: an event stream goes on at another process", async () => {
  const hub = new MemoryHub();
  await using here = nodeOf(hub);
  await using there = nodeOf(hub);
  const handlerOf = (logs: SharedStreamLogs) =>
    class extends RequestHandler {
      override async get(): Promise<void> {
        const log = await logs.find("1");
        if (log === null) return this.setStatus(204);
        await this.eventStream({ history: log }).closed;
      }
    };
  here.start("1", (log) => void ["a", "b", "c"].forEach((text) => log.append(text)));
  await found(there, "1");
  await using one = new TestClient(new Application([["/", handlerOf(here)]], { logFunction() {} }));
  await using two = new TestClient(new Application([["/", handlerOf(there)]], { logFunction() {} }));
  using cut = await one.eventStream("/");
  const first = await cut.next();
  cut.close();
  using again = await two.eventStream("/", { headers: { "Last-Event-ID": first?.id ?? "" } });
  assertEquals((await Array.fromAsync(again)).map(({ data }) => data), ["b", "c", "finished"]);
});
