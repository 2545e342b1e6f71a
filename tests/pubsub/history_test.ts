import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  encodeEnvelope,
  type HistoryLimits,
  type HistoryPage,
  type HistoryPosition,
  MemoryHistory,
  MemoryHub,
  type TopicBroker,
  type TopicHistory,
  TopicMessage,
  type TopicReceiver,
  Topics,
} from "../../src/pubsub/mod.ts";
import { RecentMessages } from "../../src/pubsub/_topics/recent_messages.ts";
import { assertLinear } from "../support/assert_linear.ts";
import { FakeClock, settled } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { CutBroker } from "./cut_broker.ts";
import { publishAfterRead, Recorder } from "./support.ts";

const SOURCE = { origin: "ab".repeat(16), number: 1, time: 1 };

function envelope(sequence: number, bytes = 10): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(bytes);
  return encodeEnvelope({ origin: "ab".repeat(16), number: sequence, sequence, time: 1, binary: true, payload });
}

test("MemoryHistory keeps so many messages and bytes, and gives all after a position or nothing", () => {
  const history = new MemoryHistory({ size: 3, ttl: 60, bytes: 200 }, () => {});
  const { position: start } = history.read("t", null);
  for (let sequence = 1; sequence <= 5; sequence++) history.append("t", envelope(sequence));
  const after = (offset: number, epoch = start.epoch) => {
    const { entries, complete, position } = history.read("t", { epoch, offset });
    return [complete, entries.map((entry) => entry.offset), position.offset];
  };
  assertEquals(after(0), [false, [], 5]);
  assertEquals(after(2), [true, [3, 4, 5], 5]);
  assertEquals(after(5), [true, [], 5]);
  assertEquals(after(6), [false, [], 5]);
  assertEquals(after(4, "00"), [false, [], 5]);
  // The same message again is not kept twice, and a large one drives the others out.
  history.append("t", envelope(5));
  history.append("t", envelope(6, 150));
  assertEquals(after(5), [true, [6], 6]);
  assertEquals(after(4), [false, [], 6]);
});

test("MemoryHistory refuses limits that no broker could keep", () => {
  for (const ttl of [0, -1, NaN, Infinity]) {
    const limits = { size: 3, ttl, bytes: 200 };
    assertThrows(
      () => new MemoryHistory(limits, () => {}),
      RangeError,
      `its ttl is not positive, or above 2147483648: ${ttl}`,
    );
  }
});

test("MemoryHistory forgets messages after their time, and keeps the position", () => {
  using clock = new FakeClock();
  const history = new MemoryHistory({ size: 10, ttl: 60, bytes: 1000 }, () => {});
  history.append("t", envelope(1));
  const { position } = history.read("t", null);
  clock.advance(59);
  assertEquals(history.read("t", { ...position, offset: 0 }).complete, true);
  clock.advance(2);
  assertEquals(history.read("t", { ...position, offset: 0 }).complete, false);
  assertEquals(history.read("t", position), { position, entries: [], complete: true });
  for (const limits of [{ size: 0 }, { size: 1.5 }, { ttl: 0 }, { bytes: -1 }]) {
    assertThrows(() => new Topics({ history: limits }), RangeError, "Cannot keep a history");
  }
});

test("MemoryHistory takes no more time for a message beside many topics that were silent for long", () => {
  using clock = new FakeClock();
  const limits = { size: 1, ttl: 60, bytes: 1000 };
  const data = envelope(1);
  const besides = (count: number) => {
    const history = new MemoryHistory(limits, () => {});
    for (let i = 0; i < count; i++) history.append(`topic${i}`, data);
    clock.advance(61);
    return { history, count };
  };
  assertLinear(besides, ({ history, count }) => {
    for (let i = 0; i < count; i++) history.append("t", data);
  }, 20_000);
});

