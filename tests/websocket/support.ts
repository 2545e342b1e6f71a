// Frames as bytes, and what a reader makes of them.
import { ByteBuffer } from "../../src/internal/byte_buffer.ts";
import type { Bytes } from "../../src/internal/bytes.ts";
import { BINARY, CLOSE, PING, PONG, TEXT } from "../../src/websocket_core/_frame/opcodes.ts";
import { FAILED, FrameReader, NEED_MORE } from "../../src/websocket_core/_frame/reader.ts";
import { concat } from "../support/bytes.ts";

export { concat };

const encoder = new TextEncoder();

/** The bytes of a text. */
export function utf8(text: string): Bytes {
  return encoder.encode(text);
}

/** Bytes from hexadecimal digits; white space between them does not count. */
export function hex(digits: string): Bytes {
  return Uint8Array.fromHex(digits.replaceAll(/\s/g, ""));
}

/** How a frame differs from a whole, masked one. */
export interface FrameOptions {
  fin?: boolean;
  /** The reserved bits as a number; RSV1 is 4. */
  rsv?: number;
  /** The key; `null` for a frame that is not masked. */
  key?: readonly [number, number, number, number] | null;
  /** 16 or 64 forces a longer length field than needed. */
  width?: 0 | 16 | 64;
  /** A declared length that differs from the payload's. */
  length?: bigint;
}

/** The bytes of a frame, written as simply as possible. */
export function frame(opcode: number, payload: Uint8Array | string = "", options: FrameOptions = {}): Bytes {
  const data = typeof payload === "string" ? utf8(payload) : payload;
  const { fin = true, rsv = 0, key = [0x37, 0xfa, 0x21, 0x3d], length = BigInt(data.length) } = options;
  const width = options.width || (length > 0xffffn ? 64 : length > 125n ? 16 : 0);
  const bytes = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  bytes.push((key === null ? 0 : 0x80) | (width === 0 ? Number(length) : width === 16 ? 126 : 127));
  for (let bits = width - 8; bits >= 0; bits -= 8) bytes.push(Number((length >> BigInt(bits)) & 0xffn));
  if (key === null) return concat(Uint8Array.from(bytes), data);
  return concat(Uint8Array.from([...bytes, ...key]), data.map((byte, i) => byte ^ key[i & 3]));
}

/** What a reader found. */
export type Event =
  | { text: string }
  | { binary: Bytes }
  | { ping: Bytes }
  | { pong: Bytes }
  | { close: number; reason: string }
  | { failed: number; reason: string };

/** Feeds the pieces one after another, as a stream does, and collects the events up to a failure or a Close frame. */
export function readAll(reader: FrameReader, pieces: readonly Uint8Array[]): Event[] {
  const buffer = new ByteBuffer();
  const events: Event[] = [];
  try {
    for (const piece of pieces) {
      buffer.append(piece);
      if (!drain(reader, buffer, events)) break;
    }
  } finally {
    buffer.dispose();
  }
  return events;
}

function drain(reader: FrameReader, buffer: ByteBuffer, events: Event[]): boolean {
  for (;;) {
    const kind = reader.read(buffer);
    if (kind === NEED_MORE) return true;
    events.push(eventOf(reader, kind));
    if (kind === FAILED || kind === CLOSE) return false;
  }
}

/** What a reader has found. */
export function eventOf(reader: FrameReader, kind: number): Event {
  switch (kind) {
    case TEXT:
      return { text: reader.text };
    case BINARY:
      return { binary: reader.data };
    case PING:
      return { ping: reader.data };
    case PONG:
      return { pong: reader.data };
    case CLOSE:
      return { close: reader.code, reason: reader.text };
    default:
      return { failed: reader.error?.closeCode ?? 0, reason: reader.error?.reason ?? "" };
  }
}

/** A reader as a server has it. */
export function serverReader(maxMessageSize: number = 1 << 20): FrameReader {
  return new FrameReader(true, maxMessageSize);
}

/** The pieces of `bytes` between the given places, which may be in any order. */
export function cut(bytes: Bytes, ...places: number[]): Bytes[] {
  places.sort((a, b) => a - b);
  return [0, ...places].map((place, i) => bytes.subarray(place, places[i] ?? bytes.length));
}

/** A copy, which is a plain array whatever `bytes` are. */
export function copy(bytes: Uint8Array): Bytes {
  return new Uint8Array(bytes);
}
