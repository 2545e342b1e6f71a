// Messages for many: who gets them, in what form, and what a receiver that does not read means for the others.
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { HTTPServerRequest } from "../../src/http/httputil.ts";
import type { Bytes } from "../../src/internal/bytes.ts";
import { BaseIOStream } from "../../src/net/iostream.ts";
import { Application } from "../../src/web/mod.ts";
import {
  type BackpressurePolicy,
  type PublishOptions,
  TopicMessage,
  Topics,
  WebSocketClosedError,
  type WebSocketCompressionOptions,
  websocketConnect,
  WebSocketHandler,
  WebSocketParams,
  WebSocketProtocol13,
} from "../../src/websocket/mod.ts";
import { deflateSettings } from "../../src/internal/deflater.ts";
import { Inflater } from "../../src/websocket_core/_deflate/inflater.ts";
import { FrameReader } from "../../src/websocket_core/_frame/reader.ts";
import { compressedFrame, plainFrame } from "../../src/websocket_core/shared_message.ts";
import { FakeClock, settled } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { Mailbox, RawClient, serve, urlOf } from "./server_support.ts";
import { concat, copy, frame, hex, readAll, utf8 } from "./support.ts";

/** Subscribes to the topic that is its path, and says so. */
function memberOf(topics: Topics, options: WebSocketCompressionOptions | null = null): typeof WebSocketHandler {
  return class Member extends WebSocketHandler {
    override open(topic: string): void {
      topics.subscribe(topic, this);
      this.writeMessage("subscribed");
    }
    override onMessage(message: string | Uint8Array): void {
      for (const topic of topics.topics(this)) topics.publish(topic, message, { except: this });
    }
    override getCompressionOptions(): WebSocketCompressionOptions | null {
      return options;
    }
  };
}

/** A kernel that keeps what it is given, and takes it only when told to. */
class FakeKernel {
  readonly pieces: Uint8Array[] = [];
  reading = true;
  #ended = Promise.withResolvers<null>();
  #taken: (() => void) | null = null;

  read(): Promise<null> {
    return this.#ended.promise;
  }
  write(data: Uint8Array): Promise<number> {
    // The stream uses small memory again.
    this.pieces.push(data.length < 16384 ? data.slice() : data);
    if (this.reading) return Promise.resolve(data.length);
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#taken = () => resolve(data.length);
    return promise;
  }
  takeAll(): void {
    this.reading = true;
    this.#taken?.();
  }
  close(): void {
    this.#ended.resolve(null);
  }
  get received(): Bytes {
    return concat(...this.pieces);
  }
}

/** A handler on a {@linkcode FakeKernel}. */
class LocalHandler extends WebSocketHandler {
  closedBy: (() => void) | null = null;
  override onClose(): void {}
  override onWsConnectionClose(code?: number | null, reason?: string | null): void {
    super.onWsConnectionClose(code, reason);
    this.closedBy?.();
  }
}

const application = new Application();

function connected(
  policy: BackpressurePolicy = "close",
  highWaterMark = 1000,
): { handler: LocalHandler; kernel: FakeKernel } {
  const handler = new LocalHandler(application, new HTTPServerRequest({ uri: "/" }));
  const protocol = new WebSocketProtocol13(
    handler,
    false,
    new WebSocketParams({ highWaterMark, backpressure: policy }),
  );
  const kernel = new FakeKernel();
  protocol.acceptConnection(new BaseIOStream(kernel), { subprotocol: null, deflate: null, compression: null });
  handler.wsConnection = protocol;
  protocol.receive();
  return { handler, kernel };
}

function textsIn(bytes: Bytes): string[] {
  return readAll(new FrameReader(false, 1 << 26), [bytes]).map((event) => "text" in event ? event.text : "?");
}

