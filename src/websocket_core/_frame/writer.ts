import type { Bytes } from "../../internal/bytes.ts";
import { utf8Length } from "../../internal/utf8.ts";
import { applyMask, newMaskKey } from "./mask.ts";
import { FIN, MASKED, MAX_HEAD, TEXT } from "./opcodes.ts";

/** What a stream copies when it is given it: pieces below this size; see `BaseIOStream.write`. */
const COPIED_BELOW = 16384;
/** Up to this length a text is given room for three bytes for each character; counting its bytes takes longer. */
const SHORT_TEXT = 1360;
/** Up to this length a loop over the characters of a text beats the call into the runtime. */
const BY_CHARACTER = 48;

const encoder = new TextEncoder();
let scratch: Bytes | null = null;

/** Memory for one small frame: made when the first one is, used by all connections. */
function scratchMemory(): Bytes {
  return scratch ??= new Uint8Array(COPIED_BELOW);
}

export interface TextFrame {
  text: string;
  /** `true` if to mask, as a client has to. */
  masked: boolean;
}

export interface BytesFrame {
  first: number;
  payload: Uint8Array;
  /** `true` if to mask, as a client has to. */
  masked: boolean;
}

/** The most bytes that {@linkcode writeTextFrame} makes of a text. */
export function textFrameRoom(text: string): number {
  return MAX_HEAD + (text.length <= SHORT_TEXT ? text.length * 3 : utf8Length(text));
}

/** Writes the frame of a whole text message into memory with enough room, and returns its length. */
export function writeTextFrame(memory: Bytes, at: number, { text, masked }: TextFrame): number {
  const { length } = text;
  const room = masked ? 4 : 0;
  let head = (length < 126 ? 2 : length < 65536 ? 4 : 10) + room;
  let written = length <= BY_CHARACTER ? writeAscii(text, memory, at + head) : -1;
  if (written < 0) {
    written = encoder.encodeInto(text, memory.subarray(at + head)).written;
    const needed = headLength(written, masked);
    if (needed !== head) {
      memory.copyWithin(at + needed, at + head, at + head + written);
      head = needed;
    }
  }
  finishFrame(memory, at, FIN | TEXT, head, written, masked);
  return head + written;
}

/** Writes a frame into memory with room for it, and returns its length. */
export function writeBytesFrame(memory: Bytes, at: number, { first, payload, masked }: BytesFrame): number {
  const { length } = payload;
  const head = headLength(length, masked);
  memory.set(payload, at + head);
  finishFrame(memory, at, first, head, length, masked);
  return head + length;
}

/** The UTF-8 form of a text that a frame is going to be made of. It may lie in memory that the next call uses again. */
export function encodeText(text: string): Bytes {
  if (text.length * 3 >= COPIED_BELOW) return encoder.encode(text);
  const memory = scratchMemory();
  return memory.subarray(0, encoder.encodeInto(text, memory).written);
}

/** The head of an unmasked frame, for a payload that is sent from where it lies. */
export function frameHead(first: number, length: number): Bytes {
  const head = headLength(length, false);
  const memory = scratchMemory();
  finishFrame(memory, 0, first, head, length, false);
  return memory.subarray(0, head);
}

function headLength(length: number, masked: boolean): number {
  return (length < 126 ? 2 : length < 65536 ? 4 : 10) + (masked ? 4 : 0);
}

/** Writes the text if it is ASCII; -1 if it is not. */
function writeAscii(text: string, memory: Uint8Array, at: number): number {
  const { length } = text;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return -1;
    memory[at + i] = unit;
  }
  return length;
}

/** Writes the head in front of a payload that lies `head` bytes behind `at`, and masks it. */
function finishFrame(
  memory: Uint8Array,
  at: number,
  first: number,
  head: number,
  length: number,
  masked: boolean,
): void {
  const mask = masked ? MASKED : 0;
  memory[at] = first;
  if (length < 126) {
    memory[at + 1] = mask | length;
  } else if (length < 65536) {
    memory[at + 1] = mask | 126;
    memory[at + 2] = length >>> 8;
    memory[at + 3] = length;
  } else {
    memory[at + 1] = mask | 127;
    writeUint32(memory, at + 2, Math.floor(length / 2 ** 32));
    writeUint32(memory, at + 6, length >>> 0);
  }
  if (!masked) return;
  const key = newMaskKey();
  const start = at + head;
  for (let i = 0; i < 4; i++) memory[start - 4 + i] = key >>> (i << 3);
  applyMask(memory, start, start + length, key, 0);
}

function writeUint32(memory: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < 4; i++) memory[at + i] = value >>> (24 - (i << 3));
}
