// The part that all brokers share, over a link that the test makes.
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type BrokerLink,
  type BrokerState,
  encodeEnvelope,
  LinkedBroker,
  type LinkedBrokerOptions,
  type LinkEvents,
  type OutboundMessage,
} from "../../src/pubsub/mod.ts";
import { envelopeSource, lostCount } from "../../src/pubsub/envelope.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

class TestLink implements BrokerLink {
  readonly calls: string[] = [];
  readonly batches: { messages: readonly OutboundMessage[]; done: PromiseWithResolvers<void> }[] = [];
  readonly events: LinkEvents;
  answersPings = true;

  constructor(events: LinkEvents) {
    this.events = events;
  }
  // deno-lint-ignore require-await
  async subscribe(topics: readonly string[]): Promise<void> {
    this.calls.push(`subscribe ${topics.length}`);
  }
  // deno-lint-ignore require-await
  async unsubscribe(topics: readonly string[]): Promise<void> {
    this.calls.push(`unsubscribe ${topics}`);
  }
  publish(messages: readonly OutboundMessage[]): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.batches.push({ messages: [...messages], done });
    return done.promise;
  }
  ping(): Promise<void> {
    return this.answersPings ? Promise.resolve() : new Promise(() => {});
  }
  close(): void {
    this.calls.push("close");
  }
  texts(): string[] {
    return this.batches.flatMap(({ messages }) => messages.map(({ data }) => new TextDecoder().decode(data)));
  }
}

class TestBroker extends LinkedBroker implements AsyncDisposable {
  readonly links: TestLink[] = [];
  readonly states: BrokerState[] = [];
  refusals = 0;