test("Topics.publish() reaches the subscribers of the topic, from a handler and from outside", async () => {
  const topics = new Topics();
  await using server = serve([["/(\\w+)", memberOf(topics)]]);
  const [ann, bob, eve] = await Promise.all(
    ["/tea", "/tea", "/rum"].map((path) => websocketConnect(urlOf(server, path))),
  );
  for (const client of [ann, bob, eve]) assertEquals(await client.readMessage(), "subscribed");
  assertEquals([topics.count("tea"), topics.count("rum"), topics.count("gin")], [2, 1, 0]);

  ann.writeMessage("from Ann");
  assertEquals(await bob.readMessage(), "from Ann");
  const messages: [string | object, PublishOptions, unknown][] = [
    ["", {}, ""],
    ["ü€🙂", {}, "ü€🙂"],
    [{ a: [1, "</b>"] }, {}, '{"a":[1,"<\\/b>"]}'],
    [hex("00ff"), {}, hex("00ff")],
    [hex("00ff").buffer, {}, hex("00ff")],
    ["ü", { binary: true }, utf8("ü")],
    [utf8("ü"), { binary: false }, "ü"],
    ["x".repeat(300_000), {}, "x".repeat(300_000)],
    ["\u20ac".repeat(30_000), {}, "\u20ac".repeat(30_000)],
    [new Uint8Array(300_000), {}, new Uint8Array(300_000)],
  ];
  for (const [message, options, expected] of messages) {
    assertEquals(topics.publish("tea", message, options), 2);
    for (const client of [ann, bob]) assertEquals(await client.readMessage(), expected);
  }
  assertEquals(topics.publish("gin", "nobody"), 0);
  topics.publish("rum", "the first for Eve");
  assertEquals(await eve.readMessage(), "the first for Eve");
  for (const client of [ann, bob, eve]) client.close();
  await Promise.all([ann, bob, eve].map((client) => client.closed));
});

test("Topics.publish() takes bytes as they are at the call", async () => {
  const topics = new Topics();
  const { handler, kernel } = connected();
  topics.subscribe("t", handler);
  for (const size of [10, 20_000]) {
    const bytes = new Uint8Array(size).fill(1);
    topics.publish("t", bytes);
    bytes.fill(2);
    await settled();
    assertEquals(kernel.received.at(-1), 1);
  }
  handler.wsConnection?.abort();
});

test("Topics.publish() encodes a message once, and not at all for nobody", async () => {
  const topics = new Topics();
  let encoded = 0;
  const message = { toJSON: () => ++encoded };
  assertEquals(topics.publish("t", message), 0);
  assertEquals(encoded, 0);
  const members = Array.from({ length: 50 }, () => connected());
  for (const { handler } of members) topics.subscribe("t", handler);
  assertEquals(topics.publish("t", message), 50);
  await settled();
  for (const { kernel } of members) assertEquals(textsIn(kernel.received), ["1"]);
  assertThrows(() => topics.publish("t", { n: 1n }), TypeError);
  for (const { handler } of members) handler.wsConnection?.abort();
  assertEquals(topics.count("t"), 0);
});

test("Topics.publish() reaches 10,000 subscribers, which share the memory of a large message", async () => {
  const topics = new Topics();
  const members = Array.from({ length: 10_000 }, () => connected("close", 1 << 20));
  for (const { handler } of members) topics.subscribe("t", handler);
  assertEquals(topics.publish("t", "short"), 10_000);
  assertEquals(topics.publish("t", "x".repeat(40_000)), 10_000);
  await settled();
  const expected = [copy(frame(1, "short", { key: null })), frame(1, "x".repeat(40_000), { key: null })];
  const shared = members[0].kernel.pieces[1].buffer;
  for (const { kernel } of members) {
    assertEquals(kernel.pieces.length, 2);
    assert(kernel.pieces[0].every((octet, i) => octet === expected[0][i]));
    assertStrictEquals(kernel.pieces[1].buffer, shared);
  }
  assertEquals(copy(members[0].kernel.pieces[1]), expected[1]);
  for (const { handler } of members) handler.wsConnection?.abort();
  assertEquals([topics.count("t"), topics.topics(members[0].handler)], [0, []]);
});

test("Topics.publish() has what is sent in one turn leave in one write, in order", async () => {
  const topics = new Topics();
  const { handler, kernel } = connected();
  topics.subscribe("a", handler);
  topics.subscribe("b", handler);
  const expected: string[] = [];
  for (let i = 0; i < 30; i++) {
    topics.publish("a", `a${i}`);
    handler.writeMessage(`own ${i}`);
    topics.publish("b", `b${i}`);
    expected.push(`a${i}`, `own ${i}`, `b${i}`);
  }
  await settled();
  assertEquals(kernel.pieces.length, 1);
  assertEquals(textsIn(kernel.received), expected);
  handler.wsConnection?.abort();
});

