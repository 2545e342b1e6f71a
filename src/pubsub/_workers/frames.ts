import type { Bytes } from "../../internal/bytes.ts";
import { utf8 } from "../../util/escape.ts";
import type { HistoryPage, HistoryPosition, MessagePosition } from "../history.ts";

// A frame: length (4), kind (1), id of the question (4), body. Numbers are big endian; the length counts what follows.
// A message in a body: length of the topic (2), topic, flags (1), [epoch (8), offset (8)], length of the data (4),
// data.
const LENGTH = 4;
const HEAD = LENGTH + 1 + 4;
const KEPT = 1;
const PLACED = 2;
const EPOCH_BYTES = 8;
const UINT32 = 2 ** 32;

/** The most bytes of a frame. A batch is some 256 KiB, or a single message. */
export const MAX_FRAME: number = 32 * 1024 * 1024;
/** The most bytes of a message, which leaves room for its frame. */
export const MAX_MESSAGE: number = 16 * 1024 * 1024;
/** The most bytes of the name of a topic. */
export const MAX_TOPIC = 65_535;
/** The most bytes of the first frame: a stranger cannot have the hub buffer more. */
export const MAX_HELLO = 1024;

/** The kinds of frames: what a client asks, and what the hub answers. */
export const Kind = {
  hello: 1,
  subscribe: 2,
  unsubscribe: 3,
  publish: 4,
  ping: 5,
  keep: 6,
  since: 7,
  done: 16,
  refused: 17,
  messages: 18,
  page: 19,
} as const;

/** A frame that was read. */
export interface Frame {
  readonly kind: number;
  /** Numbers the question that a frame asks or answers; 0 for messages. */
  readonly id: number;
  readonly body: Bytes;
}

/** A message in a frame. */
export interface FramedMessage {
  readonly topic: string;
  readonly data: Bytes;
  /** Tells whether the history keeps it. */
  readonly kept: boolean;
  /** Its place, if it comes from the history. */
  readonly position: MessagePosition | null;
  /** The bytes of the whole message in the frame, to be passed on. */
  readonly raw: Bytes;
}

/** Bytes that are not a frame, or not one of this protocol. */
export class FrameError extends RangeError {
  override readonly name: string = "FrameError";
}

/** Encodes a frame of some pieces. */
export function encodeFrame(kind: number, id: number, pieces: readonly Uint8Array[] = []): Bytes {
  let length = HEAD;
  for (const piece of pieces) length += piece.length;
  const frame = new Uint8Array(length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, length - LENGTH);
  frame[LENGTH] = kind;
  view.setUint32(LENGTH + 1, id);
  let at = HEAD;
  for (const piece of pieces) {
    frame.set(piece, at);
    at += piece.length;
  }
  return frame;
}

/** Returns the length of the rest of a frame, from its first 4 bytes. */
export function frameLength(head: Bytes, most: number): number {
  const length = new DataView(head.buffer, head.byteOffset).getUint32(0);
  if (length < HEAD - LENGTH || length > most) throw new FrameError(`Cannot read a frame of ${length} bytes`);
  return length;
}

/** Decodes the rest of a frame. */
export function decodeFrame(rest: Bytes): Frame {
  const id = new DataView(rest.buffer, rest.byteOffset).getUint32(1);
  return { kind: rest[0], id, body: rest.subarray(HEAD - LENGTH) };
}

/** Encodes names of topics. */
export function encodeTopics(topics: readonly string[]): Bytes {
  return utf8(JSON.stringify(topics));
}

/** Decodes names of topics. */
export function decodeTopics(body: Bytes): string[] {
  const topics = decodeJson(body);
  if (!Array.isArray(topics) || !topics.every((topic) => typeof topic === "string")) {
    throw new FrameError("Cannot read topics: they are not a list of names");
  }
  return topics;
}

/** Decodes JSON. */
export function decodeJson(body: Bytes): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new FrameError("Cannot read a frame: its body is not JSON");
  }
}

