import type { Bytes } from "../../internal/bytes.ts";
import { RESERVED } from "../broker.ts";
import type { OutboundMessage } from "../linked_broker.ts";

// A message as the broker has it: a byte that tells what follows. Either one message of ours, or several, each after
// its length (4, big endian).
const ONE = 0;
const SEVERAL = 2;
const LENGTH_BYTES = 4;

/** Messages of one topic that go together. */
export interface TopicGroup {
  readonly topic: string;
  /** Tells whether the history keeps the message, which is alone then: each one has its own place. */
  readonly kept: boolean;
  readonly messages: Bytes[];
  /** The bytes of the messages when they are joined, at the most. */
  bytes: number;
}

/**
 * Groups the messages of a batch by their topics, up to so many bytes. Those of a topic keep their order, and what
 * `Topics` itself publishes stays between those before and after: it tells of them.
 */
export function groupByTopic(batch: readonly OutboundMessage[], most: number): TopicGroup[] {
  const groups: TopicGroup[] = [];
  const open = new Map<string, TopicGroup>();
  for (const { topic, data, kept } of batch) {
    const bytes = LENGTH_BYTES + data.length;
    const group = kept ? undefined : open.get(topic);
    if (group !== undefined && group.bytes + bytes <= most) {
      group.messages.push(data);
      group.bytes += bytes;
      continue;
    }
    const next = { topic, kept, messages: [data], bytes: 1 + bytes };
    groups.push(next);
    if (topic.startsWith(RESERVED)) open.clear();
    else if (!kept) open.set(topic, next);
  }
  return groups;
}

/** Makes one message for the broker of some of ours, which cost it and its client as much as one of them. */
export function joinMessages(messages: readonly Bytes[]): Bytes {
  const joined = new Uint8Array(joinedLength(messages));
  writeJoined(joined, 0, messages);
  return joined;
}

/** Returns the bytes that messages take when they are joined. */
export function joinedLength(messages: readonly Bytes[]): number {
  if (messages.length === 1) return 1 + messages[0].length;
  return messages.reduce((size, { length }) => size + LENGTH_BYTES + length, 1);
}

/** Writes what {@linkcode joinMessages} makes, and returns where it ends. */
export function writeJoined(bytes: Uint8Array, at: number, messages: readonly Bytes[]): number {
  const isOne = messages.length === 1;
  bytes[at++] = isOne ? ONE : SEVERAL;
  for (const message of messages) {
    if (!isOne) {
      const { length } = message;
      bytes[at++] = length >>> 24;
      bytes[at++] = length >>> 16;
      bytes[at++] = length >>> 8;
      bytes[at++] = length;
    }
    bytes.set(message, at);
    at += message.length;
  }
  return at;
}

/**
 * Yields our messages in one of the broker. The rest of one that is damaged comes unchanged, to be refused like any
 * bytes that are not an envelope.
 */
export function* splitMessages(joined: Uint8Array): Generator<Uint8Array, void> {
  if (joined[0] !== SEVERAL) {
    yield joined[0] === ONE ? joined.subarray(1) : joined;
    return;
  }
  const view = new DataView(joined.buffer, joined.byteOffset, joined.length);
  for (let at = 1; at < joined.length;) {
    const start = at + LENGTH_BYTES;
    const end = start <= joined.length ? start + view.getUint32(at) : Infinity;
    if (end > joined.length) {
      yield joined.subarray(at);
      return;
    }
    yield joined.subarray(start, end);
    at = end;
  }
}