test("Topics.subscribe() and unsubscribe() may be repeated, and topics() is in their order", () => {
  const topics = new Topics();
  const { handler } = connected();
  const { handler: other } = connected();
  topics.subscribe("b", handler);
  topics.subscribe("a", handler);
  topics.subscribe("b", handler);
  topics.subscribe("a", other);
  assertEquals(topics.topics(handler), ["b", "a"]);
  assertEquals([topics.count("a"), topics.count("b")], [2, 1]);
  assertEquals(topics.publish("b", "once"), 1);
  topics.unsubscribe("b", handler);
  topics.unsubscribe("b", handler);
  topics.unsubscribe("b", other);
  topics.unsubscribe("never there", handler);
  assertEquals([topics.topics(handler), topics.count("b"), topics.publish("b", "gone")], [["a"], 0, 0]);
  topics.subscribe("c", handler);
  topics.unsubscribeAll(handler);
  topics.unsubscribeAll(handler);
  assertEquals([topics.topics(handler), topics.count("a"), topics.count("c")], [[], 1, 0]);
  // Names of objects are names like others.
  for (const name of ["__proto__", "constructor", ""]) {
    assertEquals(topics.count(name), 0);
    topics.subscribe(name, handler);
    assertEquals(topics.publish(name, "x"), 1);
  }
  handler.wsConnection?.abort();
  other.wsConnection?.abort();
});

test("Topics unsubscribes a WebSocket that closes before its onClose(), whoever closes it", async () => {
  const topics = new Topics();
  const others = new Topics();
  const seen = new Mailbox<unknown>();
  class Member extends WebSocketHandler {
    override open(): void {
      topics.subscribe("room", this);
      topics.subscribe("hall", this);
      others.subscribe("room", this);
      this.writeMessage("subscribed");
    }
    override onMessage(message: string | Uint8Array): void {
      if (message === "leave") this.close();
      else throw new Error("unwanted");
    }
    override logException(): void {}
    override onClose(): void {
      const left = topics.publish("room", "somebody left");
      seen.put([left, topics.count("room"), topics.count("hall"), others.count("room"), topics.topics(this)]);
      assertThrows(() => topics.subscribe("room", this), WebSocketClosedError, "the WebSocket is not open");
    }
  }
  await using server = serve([["/", Member]]);
  const stays = await websocketConnect(urlOf(server));
  assertEquals(await stays.readMessage(), "subscribed");
  for (const end of ["close", "leave", "fail", "vanish"]) {
    using client = await RawClient.open(server);
    const greeting = frame(1, "subscribed", { key: null });
    assertEquals(await client.stream.readBytes(greeting.length), greeting);
    assertEquals(topics.count("room"), 2);
    if (end === "vanish") client.stream.close();
    else if (end === "close") client.send(frame(8));
    else client.send(frame(1, end), frame(8));
    assertEquals(await seen.take(), [1, 1, 1, 1, []]);
    assertEquals(await stays.readMessage(), "somebody left");
  }
  stays.close();
  await stays.closed;
  assertEquals(await seen.take(), [0, 0, 0, 0, []]);
});

test("Topics unsubscribes a WebSocket whose open() fails, which has no onClose()", async () => {
  const topics = new Topics();
  class Failing extends WebSocketHandler {
    override open(): void {
      topics.subscribe("t", this);
      throw new Error("not today");
    }
    override logException(): void {}
    override onClose(): void {
      throw new Error("must not be called");
    }
  }
  await using server = serve([["/", Failing]]);
  using client = await RawClient.open(server);
  client.send(frame(8));
  await client.rest();
  assertEquals(topics.count("t"), 0);
});

test("Topics.subscribe() refuses a handler that is not open yet", async () => {
  const topics = new Topics();
  const thrown = Promise.withResolvers<unknown>();
  class Early extends WebSocketHandler {
    override prepare(): void {
      try {
        topics.subscribe("t", this);
      } catch (error) {
        thrown.resolve(error);
      }
    }
  }
  await using server = serve([["/", Early]]);
  using _client = await RawClient.open(server);
  assert(await thrown.promise instanceof WebSocketClosedError);
  assertEquals(topics.count("t"), 0);
});

test("Topics.publish() leaves out a WebSocket that is closing", async () => {
  // Closing takes its time, in which nothing happens here.
  using _clock = new FakeClock();
  const topics = new Topics();
  const { handler, kernel } = connected();
  topics.subscribe("t", handler);
  handler.close(1000);
  assertEquals([topics.count("t"), topics.publish("t", "late"), topics.count("t")], [1, 0, 0]);
  await settled();
  assertEquals(kernel.received, hex("880203e8"));
  handler.onWsConnectionClose();
  assertEquals(topics.count("t"), 0);
  kernel.close();
  const { handler: other } = connected();
  topics.subscribe("t", other);
  other.wsConnection?.close(1000);
  assertEquals(topics.publish("t", "late"), 0);
  other.wsConnection?.abort();
});

