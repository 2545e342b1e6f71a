import { isUtf8 } from "node:buffer";
import type { Bytes } from "../internal/bytes.ts";
import { EnvelopeError } from "./errors.ts";

/**
 * The first octet of an envelope. A reader refuses every other version, so a change of the layout takes the next one.
 */
const VERSION = 1;

const TEXT = 1;
const BINARY = 2;
/** It stands for messages that their publisher could not send: their number (4) is the payload. */
const LOST = 3;
const LOST_BYTES = 4;

// 0        1        2          18        26          34      42
// +--------+--------+----------+---------+-----------+-------+----------
// | version|  kind  |  origin  |  number | sequence  | time  | payload ...
// +--------+--------+----------+---------+-----------+-------+----------
const ORIGIN = 2;
/** With 128 random bits no two publishers have the same name. */
const ORIGIN_BYTES = 16;
const NUMBER = ORIGIN + ORIGIN_BYTES;
const SEQUENCE = NUMBER + 8;
const TIME = SEQUENCE + 8;
const HEAD = TIME + 8;

const UINT32 = 2 ** 32;

/**
 * The form in which a broker carries a message of {@linkcode Topics}. Numbers are unsigned 64-bit integers, big endian.
 */
export interface Envelope {
  /** The random name of the publisher: 32 hexadecimal digits. */
  readonly origin: string;
  /** The number of the message among all messages of its publisher, from 1. With the origin it is the message's id. */
  readonly number: number;
  /** The number of the message among those of its publisher on its topic, from 1: a reader sees a gap by it. */
  readonly sequence: number;
  /** When it was published, in milliseconds since 1970, by the clock of its publisher. */
  readonly time: number;
  /** Tells bytes (`true`) from text. */
  readonly binary: boolean;
  /** The message; text is UTF-8. */
  readonly payload: Uint8Array;
}

/** Returns who has published an envelope, and its numbers there, without a look at the rest. */
export function envelopeSource(data: Uint8Array): Pick<Envelope, "origin" | "number" | "sequence"> {
  if (data.length < HEAD) throw new EnvelopeError(`Cannot read an envelope: it has ${data.length} of ${HEAD} bytes`);
  const view = new DataView(data.buffer, data.byteOffset, HEAD);
  const origin = data.subarray(ORIGIN, NUMBER).toHex();
  return { origin, number: getUint64(view, NUMBER), sequence: getUint64(view, SEQUENCE) };
}

/** Makes the mark that stands in a history for so many messages which could not be sent, `last` being the last one. */
export function lostEnvelope(last: Bytes, count: number): Bytes {
  const data = new Uint8Array(HEAD + LOST_BYTES);
  data.set(last.subarray(0, HEAD));
  data[1] = LOST;
  new DataView(data.buffer).setUint32(HEAD, count);
  return data;
}

/** Returns how many messages an envelope stands for that could not be sent; 0 for one with a message. */
export function lostCount(data: Uint8Array): number {
  if (data[1] !== LOST || data[0] !== VERSION || data.length !== HEAD + LOST_BYTES) return 0;
  return new DataView(data.buffer, data.byteOffset).getUint32(HEAD);
}

/** Returns a new random name for a publisher. */
export function newOrigin(): string {
  return crypto.getRandomValues(new Uint8Array(ORIGIN_BYTES)).toHex();
}

/**
 * Encodes an envelope of version 1.
 *
 * @example
 * ```ts
 * import { decodeEnvelope, encodeEnvelope } from "@twister/twister/pubsub";
 * import { assertEquals } from "@std/assert";
 *
 * const payload = new TextEncoder().encode("hello");
 * const numbers = { number: 7, sequence: 3, time: 1_800_000_000_000 };
 * const envelope = { origin: "0a".repeat(16), ...numbers, binary: false, payload };
 * assertEquals(decodeEnvelope(encodeEnvelope(envelope)), envelope);
 * ```
 */
export function encodeEnvelope({ origin, number, sequence, time, binary, payload }: Envelope): Bytes {
  const data = new Uint8Array(HEAD + payload.length);
  const view = new DataView(data.buffer);
  data[0] = VERSION;
  data[1] = binary ? BINARY : TEXT;
  data.subarray(ORIGIN, NUMBER).setFromHex(origin);
  setUint64(view, NUMBER, number);
  setUint64(view, SEQUENCE, sequence);
  setUint64(view, TIME, time);
  data.set(payload, HEAD);
  return data;
}

/**
 * Decodes an envelope. The payload lies in the memory of `data`.
 *
 * @throws {EnvelopeError} If the version is unknown, the envelope is cut or damaged, or its text is not UTF-8: a
 * WebSocket that got such a text would have to close.
 */
export function decodeEnvelope(data: Uint8Array): Envelope {
  const [version, kind] = data;
  if (version !== undefined && version !== VERSION) {
    throw new EnvelopeError(`Cannot read an envelope: its version is ${version}, not ${VERSION}`, version);
  }
  if (data.length < HEAD) throw new EnvelopeError(`Cannot read an envelope: it has ${data.length} of ${HEAD} bytes`);
  if (kind !== TEXT && kind !== BINARY) throw new EnvelopeError(`Cannot read an envelope: its kind is ${kind}`);
  const payload = data.subarray(HEAD);
  if (kind === TEXT && !isUtf8(payload)) {
    throw new EnvelopeError(`Cannot read an envelope: its text of ${payload.length} bytes is not UTF-8`);
  }
  const view = new DataView(data.buffer, data.byteOffset, HEAD);
  return {
    origin: data.subarray(ORIGIN, NUMBER).toHex(),
    number: getUint64(view, NUMBER),
    sequence: getUint64(view, SEQUENCE),
    time: getUint64(view, TIME),
    binary: kind === BINARY,
    payload,
  };
}

/** Without a `BigInt`, which would be garbage for each message. Integers up to 2^53 are exact. */
function setUint64(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, Math.floor(value / UINT32));
  view.setUint32(offset + 4, value % UINT32);
}

function getUint64(view: DataView, offset: number): number {
  const value = view.getUint32(offset) * UINT32 + view.getUint32(offset + 4);
  if (!Number.isSafeInteger(value)) throw new EnvelopeError(`Cannot read an envelope: a number is ${value}`);
  return value;
}