test("Topics.subscribe() with since gives what was missed before what comes meanwhile, in each process", async () => {
  const hub = new MemoryHub();
  await using here = new Topics({ broker: hub.broker(), history: {} });
  await using there = new Topics({ broker: hub.broker(), history: {} });
  const first = new Recorder();
  const { position, recovered } = await there.subscribe("t", first, { since: null });
  assertEquals([recovered, position.offset], [true, 0]);
  for (const text of ["1", "2", "3"]) here.publish("t", text);
  await first.atLeast(3);
  const second = new Recorder();
  const recovering = there.subscribe("t", second, { since: position });
  here.publish("t", "4");
  assertEquals((await recovering).recovered, true);
  await second.atLeast(4);
  await first.atLeast(4);
  assertEquals([first.received, second.received], [["1", "2", "3", "4"], ["1", "2", "3", "4"]]);
  const offsets = second.messages.map((message) => message.position?.offset);
  assertEquals(offsets, [1, 2, 3, 4]);
  // One that left does not get anything, and says so.
  const third = new Recorder();
  const left = there.subscribe("t", third, { since: position });
  there.unsubscribe("t", third);
  await assertRejects(() => left, TypeError, "the subscriber has left it");
  assertEquals(third.received, []);
});

test("Topics.subscribe() with since resolves after what came meanwhile, with the position before it", async () => {
  await using topics = new Topics({ history: {} });
  const { position: start } = await topics.subscribe("t", new Recorder(), { since: null });
  topics.publish("t", "1");
  const seen = new Recorder();
  publishAfterRead(topics, "t", "2");
  const { recovered, position } = await topics.subscribe("t", seen, { since: start });
  assertEquals([recovered, position, seen.received], [true, { ...start, offset: 1 }, ["1", "2"]]);
  // One that goes on from its last message has none twice.
  const again = new Recorder();
  topics.publish("t", "3");
  await topics.subscribe("t", again, { since: seen.messages[1].position });
  assertEquals(again.received, ["3"]);
});

/** A broker with a history whose answers the test gives. */
class Bench implements TopicBroker {
  readonly reads: { readonly since: HistoryPosition | null; answer(page: HistoryPage): void }[] = [];
  readonly subscriptions: (() => void)[] = [];
  bring: TopicReceiver = () => {};

  connect(receive: TopicReceiver): void {
    this.bring = receive;
  }
  subscribe(topics: readonly string[]): Promise<void> {
    return new Promise((resolve) => topics.includes("t") && this.subscriptions.push(resolve));
  }
  unsubscribe(): void {}
  publish(): void {}
  close(): void {}
  history(): TopicHistory {
    const since = (_topic: string, since: HistoryPosition | null) =>
      new Promise<HistoryPage>((answer) => this.reads.push({ since, answer }));
    return { append() {}, since };
  }
}

test("Topics.subscribe() with since, of one that knows a new epoch before its process does, gives none twice", async (t) => {
  const broker = new Bench();
  await using topics = new Topics({ broker, history: {} });
  const others = new Recorder();
  topics.subscribe("t", others);
  broker.subscriptions[0]();
  await settled();
  broker.reads[0].answer({ position: { epoch: "old", offset: 5 }, entries: [], complete: true });
  await settled();

  const message = (offset: number) => ({ offset, data: envelope(offset) });
  const bring = (offset: number) => broker.bring("t", envelope(offset), { epoch: "new", offset, previous: offset - 1 });
  const position = { epoch: "new", offset: 3 };
  bring(2);
  const seen = new Recorder();
  const recovering = topics.subscribe("t", seen, { since: { epoch: "new", offset: 1 } });
  await settled();
  const [, ofProcess, ofSubscriber] = broker.reads;
  ofSubscriber.answer({ position, entries: [message(2), message(3)], complete: true });
  assertEquals(await recovering, { recovered: true, position });
  ofProcess.answer({ position, entries: [], complete: false });
  await settled();
  for (const offset of [3, 4]) bring(offset);
  const offsets = [others, seen].map(({ messages }) => messages.map(({ position }) => position?.offset));
  assertEquals(offsets, [[2, 3, 4], [2, 3, 4]]);
  t.expectLog("tornado.general", /^Messages of topic t are missing: their number is not known/);
});