test('Topics.publish() drops what a slow receiver with the policy "drop" has no room for', async () => {
  const topics = new Topics();
  const slow = connected("drop");
  const quick = connected("drop");
  slow.kernel.reading = false;
  for (const { handler } of [slow, quick]) topics.subscribe("t", handler);
  const counts: number[] = [];
  for (let i = 0; i < 5; i++) {
    counts.push(topics.publish("t", `${i}`.repeat(400)));
    await settled();
  }
  assertEquals(counts, [2, 2, 1, 1, 1]);
  assertEquals([slow.handler.droppedMessages, quick.handler.droppedMessages], [3, 0]);
  assertEquals(textsIn(quick.kernel.received).map((text) => text[0]), ["0", "1", "2", "3", "4"]);
  slow.kernel.takeAll();
  await settled();
  assertEquals(topics.publish("t", "after"), 2);
  await settled();
  assertEquals(textsIn(slow.kernel.received).map((text) => text[0]), ["0", "1", "a"]);
  for (const { handler } of [slow, quick]) handler.wsConnection?.abort();
});

test('Topics.publish() closes a slow receiver with the policy "close" behind the message for all others', async (t) => {
  const topics = new Topics();
  const slow = connected("close");
  const before = connected("close", 1 << 20);
  const behind = connected("close", 1 << 20);
  slow.kernel.reading = false;
  for (const { handler } of [before, slow, behind]) topics.subscribe("t", handler);
  slow.handler.closedBy = () => assertEquals(topics.publish("t", "it is gone"), 2);
  assertEquals(topics.publish("t", "1".repeat(600)), 3);
  assertEquals(topics.publish("t", "2".repeat(600)), 2);
  assertEquals(topics.count("t"), 2);
  await settled();
  for (const { kernel } of [before, behind]) {
    assertEquals(textsIn(kernel.received), ["1".repeat(600), "2".repeat(600), "it is gone"]);
  }
  t.expectLog("tornado.general", /^Closing WebSocket: \d+ bytes wait for a client that does not read$/);
  for (const { handler } of [before, behind]) handler.wsConnection?.abort();
});

test('Topics.publish() queues all for a slow receiver with the policy "wait", and waits for nobody', async () => {
  const topics = new Topics();
  const slow = connected("wait");
  slow.kernel.reading = false;
  topics.subscribe("t", slow.handler);
  for (let i = 0; i < 10; i++) assertEquals(topics.publish("t", "x".repeat(400)), 1);
  assertEquals(slow.handler.bufferedAmount, 4040);
  slow.kernel.takeAll();
  await settled();
  assertEquals(textsIn(slow.kernel.received).length, 10);
  slow.handler.wsConnection?.abort();
});

test("Topics.publish() is not delayed by a client that does not read", async () => {
  const topics = new Topics();
  await using server = serve([["/(\\w+)", memberOf(topics)]], {
    websocketHighWaterMark: 1 << 20,
    websocketBackpressure: "drop",
  });
  using deaf = await RawClient.open(server, "/t");
  await using client = await websocketConnect(urlOf(server, "/t"));
  assertEquals(await client.readMessage(), "subscribed");
  assertEquals(topics.count("t"), 2);
  const counts: number[] = [];
  for (let i = 0; i < 60; i++) {
    counts.push(topics.publish("t", new Uint8Array(512 * 1024).fill(i)));
    const message = await client.readMessage();
    assert(message instanceof Uint8Array && message.length === 512 * 1024 && message[0] === i);
  }
  assertEquals(counts.at(-1), 1);
  assert(!deaf.stream.closed());
});

const OFFERS: readonly (string | null)[] = [
  "permessage-deflate",
  "permessage-deflate; server_no_context_takeover",
  "permessage-deflate; server_max_window_bits=9",
  null,
];

/** Reads one frame of less than 64 KiB from a server. */
async function readFrame(client: RawClient): Promise<Bytes> {
  const head = await client.stream.readBytes(2);
  const extended = (head[1] & 0x7f) === 126 ? await client.stream.readBytes(2) : new Uint8Array(0);
  const length = extended.length === 2 ? (extended[0] << 8) | extended[1] : head[1] & 0x7f;
  return concat(head, extended, length === 0 ? new Uint8Array(0) : await client.stream.readBytes(length));
}

