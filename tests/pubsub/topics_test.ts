// Topics by themselves: what they do with what subscribers and brokers answer. tests/websocket/topics_test.ts has
// WebSockets.
import { assertEquals, assertThrows } from "@std/assert";
import {
  decodeEnvelope,
  encodeEnvelope,
  type Envelope,
  MemoryHub,
  type Subscriber,
  type TopicBroker,
  type TopicReceiver,
  Topics,
} from "../../src/pubsub/mod.ts";
import { settled } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { PortBroker } from "./port_broker.ts";
import { Recorder } from "./support.ts";

test("Topics.publish() counts those that took the message, and unsubscribes those that are closed", async () => {
  const topics = new Topics();
  const pending = Promise.withResolvers<"closed">();
  const takes = new Recorder();
  const drops = new Recorder(() => "dropped");
  const closed = new Recorder(() => "closed");
  const later = new Recorder(() => pending.promise);
  for (const subscriber of [takes, drops, closed, later]) topics.subscribe("t", subscriber);
  topics.subscribe("u", closed);
  assertEquals([topics.publish("t", "1"), topics.count("t"), topics.count("u")], [2, 3, 0]);
  assertEquals([topics.publish("t", "2", { except: takes }), topics.count("t")], [1, 3]);
  pending.resolve("closed");
  await settled();
  assertEquals([topics.topics(later), topics.count("t"), topics.publish("t", "3")], [[], 2, 1]);
  assertEquals(takes.received, ["1", "3"]);
  assertEquals(drops.received, ["1", "2", "3"]);
  assertEquals(closed.received, ["1"]);
});

test("Topics.publish() goes on behind a subscriber that throws or rejects, which is logged", async (t) => {
  const topics = new Topics();
  const last = new Recorder();
  topics.subscribe(
    "t",
    new Recorder(() => {
      throw new Error("thrown");
    }),
  );
  topics.subscribe("t", new Recorder(() => Promise.reject(new Error("rejected"))));
  topics.subscribe("t", last);
  assertEquals(topics.publish("t", "x"), 2);
  await settled();
  assertEquals(last.received, ["x"]);
  t.expectLog("tornado.application", /^A subscriber cannot take a message/);
  assertEquals(t.logs.length, 2);
});

test("Topics.subscribe() asks to be told of the end, and passes on what whenClosed() throws", () => {
  const topics = new Topics();
  const callbacks = new Set<(subscriber: Subscriber) => void>();
  const subscriber: Subscriber = { deliver: () => "delivered", whenClosed: (callback) => void callbacks.add(callback) };
  topics.subscribe("t", subscriber);
  topics.subscribe("u", subscriber);
  assertEquals([callbacks.size, topics.topics(subscriber)], [1, ["t", "u"]]);
  for (const callback of callbacks) callback(subscriber);
  assertEquals([topics.topics(subscriber), topics.count("t"), topics.count("u")], [[], 0, 0]);
  const over: Subscriber = {
    deliver: () => "delivered",
    whenClosed() {
      throw new RangeError("over");
    },
  };
  assertThrows(() => topics.subscribe("t", over), RangeError, "over");
  assertEquals(topics.count("t"), 0);
});

test("Topics.close() ends the subscriptions and closes the broker once", async (t) => {
  const calls: string[] = [];
  const broker: TopicBroker = {
    connect: () => void calls.push("connect"),
    subscribe: (topics) => void (isOwn(topics[0]) || calls.push(`subscribe ${topics}`)),
    unsubscribe: (topics) => void calls.push(`unsubscribe ${topics}`),
    publish: (topic) => void (isOwn(topic) || calls.push(`publish ${topic}`)),
    close() {
      calls.push("close");
      return Promise.reject(new Error("gone already"));
    },
  };
  const subscriber = new Recorder();
  {
    await using topics = new Topics({ broker });
    topics.subscribe("t", subscriber);
    topics.publish("t", "x");
    await Promise.all([topics.close(), topics.close()]);
    assertEquals([topics.count("t"), topics.topics(subscriber), topics.publish("t", "late")], [0, [], 0]);
    topics.unsubscribe("t", subscriber);
    topics.unsubscribeAll(subscriber);
    assertThrows(() => topics.subscribe("t", subscriber), TypeError, 'Cannot subscribe to "t": the topics are closed');
  }
  assertEquals(calls, ["connect", "subscribe t", "publish t", "close"]);
  assertEquals(subscriber.received, ["x"]);
  t.expectLog("tornado.application", /^The broker cannot close/);
});