/** Topics over a broker whose history is at an offset of the epoch "e", and a function that brings the next message. */
async function topicsAt(offset: number, history: Partial<HistoryLimits> = {}) {
  const broker = new Bench();
  const topics = new Topics({ broker, history });
  topics.subscribe("t", new Recorder());
  broker.subscriptions[0]();
  await settled();
  broker.reads[0].answer({ position: { epoch: "e", offset }, entries: [], complete: true });
  await settled();
  broker.reads.length = 0;
  const bring = (next: number, sequence = next) =>
    broker.bring("t", envelope(sequence), { epoch: "e", offset: next, previous: next - 1 });
  return { broker, topics, bring };
}

/** The offsets that a subscriber gets which names an offset; `null` if the history of the broker is read. */
async function recoveredFrom(
  { broker, topics }: { broker: Bench; topics: Topics },
  offset: number,
  epoch = "e",
): Promise<(number | undefined)[] | null> {
  const seen = new Recorder();
  const recovering = topics.subscribe("t", seen, { since: { epoch, offset } });
  await settled();
  topics.unsubscribe("t", seen);
  if (broker.reads.length === 0) {
    assertEquals((await recovering).recovered, true);
    return seen.messages.map(({ position }) => position?.offset);
  }
  for (const { answer } of broker.reads.splice(0)) {
    answer({ position: { epoch, offset }, entries: [], complete: false });
  }
  await recovering;
  return null;
}

test("Topics give what this process has got itself to one that comes back, and read the history for all before", async () => {
  const site = await topicsAt(5);
  await using _topics = site.topics;
  assertEquals(await recoveredFrom(site, 5), []);
  for (const next of [6, 7, 8]) site.bring(next);
  assertEquals(await recoveredFrom(site, 5), [6, 7, 8]);
  assertEquals(await recoveredFrom(site, 7), [8]);
  assertEquals(await recoveredFrom(site, 8), []);
  for (const [offset, epoch] of [[4, "e"], [9, "e"], [7, "f"]] as const) {
    assertEquals(await recoveredFrom(site, offset, epoch), null);
  }
  const late = new Recorder();
  const { position } = await site.topics.subscribe("t", late, { since: { epoch: "e", offset: 6 } });
  assertEquals(position, { epoch: "e", offset: 8 });
  site.bring(9);
  assertEquals(late.messages.map(({ position }) => position?.offset), [7, 8, 9]);
});

test("Topics.subscribe() with an offset that is none recovers nothing, and asks the history for no such thing", async () => {
  const site = await topicsAt(5);
  await using _topics = site.topics;
  for (const next of [6, 7]) site.bring(next);
  for (const offset of [NaN, -1, 6.5, Infinity, 2 ** 53]) {
    const seen = new Recorder();
    const recovering = site.topics.subscribe("t", seen, { since: { epoch: "e", offset } });
    await settled();
    const [{ since, answer }] = site.broker.reads.splice(0);
    assertEquals(since, { epoch: "", offset: 0 });
    answer({ position: { epoch: "e", offset: 7 }, entries: [], complete: false });
    assertEquals([(await recovering).recovered, seen.received], [false, []]);
  }
});

test("Topics leave a message out that a history has twice, and go on behind it", async () => {
  const site = await topicsAt(5);
  await using _topics = site.topics;
  site.bring(6, 1);
  site.bring(7, 1);
  site.bring(8, 2);
  assertEquals(await recoveredFrom(site, 5), [6, 8]);
  assertEquals(await recoveredFrom(site, 7), [8]);
});