test("Topics.publish() compresses once for each set of parameters, context takeover or not", async () => {
  const topics = new Topics();
  await using server = serve([["/(\\w+)", memberOf(topics, { threshold: 100 })]]);
  const clients: RawClient[] = [];
  try {
    for (const offer of [...OFFERS, ...OFFERS]) {
      const client = await RawClient.open(server, "/t", { "Sec-WebSocket-Extensions": offer });
      clients.push(client);
      assertEquals(await readFrame(client), frame(1, "subscribed", { key: null }));
    }
    const inflaters = clients.map((_, i) => new Inflater(15, i % 4 === 0));
    for (let round = 0; round < 3; round++) {
      const text = `round ${round} `.repeat(100);
      assertEquals(topics.publish("t", text), 8);
      const frames = await Promise.all(clients.map(readFrame));
      for (const [i, bytes] of frames.entries()) {
        assertEquals(bytes[0], i % 4 === 3 ? 0x81 : 0xc1);
        assertEquals(bytes, frames[i % 4]);
        assertEquals(readAll(new FrameReader(false, 1 << 20, i % 4 === 3 ? null : inflaters[i]), [bytes]), [{ text }]);
      }
      // Messages that stand alone are the same whether the window is kept or not.
      assertEquals(frames[0], frames[1]);
    }
    topics.publish("t", "x".repeat(99));
    for (const client of clients) assertEquals(await readFrame(client), frame(1, "x".repeat(99), { key: null }));
    const noise = crypto.getRandomValues(new Uint8Array(500));
    topics.publish("t", noise);
    for (const client of clients) assertEquals(await readFrame(client), frame(2, noise, { key: null }));
  } finally {
    for (const client of clients) client[Symbol.dispose]();
  }
});

test("Topics.publish() goes together with messages that use the connection's history", async () => {
  const topics = new Topics();
  const opened = new Mailbox<WebSocketHandler>();
  class Member extends WebSocketHandler {
    override open(): void {
      topics.subscribe("t", this);
      opened.put(this);
    }
    override getCompressionOptions(): WebSocketCompressionOptions {
      return { threshold: 0 };
    }
  }
  await using server = serve([["/", Member]]);
  await using client = await websocketConnect(urlOf(server), { compressionOptions: {} });
  const handler = await opened.take();
  const expected: string[] = [];
  for (let i = 0; i < 200; i++) {
    const message = `${i} of many alike, ${"again and again ".repeat(i % 7)}`;
    expected.push(message);
    // Any two neighbours in any combination.
    if ((i * 7) % 5 < 2 || (i & 4) === 0) topics.publish("t", message);
    else handler.writeMessage(message);
  }
  for (const message of expected) assertEquals(await client.readMessage(), message);
});

function messageOf(message: string | object, binary?: boolean): TopicMessage {
  return new TopicMessage(message, { origin: "0".repeat(32), number: 1, time: 0 }, binary);
}

test("plainFrame() and compressedFrame() make each frame of a message once", () => {
  const message = messageOf("again and again and again and again");
  const wide = deflateSettings(6, 8, 15);
  const narrow = deflateSettings(6, 8, 9);
  assertStrictEquals(plainFrame(message), plainFrame(message));
  assertStrictEquals(compressedFrame(message, wide), compressedFrame(message, wide));
  assert(compressedFrame(message, wide) !== compressedFrame(message, narrow));
  // Frames outlive what the encoder uses again.
  const kept = copy(plainFrame(message));
  compressedFrame(messageOf("another text of about that length", true), wide);
  assertEquals(plainFrame(message), kept);
  for (const empty of [messageOf(""), messageOf("", true)]) {
    assertStrictEquals(compressedFrame(empty, wide), plainFrame(empty));
    assertEquals(plainFrame(empty).length, 2);
  }
});

test("Topics works over the serve engine", async () => {
  const topics = new Topics();
  const app = new Application([["/(\\w+)", memberOf(topics)]], { logFunction() {} });
  await using server = app.listen(0, { address: "127.0.0.1", engine: "serve" });
  const client = await websocketConnect(`ws://127.0.0.1:${server.port}/t`);
  assertEquals(await client.readMessage(), "subscribed");
  const bytes = new Uint8Array(100).fill(1);
  assertEquals(topics.publish("t", bytes), 1);
  bytes.fill(2);
  assertEquals(await client.readMessage(), new Uint8Array(100).fill(1));
  topics.publish("t", "ü", { binary: true });
  assertEquals(await client.readMessage(), utf8("ü"));
  topics.publish("t", utf8("ü"), { binary: false });
  assertEquals(await client.readMessage(), "ü");
  client.close(1000);
  await client.closed;
});