/** Tells the topics of users from those that `Topics` uses itself. */
function isOwn(topic: string): boolean {
  return topic.startsWith("\x01");
}

/** A broker whose other side is the test. It shows the topics of users only. */
class Bench implements TopicBroker {
  readonly sent: { topic: string; envelope: Envelope }[] = [];
  readonly calls: string[] = [];
  bring: TopicReceiver = () => {};

  connect(receive: TopicReceiver): void {
    this.bring = receive;
  }
  subscribe(topics: readonly string[]): void {
    if (!isOwn(topics[0])) this.calls.push(`subscribe ${topics}`);
  }
  unsubscribe(topics: readonly string[]): void {
    this.calls.push(`unsubscribe ${topics}`);
  }
  publish(topic: string, data: Uint8Array): void {
    if (!isOwn(topic)) this.sent.push({ topic, envelope: decodeEnvelope(data) });
  }
  close(): void {}
}

test("Topics numbers what it publishes: all together, and each topic by itself", async () => {
  const broker = new Bench();
  await using topics = new Topics({ broker });
  const seen = new Recorder();
  topics.subscribe("b", seen);
  for (const topic of ["a", "b", "a", "b", "b"]) topics.publish(topic, topic);
  assertThrows(() => topics.publish("a", { n: 1n }), TypeError);
  topics.publish("a", Uint8Array.of(1));
  const numbers = broker.sent.map(({ topic, envelope }) => [topic, envelope.number, envelope.sequence]);
  assertEquals(numbers, [["a", 1, 1], ["b", 2, 1], ["a", 3, 2], ["b", 4, 2], ["b", 5, 3], ["a", 6, 3]]);
  assertEquals(new Set(broker.sent.map(({ envelope }) => envelope.origin)).size, 1);
  const [{ envelope: first }] = broker.sent;
  assertEquals(seen.messages.map(({ id }) => id), [2, 4, 5].map((number) => `${first.origin}-${number}`));
  assertEquals(broker.sent.map(({ envelope }) => envelope.binary), [false, false, false, false, false, true]);
});

test("Topics never gives a topic a sequence number twice, however many topics there are", async () => {
  const broker = new Bench();
  await using topics = new Topics({ broker });
  for (const _ of [1, 2, 3]) topics.publish("first", "x");
  for (let i = 0; i < 100_000; i++) topics.publish(String(i), "x");
  topics.publish("first", "x");
  const sequences = broker.sent.filter(({ topic }) => topic === "first").map(({ envelope }) => envelope.sequence);
  assertEquals(sequences, [1, 2, 3, 4]);
  topics.publish("0", "x");
  assertEquals(broker.sent.at(-1)?.envelope.sequence, 4);
});

test("Topics tells the broker of first and last subscribers, those of one subscriber together", async () => {
  const broker = new Bench();
  await using topics = new Topics({ broker });
  const [a, b] = [new Recorder(), new Recorder()];
  topics.subscribe("t", a);
  topics.subscribe("t", b);
  topics.subscribe("u", a);
  topics.subscribe("v", a);
  topics.unsubscribe("v", a);
  topics.unsubscribe("v", a);
  topics.subscribe("w", a);
  topics.unsubscribeAll(a);
  topics.unsubscribe("t", b);
  assertEquals(broker.calls, [
    ...["subscribe t", "subscribe u", "subscribe v", "unsubscribe v", "subscribe w", "unsubscribe u,w"],
    "unsubscribe t",
  ]);
});