test("Topics read a history once for a message of an epoch that has ended, and go on", async (t) => {
  const { broker, topics } = await topicsAt(5);
  await using _topics = topics;
  const bring = (epoch: string, offset: number, sequence: number) =>
    broker.bring("t", envelope(sequence), { epoch, offset, previous: offset - 1 });
  const seen: string[] = [];
  topics.subscribe("t", {
    deliver: ({ position }) => (seen.push(`${position?.epoch}${position?.offset}`), "delivered"),
    onGap: () => void seen.push("gap"),
  });

  bring("e", 7, 7);
  broker.reads.splice(0)[0].answer({ position: { epoch: "f", offset: 0 }, entries: [], complete: false });
  await settled();
  t.expectLog("tornado.general", /^Messages of topic t are missing: their number is not known/);
  bring("f", 1, 8);
  assertEquals([broker.reads, seen], [[], ["gap", "f1"]]);

  // One of an epoch that may have begun after the read waits for another read.
  bring("f", 3, 10);
  bring("g", 1, 11);
  const entries = [{ offset: 2, data: envelope(9) }, { offset: 3, data: envelope(10) }];
  broker.reads.splice(0)[0].answer({ position: { epoch: "f", offset: 3 }, entries, complete: true });
  await settled();
  assertEquals(broker.reads.map(({ since }) => since), [{ epoch: "f", offset: 3 }]);
  broker.reads.splice(0)[0].answer({ position: { epoch: "g", offset: 1 }, entries: [], complete: false });
  await settled();
  assertEquals([broker.reads, seen], [[], ["gap", "f1", "f2", "f3", "gap", "g1"]]);
});

test("Topics forget their own copy of a history at its limits, its time, and at a gap", async (t) => {
  using clock = new FakeClock();
  const site = await topicsAt(0, { size: 3, ttl: 60, bytes: 100 });
  await using _topics = site.topics;
  for (const next of [1, 2, 3, 4, 5]) site.bring(next);
  assertEquals([await recoveredFrom(site, 1), await recoveredFrom(site, 2)], [null, [3, 4, 5]]);
  site.broker.bring("t", envelope(6, 95), { epoch: "e", offset: 6, previous: 5 });
  assertEquals([await recoveredFrom(site, 4), await recoveredFrom(site, 5)], [null, [6]]);

  // The history no longer has number 7.
  site.bring(8);
  await settled();
  site.broker.reads.splice(0)[0].answer({ position: { epoch: "e", offset: 8 }, entries: [], complete: false });
  await settled();
  t.expectLog("tornado.general", /^Messages of topic t are missing: 1/);
  assertEquals([await recoveredFrom(site, 6), await recoveredFrom(site, 7)], [null, [8]]);

  clock.advance(61);
  assertEquals([await recoveredFrom(site, 7), await recoveredFrom(site, 8)], [null, []]);
});

test("RecentMessages of all topics together have a bound, and those of silent topics go first", () => {
  const recent = new RecentMessages({ size: 1000, ttl: 60, bytes: 1e9 }, 100_000);
  const add = (topic: string, offset: number, length: number) =>
    recent.add(
      new TopicMessage("x".repeat(length), { ...SOURCE, topic, position: { epoch: "e", offset } }),
      offset - 1,
    );
  add("silent", 1, 1000);
  for (let offset = 1; offset <= 100; offset++) add("busy", offset, 1000);
  assertEquals(recent.since("silent", 0), null);
  assertEquals(recent.held < 100_000, true);
  // A topic that is too large alone starts over.
  const kept = recent.since("busy", 99);
  assertEquals(kept?.length, 1);
  assertEquals(recent.since("busy", 0), null);
  add("busy", 101, 200_000);
  add("other", 1, 10);
  assertEquals([recent.since("busy", 100), recent.since("other", 0)?.length], [null, 1]);
  recent.delete("other");
  assertEquals(recent.held, 0);
});

test("RecentMessages take no more time for each message of a large topic", () => {
  const limits = { size: 100_000, ttl: 60, bytes: 1e9 };
  const addAll = (count: number) => {
    const recent = new RecentMessages({ ...limits, size: count / 2 }, 1e9);
    for (let offset = 1; offset <= count; offset++) {
      recent.add(new TopicMessage("x", { ...SOURCE, topic: "t", position: { epoch: "e", offset } }), offset - 1);
    }
    return recent;
  };
  assertLinear((count) => count, addAll, 20_000);
  assertEquals(addAll(1000).since("t", 499), null);
  assertEquals(addAll(1000).since("t", 500)?.length, 500);
});

