// What peers of real time send, mutated: frames of the workers' hub, messages between processes, commands of clients.
import { assert, assertEquals } from "@std/assert";
import { nextTurn } from "../../src/internal/clock.ts";
import { joinMessages, splitMessages } from "../../src/pubsub/_link/joined_messages.ts";
import { parsePresence } from "../../src/pubsub/_presence/protocol.ts";
import { CONTROL_TOPIC } from "../../src/pubsub/_topics/sequence_exchange.ts";
import {
  decodeFrame,
  decodeMessages,
  decodePage,
  decodeSince,
  decodeTopics,
  encodeFrame,
  encodeMessage,
  encodePage,
  encodeSince,
  encodeTopics,
  FrameError,
  frameLength,
  Kind,
} from "../../src/pubsub/_workers/frames.ts";
import { encodeEnvelope, MemoryHub, Topics } from "../../src/pubsub/mod.ts";
import { parseCommands } from "../../src/realtime/_protocol/commands.ts";
import { RealtimeDisconnect, RealtimeError } from "../../src/realtime/mod.ts";
import { fuzzSeed, fuzzTimes, mutateText } from "../support/fuzz.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";
import { until } from "../support/turns.ts";

const EPOCH = "0123456789abcdef";
const JSON_PIECES = [...'{}[]",:0-\n\\', "null", "true", "1e400", '"more":true', '"__proto__":{}', "🙂", "\u2028"];

/** Calls `read` with bytes that are damaged in a few places, or cut; returns how many it took, and how many not. */
function damage(seeds: readonly Uint8Array[], times: number, read: (bytes: Uint8Array<ArrayBuffer>) => void) {
  const random = new Random(fuzzSeed());
  const outcome = { read: 0, refused: 0 };
  for (let round = fuzzTimes(times); round > 0; round--) {
    const seed = random.pick(seeds);
    const bytes = seed.slice(0, random.below(4) === 0 ? random.below(seed.length) : seed.length);
    for (let edits = random.below(4); edits > 0 && bytes.length > 0; edits--) {
      bytes[random.below(bytes.length)] = random.below(256);
    }
    try {
      read(bytes);
      outcome.read++;
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      outcome.refused++;
    }
  }
  return outcome;
}

test("frames of the workers' hub: any bytes are messages, which are the same when passed on, or a FrameError", () => {
  const data = crypto.getRandomValues(new Uint8Array(40));
  const position = { epoch: EPOCH, offset: 2 ** 40 + 1 };
  const messages = [encodeMessage("tea", data, false), encodeMessage("Grüße", data, true, position)];
  const page = { position, entries: [{ offset: 1, data }, { offset: 2, data }], complete: true };
  const seeds = [
    encodeFrame(Kind.publish, 0, messages),
    encodeFrame(Kind.subscribe, 1, [encodeTopics(["a", "b"])]),
    encodeFrame(Kind.since, 2, [encodeSince("tea", position)]),
    encodeFrame(Kind.page, 3, encodePage("tea", page)),
  ];
  const { read, refused } = damage(seeds, 40_000, (bytes) => {
    if (bytes.length < 4) return;
    const length = frameLength(bytes.subarray(0, 4), 2 ** 20);
    // The rest comes as long as the head says, or the connection ends.
    if (bytes.length < 9 || length !== bytes.length - 4) return;
    const { kind, body } = decodeFrame(bytes.subarray(4));
    if (kind === Kind.subscribe) decodeTopics(body);
    else if (kind === Kind.since) decodeSince(body);
    else if (kind === Kind.page) decodePage(body);
    else {
      let at = 0;
      for (const { raw } of decodeMessages(body)) {
        assertEquals(raw, body.subarray(at, at + raw.length));
        at += raw.length;
      }
      assertEquals(at, body.length);
    }
  });
  assert(read > 0 && refused > 0, `${read} read, ${refused} refused`);
});

test("messages that are joined for NATS come back whole and in order, and damaged ones end with the rest", () => {
  const random = new Random(fuzzSeed());
  for (let round = fuzzTimes(5000); round > 0; round--) {
    const messages = Array.from(
      { length: random.below(6) + 1 },
      () => crypto.getRandomValues(new Uint8Array(random.below(40))),
    );
    const joined = joinMessages(messages);
    assertEquals([...splitMessages(joined)], messages);
    joined[random.below(joined.length)] = random.below(256);
    const pieces = [...splitMessages(joined.subarray(0, random.below(joined.length + 1)))];
    assert(pieces.reduce((sum, { length }) => sum + length, 0) <= joined.length);
  }
});