test("Topics gives subscribers what the broker brings, with the id and time of its publisher", async () => {
  const broker = new Bench();
  await using topics = new Topics({ broker });
  const seen = new Recorder();
  topics.subscribe("t", seen);
  const payload = new TextEncoder().encode("ü");
  const envelope = { origin: "ab".repeat(16), number: 12, sequence: 1, time: 5, binary: false, payload };
  const data = encodeEnvelope(envelope);
  broker.bring("t", data);
  // A broker may use its memory again.
  data.fill(0);
  broker.bring("t", encodeEnvelope({ ...envelope, sequence: 2, binary: true }));
  broker.bring("nobody listens", encodeEnvelope(envelope));
  assertEquals(seen.received, ["ü", payload]);
  assertEquals([seen.messages[0].id, seen.messages[0].time], [`${"ab".repeat(16)}-12`, 5]);
});

test("Topics logs what it cannot read, an unknown version once, and goes on", async (t) => {
  const broker = new Bench();
  await using topics = new Topics({ broker });
  const seen = new Recorder();
  topics.subscribe("t", seen);
  const payload = new TextEncoder().encode("fine");
  const good = encodeEnvelope({ origin: "ab".repeat(16), number: 1, sequence: 1, time: 5, binary: false, payload });
  const rubbish = [new Uint8Array(0), good.subarray(0, 41), good.with(1, 7), good.with(42, 0xff)];
  const newer = [good.with(0, 2), good.with(0, 2), good.with(0, 9), Uint8Array.of(2)];
  for (const data of [...rubbish, ...newer, good]) broker.bring("t", data);
  assertEquals(seen.received, ["fine"]);
  t.expectLog("tornado.general", /broker brought for topic t: Cannot read an envelope: it has \d+ of 42 bytes$/);
  t.expectLog("tornado.general", /Cannot read an envelope: its kind is 7$/);
  t.expectLog("tornado.general", /Cannot read an envelope: its text of 4 bytes is not UTF-8$/);
  t.expectLog("tornado.general", /Cannot read an envelope: its version is [29], not 1$/);
  assertEquals(t.logs.length, 6);
});

test("TopicBroker may fail: that is logged, and the subscribers here have their message", async (t) => {
  for (const async of [false, true]) {
    const fail = (): void | Promise<void> => {
      const error = new Error("no connection");
      if (async) return Promise.reject(error);
      throw error;
    };
    const subscribe = ([topic]: readonly string[]) => isOwn(topic) ? undefined : fail();
    const broker = { connect() {}, subscribe, unsubscribe: fail, publish: fail, close() {} };
    await using topics = new Topics({ broker });
    const seen = new Recorder();
    topics.subscribe("t", seen);
    topics.subscribe("u", seen);
    assertEquals(topics.publish("t", "here at least"), 1);
    topics.unsubscribeAll(seen);
    await settled();
    assertEquals(seen.received, ["here at least"]);
  }
  for (
    const what of ["subscribe to topic t", "subscribe to topic u", "publish to topic t", "unsubscribe from 2 topics"]
  ) {
    const pattern = new RegExp(`^The broker cannot ${what}`);
    t.expectLog("tornado.application", pattern);
    assertEquals(t.logs.filter((record) => record.getMessage().search(pattern) >= 0).length, 2);
  }
});

test("Topics.publish() with except leaves out one subscriber here, and none in another process", async () => {
  const hub = new MemoryHub();
  await using here = new Topics({ broker: hub.broker() });
  await using there = new Topics({ broker: hub.broker() });
  const [a, b, c] = [new Recorder(), new Recorder(), new Recorder()];
  here.subscribe("t", a);
  here.subscribe("t", b);
  there.subscribe("t", c);
  assertEquals(here.publish("t", "not to a", { except: a }), 1);
  await c.atLeast(1);
  assertEquals([a.received, b.received, c.received], [[], ["not to a"], ["not to a"]]);
});

test("TopicBroker over MessagePort, as documented, loses none of 20,000 messages of one turn to a worker", async () => {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL("./port_worker.ts", import.meta.url), { type: "module" });
  try {
    await using topics = new Topics({ broker: new PortBroker(port1) });
    const back = new Recorder();
    topics.subscribe("back", back);
    worker.postMessage(port2, [port2]);
    await back.atLeast(1);
    for (let i = 0; i < 20_000; i++) topics.publish("t", String(i));
    topics.publish("t", "end");
    await back.atLeast(2);
    assertEquals(back.received, ["ready", "end after 20000"]);
  } finally {
    worker.terminate();
  }
});