/** Encodes a message of a frame. */
export function encodeMessage(topic: string, data: Uint8Array, kept: boolean, position?: HistoryPosition): Bytes {
  const name = utf8(topic);
  if (name.length > MAX_TOPIC) throw new RangeError(`Cannot publish: the topic has ${name.length} bytes`);
  const placed = position === undefined ? 0 : EPOCH_BYTES + 8;
  const message = new Uint8Array(2 + name.length + 1 + placed + 4 + data.length);
  const view = new DataView(message.buffer);
  view.setUint16(0, name.length);
  message.set(name, 2);
  let at = 2 + name.length;
  message[at++] = (kept ? KEPT : 0) | (position === undefined ? 0 : PLACED);
  if (position !== undefined) {
    setPosition(message, at, position);
    at += placed;
  }
  view.setUint32(at, data.length);
  message.set(data, at + 4);
  return message;
}

/** Decodes the messages of a frame. */
export function* decodeMessages(body: Bytes): Generator<FramedMessage, void> {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const decoder = new TextDecoder();
  const need = (end: number) => {
    if (end > body.length) throw new FrameError(`Cannot read messages: ${body.length} bytes end within a message`);
    return end;
  };
  for (let at = 0; at < body.length;) {
    const start = at;
    const flagsAt = need(at + 2) + view.getUint16(at);
    need(flagsAt + 1);
    const topic = decoder.decode(body.subarray(at + 2, flagsAt));
    const flags = body[flagsAt];
    at = flagsAt + 1;
    let position: MessagePosition | null = null;
    if ((flags & PLACED) !== 0) {
      need(at + EPOCH_BYTES + 8);
      const { epoch, offset } = getPosition(body, at);
      position = { epoch, offset, previous: offset - 1 };
      at += EPOCH_BYTES + 8;
    }
    const dataAt = need(at + 4);
    at = need(dataAt + view.getUint32(at));
    const kept = (flags & KEPT) !== 0;
    yield { topic, data: body.subarray(dataAt, at), kept, position, raw: body.subarray(start, at) };
  }
}

/** Encodes the question for what came after a position. */
export function encodeSince(topic: string, position: HistoryPosition | null): Bytes {
  return utf8(JSON.stringify([topic, position?.epoch ?? null, position?.offset ?? 0]));
}

/** Decodes the question for what came after a position. */
export function decodeSince(body: Bytes): { topic: string; position: HistoryPosition | null } {
  const value = decodeJson(body);
  if (!Array.isArray(value)) throw new FrameError("Cannot read a position: it has no topic or no offset");
  const [topic, epoch, offset]: unknown[] = value;
  if (typeof topic !== "string" || typeof offset !== "number") {
    throw new FrameError("Cannot read a position: it has no topic or no offset");
  }
  return { topic, position: typeof epoch === "string" ? { epoch, offset } : null };
}

/** Encodes what a history has. */
export function encodePage(topic: string, { position, entries, complete }: HistoryPage): Bytes[] {
  const head = new Uint8Array(1 + EPOCH_BYTES + 8);
  head[0] = complete ? 1 : 0;
  setPosition(head, 1, position);
  const { epoch } = position;
  return [head, ...entries.map(({ offset, data }) => encodeMessage(topic, data, true, { epoch, offset }))];
}

/** Decodes what a history has. */
export function decodePage(body: Bytes): HistoryPage {
  const head = 1 + EPOCH_BYTES + 8;
  if (body.length < head) throw new FrameError(`Cannot read a page of ${body.length} bytes`);
  const entries = Array.from(
    decodeMessages(body.subarray(head)),
    ({ data, position }) => ({ data, offset: position?.offset ?? 0 }),
  );
  return { position: getPosition(body, 1), entries, complete: body[0] === 1 };
}

function setPosition(bytes: Bytes, at: number, { epoch, offset }: HistoryPosition): void {
  bytes.subarray(at, at + EPOCH_BYTES).setFromHex(epoch);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(at + EPOCH_BYTES, Math.floor(offset / UINT32));
  view.setUint32(at + EPOCH_BYTES + 4, offset % UINT32);
}

function getPosition(bytes: Bytes, at: number): HistoryPosition {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const offset = view.getUint32(at + EPOCH_BYTES) * UINT32 + view.getUint32(at + EPOCH_BYTES + 4);
  return { epoch: bytes.subarray(at, at + EPOCH_BYTES).toHex(), offset };
}