test("Topics with a history wait for the subscription that is in use, not for an earlier one", async () => {
  const broker = new Bench();
  await using topics = new Topics({ broker, history: {} });
  const first = new Recorder();
  topics.subscribe("t", first);
  topics.unsubscribe("t", first);
  topics.subscribe("t", new Recorder());
  broker.subscriptions[0]();
  await settled();
  assertEquals(broker.reads, []);
  broker.subscriptions[1]();
  await settled();
  assertEquals(broker.reads.map(({ since }) => since), [null]);
});

test("Topics with a history leave out except, count their subscribers, and need a broker that keeps one", async () => {
  const topics = new Topics({ history: { size: 5 } });
  const [a, b] = [new Recorder(), new Recorder()];
  topics.subscribe("t", a);
  topics.subscribe("t", b);
  await settled();
  assertEquals([topics.publish("t", "x", { except: a }), topics.publish("t", "y")], [1, 2]);
  assertEquals([a.received, b.received], [["y"], ["x", "y"]]);
  const old: HistoryPosition = { epoch: "none", offset: 1 };
  const late = new Recorder();
  assertEquals((await topics.subscribe("t", late, { since: old })).recovered, false);
  assertEquals(late.received, []);
  assertThrows(() => new Topics().subscribe("t", a, { since: null }), TypeError, "the topics have no history");
  assertThrows(() => new Topics().subscribe("\x01a", a), TypeError, "names that begin with U+0001 are reserved");
  const bare = { connect() {}, subscribe() {}, unsubscribe() {}, publish() {}, close() {} };
  assertThrows(() => new Topics({ broker: bare, history: {} }), TypeError, "the broker keeps none");
});

test("Topics read a history again that could not be read, though the link stays up, and log it once", async (t) => {
  using clock = new FakeClock();
  const hub = new MemoryHub();
  const broker = new CutBroker(hub);
  await using here = new Topics({ broker, history: { size: 10 } });
  await using there = new Topics({ broker: hub.broker(), history: { size: 10 } });
  const { history } = here;
  if (history === null) throw new TypeError("The topics keep no history");
  const inner = MemoryHistory.prototype.since;
  let failures = 3;
  MemoryHistory.prototype.since = async function (topic, position) {
    if (failures-- > 0) throw new Error("busy");
    return await inner.call(this, topic, position);
  };
  try {
    const seen = new Recorder();
    here.subscribe("t", seen);
    await clock.advanceAsync(0.1);
    there.publish("t", "one");
    await clock.advanceAsync(5);
    assertEquals([seen.received, failures], [["one"], -1]);
    failures = 2;
    broker.cut();
    there.publish("t", "two");
    await clock.advanceAsync(1);
    broker.mend();
    await clock.advanceAsync(0.1);
    there.publish("t", "three");
    await clock.advanceAsync(5);
    assertEquals([seen.received, seen.gaps], [["one", "two", "three"], []]);
  } finally {
    MemoryHistory.prototype.since = inner;
  }
  t.expectLog("tornado.general", /^Cannot read the history of topic t: busy$/);
  assertEquals(t.logs.filter(({ levelno }) => levelno >= 30).length, 2);
});

test("Topics.subscribe() with since leaves a message out that the history has twice", async () => {
  const site = await topicsAt(0);
  await using _topics = site.topics;
  const seen = new Recorder();
  const recovering = site.topics.subscribe("t", seen, { since: { epoch: "e", offset: 1 } });
  await settled();
  const [{ answer }] = site.broker.reads.splice(0);
  const entries = [1, 2, 1, 2, 3].map((number, i) => ({ offset: i + 2, data: envelope(number) }));
  answer({ position: { epoch: "e", offset: 6 }, entries, complete: true });
  assertEquals((await recovering).recovered, true);
  assertEquals(seen.messages.map(({ source }) => source.number), [1, 2, 3]);
});