test("parsePresence() returns a message that it knows, or null, whatever the text is", () => {
  const random = new Random(fuzzSeed());
  const member = { id: "a-1", info: { name: "Ann" }, since: 1 };
  const seeds = [
    { kind: "beat", from: "a", hello: true },
    { kind: "ask", from: "a", id: 1, topics: ["tea"] },
    { kind: "have", from: "a", topic: "tea", version: 3, members: [member], more: false },
    { kind: "answered", from: "a", to: "b", id: 1, topics: ["tea"] },
    { kind: "change", from: "a", topic: "tea", version: 4, joined: [member], left: ["a-0"] },
  ].map((message) => JSON.stringify(message));
  const outcome = { known: 0, unknown: 0 };
  for (let round = fuzzTimes(20_000); round > 0; round--) {
    const seed = random.pick(seeds);
    const text = random.below(4) === 0 ? seed : mutateText(random, seed, {
      pieces: JSON_PIECES,
      others: seeds,
      most: 4,
    });
    const message = parsePresence(text);
    if (message === null) outcome.unknown++;
    else {
      outcome.known++;
      // Nothing is taken but what the protocol has.
      assertEquals(parsePresence(JSON.stringify(message)), message);
    }
  }
  assert(outcome.known > 0 && outcome.unknown > 0);
});

test("parseCommands() returns commands, or ends the connection with a code, whatever the frame is", () => {
  const random = new Random(fuzzSeed());
  const seeds = [
    '{"id":1,"connect":{"token":"t","data":{"a":1},"subs":{"news":{"recover":true,"epoch":"e","offset":1}}}}',
    '{"id":2,"subscribe":{"channel":"news"}}\n{"id":3,"publish":{"channel":"news","data":[1]}}',
    '{"id":4,"history":{"channel":"news","limit":-1,"since":{"epoch":"e","offset":2},"reverse":true}}',
    '{"send":{"data":null}}\n{}\n',
  ];
  const outcome = { read: 0, refused: 0 };
  for (let round = fuzzTimes(20_000); round > 0; round--) {
    const frame = mutateText(random, random.pick(seeds), { pieces: JSON_PIECES, others: seeds, most: 4 });
    try {
      for (const { params } of parseCommands(frame)) {
        for (const name of ["channel", "token", "data", "limit", "since", "subs", "__proto__", "constructor"]) {
          for (const field of ["json", "text", "integer", "flag", "object"] as const) {
            try {
              params[field](name);
            } catch (error) {
              if (!(error instanceof RealtimeError)) throw error;
            }
          }
        }
      }
      outcome.read++;
    } catch (error) {
      if (!(error instanceof RealtimeDisconnect)) throw error;
      outcome.refused++;
    }
  }
  assert(outcome.read > 0 && outcome.refused > 0);
});

test("Topics take any text for a message of another process on what it has published, and go on", async () => {
  const random = new Random(fuzzSeed());
  const hub = new MemoryHub();
  const stranger = hub.broker();
  stranger.connect(() => {}, () => {});
  await using topics = new Topics({ broker: hub.broker() });
  const seeds = [
    '{"kind":"hello"}',
    '{"kind":"beat","last":[["news",3],["other",0]]}',
    '{"kind":"bye","last":[]}',
    '{"kind":"ask","of":null,"topics":["news"]}',
    '{"kind":"answer","last":[["news",9]],"control":4}',
  ];
  const seen: string[] = [];
  topics.subscribe("news", { deliver: ({ text }) => (seen.push(text), "delivered"), onGap: () => {} });
  const origin = "ab".repeat(16);
  const payloadOf = (text: string) => new TextEncoder().encode(text);
  const numbers = { number: 1, time: 0, binary: false };
  for (let sequence = fuzzTimes(5000); sequence > 0; sequence--) {
    const text = mutateText(random, random.pick(seeds), { pieces: JSON_PIECES, others: seeds, most: 3 });
    const data = encodeEnvelope({ ...numbers, origin, sequence: random.below(5) + 1, payload: payloadOf(text) });
    stranger.publish(CONTROL_TOPIC, data);
    if (sequence % 100 === 0) await nextTurn();
  }
  const other = "cd".repeat(16);
  stranger.publish("news", encodeEnvelope({ ...numbers, origin: other, sequence: 1, payload: payloadOf("on") }));
  await until(() => seen.length > 0);
  assertEquals(seen, ["on"]);
  await stranger.close();
});