  constructor(options: LinkedBrokerOptions = {}) {
    super(options);
    this.connect(() => {}, (state) => void this.states.push(state));
  }
  protected override get target(): string {
    return "the test";
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
  /** Publishes an envelope for the history. */
  keep(topic: string, sequence: number, size: number): Promise<void> {
    const numbers = { number: sequence, sequence, time: 0 };
    const payload = new Uint8Array(size);
    const data = encodeEnvelope({ origin: "0a".repeat(16), ...numbers, binary: true, payload });
    return this.send({ topic, data, kept: true });
  }
  // deno-lint-ignore require-await
  protected override async open(events: LinkEvents): Promise<BrokerLink> {
    if (this.refusals-- > 0) throw new Error("refused");
    const link = new TestLink(events);
    this.links.push(link);
    return link;
  }
}

const bytes = (text: string) => new TextEncoder().encode(text);

test("LinkedBroker sends what one turn publishes together, and again on the next link what was not confirmed", async (t) => {
  using clock = new FakeClock();
  await using broker = new TestBroker();
  await clock.advanceAsync(0);
  const [first] = broker.links;
  for (const text of ["a", "b", "c"]) broker.publish("t", bytes(text));
  await clock.advanceAsync(0);
  assertEquals(first.batches.length, 1);
  broker.publish("t", bytes("d"));
  await clock.advanceAsync(0);
  first.batches[0].done.resolve();
  await clock.advanceAsync(0);
  first.events.lost(new Error("cut"));
  broker.publish("t", bytes("e"));
  await clock.advanceAsync(10);
  const [, second] = broker.links;
  assertEquals(first.texts(), ["a", "b", "c", "d"]);
  assertEquals(second.texts(), ["d", "e"]);
  for (const { done } of second.batches) done.resolve();
  await clock.advanceAsync(0);
  assertEquals(broker.outbound, 0);
  assertEquals(broker.states, ["up", "down", "up"]);
  t.expectLog("tornado.general", /^Lost the link to the test: cut$/);
});

test("LinkedBroker bounds what waits: it rejects, or drops and counts", async () => {
  using clock = new FakeClock();
  for (const whenFull of ["reject", "drop"] as const) {
    await using broker = new TestBroker({ maxOutbound: 10_000, whenFull });
    await clock.advanceAsync(0);
    let refused = 0;
    for (let i = 0; i < 100; i++) {
      try {
        broker.publish("t", new Uint8Array(400));
      } catch {
        refused++;
      }
    }
    assert(broker.outbound <= 10_000);
    assertEquals(broker.dropped, 81);
    assertEquals(refused, whenFull === "reject" ? 81 : 0);
    await clock.advanceAsync(0);
    for (const { done } of broker.links[0].batches) done.resolve();
    await clock.advanceAsync(0);
    assertEquals(broker.outbound, 0);
  }
  assertThrows(() => new TestBroker({ maxOutbound: 0 }), RangeError, "maxOutbound is not positive: 0");
});

test("LinkedBroker leaves one mark for the messages of a topic that a history lacks in a row", async () => {
  using clock = new FakeClock();
  await using broker = new TestBroker({ maxOutbound: 1200, whenFull: "drop" });
  await clock.advanceAsync(0);
  broker.keep("t", 1, 500);
  broker.keep("u", 1, 500);
  for (const sequence of [2, 3]) broker.keep("t", sequence, 500);
  broker.keep("t", 4, 1);
  broker.keep("t", 5, 500);
  const [link] = broker.links;
  await clock.advanceAsync(0);
  broker.keep("t", 6, 500);
  await clock.advanceAsync(0);
  const sent = link.batches.flatMap(({ messages }) => messages);
  assertEquals(sent.map(({ topic, data }) => [topic, envelopeSource(data).sequence, lostCount(data)]), [
    ["t", 1, 0],
    ["u", 1, 1],
    ["t", 3, 2],
    ["t", 4, 0],
    ["t", 5, 1],
    // What was sent is no longer changed.
    ["t", 6, 1],
  ]);
  assertEquals(broker.dropped, 5);
  for (const { done } of link.batches) done.resolve();
  await clock.advanceAsync(0);
  assertEquals(broker.outbound, 0);
});

test("LinkedBroker finds a link that does not answer within 10 s, and never gives up", async (t) => {
  using clock = new FakeClock();
  await using broker = new TestBroker();
  await clock.advanceAsync(20);
  assertEquals(broker.states, ["up"]);
  broker.links[0].answersPings = false;
  broker.refusals = 50;
  await clock.advanceAsync(10);
  assertEquals(broker.states, ["up", "down"]);
  assertEquals(broker.links[0].calls.at(-1), "close");
  await clock.advanceAsync(60);
  assertEquals([broker.states, broker.links.length], [["up", "down", "up"], 2]);
  t.expectLog("tornado.general", /^Lost the link to the test: No answer from the test for 5 s$/);
  t.expectLog("tornado.general", /^Cannot reach the test: refused$/);
  assertEquals(t.logs.length, 3);
});

test("LinkedBroker subscribes to 10,000 topics again in batches, before it is up", async (t) => {
  using clock = new FakeClock();
  await using broker = new TestBroker();
  await clock.advanceAsync(0);
  const subscribed = broker.subscribe(Array.from({ length: 10_000 }, (_, i) => `topic ${i}`));
  await clock.advanceAsync(0);
  await subscribed;
  await broker.unsubscribe(["topic 7"]);
  broker.links[0].events.lost(new Error("cut"));
  await clock.advanceAsync(2);
  const calls = broker.links[1].calls;
  assertEquals(calls, [...Array(9).fill("subscribe 1000"), "subscribe 999"]);
  t.expectLog("tornado.general", /cut$/);
});

test("LinkedBroker subscribes to what the first subscription in effect was followed by", async () => {
  using clock = new FakeClock();
  await using broker = new TestBroker();
  const both = broker.subscribe(["first"]).then(() => broker.subscribe(["second"]));
  await clock.advanceAsync(0);
  await both;
  assertEquals(broker.links[0].calls, ["subscribe 1", "subscribe 1"]);
});

test("LinkedBroker unsubscribes from what is left while a link begins, and takes again what comes back", async () => {
  using clock = new FakeClock();
  await using broker = new TestBroker();
  const subscribed = broker.subscribe(["a", "b", "c"]);
  const answers: PromiseWithResolvers<void>[] = [];
  const subscribe = TestLink.prototype.subscribe;
  TestLink.prototype.subscribe = async function (topics) {
    await subscribe.call(this, topics);
    answers.push(Promise.withResolvers());
    await answers.at(-1)?.promise;
  };
  try {
    await clock.advanceAsync(0);
    await broker.unsubscribe(["b", "c"]);
    broker.subscribe(["c"]);
    for (let answered = 0; answered < answers.length; answered++) {
      answers[answered].resolve();
      await clock.advanceAsync(0);
    }
    await subscribed;
    assertEquals(broker.links[0].calls, ["subscribe 3", "unsubscribe b"]);
  } finally {
    TestLink.prototype.subscribe = subscribe;
  }
});

test("LinkedBroker unsubscribes from what is left in the moment in which a subscription takes effect", async () => {
  using clock = new FakeClock();
  await using broker = new TestBroker();
  const both = broker.subscribe(["a"]).then(() => broker.unsubscribe(["a"]));
  await clock.advanceAsync(0);
  await both;
  assertEquals(broker.links[0].calls, ["subscribe 1", "unsubscribe a"]);
});

test("LinkedBroker has a subscription that was refused wait for the next link", async (t) => {
  using clock = new FakeClock();
  await using broker = new TestBroker();
  await clock.advanceAsync(0);
  broker.links[0].subscribe = () => Promise.reject(new Error("refused"));
  let links = 0;
  const subscribed = broker.subscribe(["a"]).then(() => links = broker.links.length);
  await clock.advanceAsync(1);
  await subscribed;
  assertEquals([links, broker.links[1].calls], [2, ["subscribe 1"]]);
  t.expectLog("tornado.general", /refused$/);
});

test("LinkedBroker keeps a link when the one before it refuses late", async (t) => {
  using clock = new FakeClock();
  await using broker = new TestBroker();
  await clock.advanceAsync(0);
  await broker.subscribe(["a"]);
  const [first] = broker.links;
  const late = Promise.withResolvers<void>();
  first.subscribe = first.unsubscribe = () => late.promise;
  const both = [broker.subscribe(["b"]), broker.unsubscribe(["a"])];
  await clock.advanceAsync(0);
  first.events.lost(new Error("cut"));
  await clock.advanceAsync(2);
  late.reject(new Error("refused"));
  await Promise.all(both);
  await clock.advanceAsync(2);
  assertEquals([broker.links.length, broker.states], [2, ["up", "down", "up"]]);
  t.expectLog("tornado.general", /cut$/);
});

test("LinkedBroker opens another link at once if one ends while it subscribes, without an answer", async (t) => {
  using clock = new FakeClock();
  await using broker = new TestBroker();
  await clock.advanceAsync(0);
  await broker.subscribe(["t"]);
  const [first] = broker.links;
  let silent: Promise<void> | null = new Promise(() => {});
  const subscribe = TestLink.prototype.subscribe;
  TestLink.prototype.subscribe = async function (topics) {
    await subscribe.call(this, topics);
    await silent;
  };
  try {
    first.events.lost(new Error("cut"));
    await clock.advanceAsync(1.1);
    assertEquals([broker.links.length, broker.isUp], [2, false]);
    silent = null;
    broker.links[1].events.lost(new Error("cut again"));
    await clock.advanceAsync(1.1);
    assertEquals([broker.links.length, broker.isUp, broker.links[1].calls.at(-1)], [3, true, "close"]);
  } finally {
    TestLink.prototype.subscribe = subscribe;
  }
  t.expectLog("tornado.general", /^Lost the link to the test: cut$/);
  t.expectLog("tornado.general", /^Cannot reach the test: cut again$/);
});

test("LinkedBroker sends again what the broker refused, in order, and tells it once", async (t) => {
  using clock = new FakeClock();
  await using broker = new TestBroker();
  await clock.advanceAsync(0);
  const [link] = broker.links;
  broker.publish("t", bytes("a"));
  await clock.advanceAsync(0);
  broker.publish("t", bytes("b"));
  await clock.advanceAsync(0);
  for (const { done } of link.batches) done.reject(new Error("no memory"));
  await clock.advanceAsync(1.1);
  assertEquals(link.texts(), ["a", "b", "a", "b"]);
  for (const { done } of link.batches) done.resolve();
  await clock.advanceAsync(0);
  assertEquals([broker.outbound, broker.states], [0, ["up"]]);
  t.expectLog("tornado.general", /^Cannot publish to the test: no memory$/);
});
