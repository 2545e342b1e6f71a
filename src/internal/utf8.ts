import { nodeBuffer } from "./node_buffer.ts";

/** Up to this many characters a loop beats the call into the runtime. */
const SHORT = 16;

/**
 * The number of bytes of a text in UTF-8; unpaired surrogates count as U+FFFD, which is what encoding makes of them.
 */
export function utf8Length(text: string): number {
  const { length } = text;
  if (length > SHORT) return nodeBuffer().byteLength(text);
  for (let i = 0; i < length; i++) {
    if (text.charCodeAt(i) > 0x7f) return nodeBuffer().byteLength(text);
  }
  return length;
}

/** The number of bytes of a chunk as it goes over the wire. */
export function byteLength(chunk: string | Uint8Array): number {
  return typeof chunk === "string" ? utf8Length(chunk) : chunk.length;
}

/** The bytes of a text whose characters are all below U+0100, one byte each. */
export function latin1Bytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  writeLatin1(bytes, 0, text);
  return bytes;
}

/** Writes such a text into memory from offset `at`, where there is room for it, and returns the number of bytes. */
export function writeLatin1(memory: Uint8Array, at: number, text: string): number {
  const { length } = text;
  for (let i = 0; i < length; i++) memory[at + i] = text.charCodeAt(i);
  return length;
}

/** The text of a few bytes that are all ASCII; `null` for others, and for more. */
export function shortAsciiText(bytes: Uint8Array): string | null {
  if (bytes.length > SHORT) return null;
  let text = "";
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] > 0x7f) return null;
    text += String.fromCharCode(bytes[i]);
  }
  return text;
}

/** The text of bytes that stand for one character each, U+0000 to U+00FF. */
export function latin1Text(bytes: Uint8Array): string {
  return nodeBuffer().from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
