import { Buffer } from "node:buffer";
import type { BufferBytes } from "../../internal/byte_buffer.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { utf8Length } from "../../internal/utf8.ts";
import { applyMask, newMaskKey } from "./mask.ts";
import { FIN, MASKED, MAX_HEAD, TEXT } from "./opcodes.ts";

/** What a stream copies when it is given it: pieces below this size; see `BaseIOStream.write`. */
const COPIED_BELOW = 16384;
/** Texts up to this length fit the scratch memory whatever their characters are: three bytes each at most. */
const SHORT_TEXT = Math.floor((COPIED_BELOW - 1 - MAX_HEAD) / 3);
/** Up to this length a loop over the characters of a text beats the call into the runtime. */
const BY_CHARACTER = 48;

const encoder = new TextEncoder();
let scratch: BufferBytes | null = null;

/** Memory for one small frame: made when the first one is, used by all connections. */
function scratchMemory(): BufferBytes {
  return scratch ??= Buffer.allocUnsafeSlow(COPIED_BELOW) as BufferBytes;
}

/**
 * Makes a frame that holds a whole text message.
 *
 * @param masked Whether to mask, as a client has to.
 * @returns The frame. One shorter than 16 KiB lies in memory that the next call uses again.
 */
export function textFrame(text: string, masked: boolean): Bytes {
  const { length } = text;
  if (length > SHORT_TEXT) return longTextFrame(text, masked);
  const memory = scratchMemory();
  const room = masked ? 4 : 0;
  let head = (length < 126 ? 2 : 4) + room;
  let written = length <= BY_CHARACTER ? writeAscii(text, memory, head) : -1;
  if (written < 0) {
    written = encoder.encodeInto(text, memory.subarray(head)).written;
    if (length < 126 && written >= 126) {
      memory.copyWithin(head + 2, head, head + written);
      head += 2;
    }
  }
  finishFrame(memory, FIN | TEXT, head, written, masked);
  return memory.subarray(0, head + written);
}

function longTextFrame(text: string, masked: boolean): Bytes {
  const length = utf8Length(text);
  const head = headLength(length, masked);
  const frame = allocate(head + length);
  encoder.encodeInto(text, frame.subarray(head));
  finishFrame(frame, FIN | TEXT, head, length, masked);
  return frame;
}

/** The UTF-8 form of a text that a frame is going to be made of. It may lie in memory that the next call uses again. */
export function encodeText(text: string): Bytes {
  if (text.length > SHORT_TEXT) return encoder.encode(text);
  const memory = scratchMemory();
  return memory.subarray(0, encoder.encodeInto(text, memory).written);
}

/**
 * Makes a frame.
 *
 * @param first Its first octet.
 * @param masked Whether to mask, as a client has to.
 * @returns The frame. One shorter than 16 KiB lies in memory that the next call uses again.
 */
export function bytesFrame(first: number, payload: Uint8Array, masked: boolean): Bytes {
  const { length } = payload;
  const head = headLength(length, masked);
  const frame = head + length < COPIED_BELOW ? scratchMemory() : allocate(head + length);
  frame.set(payload, head);
  finishFrame(frame, first, head, length, masked);
  return frame === scratch ? frame.subarray(0, head + length) : frame;
}

/** The head of an unmasked frame, for a payload that is sent from where it lies. */
export function frameHead(first: number, length: number): Bytes {
  const head = headLength(length, false);
  const memory = scratchMemory();
  finishFrame(memory, first, head, length, false);
  return memory.subarray(0, head);
}

function allocate(length: number): BufferBytes {
  // A node Buffer from here lies on an ArrayBuffer of its own, never on a shared one.
  return Buffer.allocUnsafeSlow(length) as BufferBytes;
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

/** Writes the head in front of a payload that lies at offset `head`, and masks it. */
function finishFrame(frame: BufferBytes, first: number, head: number, length: number, masked: boolean): void {
  const mask = masked ? MASKED : 0;
  frame[0] = first;
  if (length < 126) {
    frame[1] = mask | length;
  } else if (length < 65536) {
    frame[1] = mask | 126;
    frame[2] = length >>> 8;
    frame[3] = length;
  } else {
    frame[1] = mask | 127;
    frame.writeUInt32BE(Math.floor(length / 2 ** 32), 2);
    frame.writeUInt32BE(length >>> 0, 6);
  }
  if (!masked) return;
  const key = newMaskKey();
  frame.writeInt32LE(key, head - 4);
  applyMask(frame, head, head + length, key, 0);
}
