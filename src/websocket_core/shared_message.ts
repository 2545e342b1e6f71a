import type { Bytes } from "../internal/bytes.ts";
import { Deflater, type DeflateSettings } from "./_deflate/deflater.ts";
import { BINARY, FIN, MAX_HEAD, RSV1, TEXT } from "./_frame/opcodes.ts";
import { textFrameRoom, writeBytesFrame, writeTextFrame } from "./_frame/writer.ts";

/** A message for many connections, which keeps each encoding that one of them needs. */
export interface SharedMessage {
  /** Text or bytes. */
  readonly payload: string | Bytes;
  /** Whether it is sent as bytes. */
  readonly binary: boolean;
  /** The length by which limits are checked: of a text in UTF-16 units. */
  readonly length: number;
  /** The payload as UTF-8 or bytes. */
  readonly bytes: Bytes;
  /**
   * Returns an encoding of the message, made once.
   *
   * @param by Names the encoding: an object that those who need the same one share.
   */
  encoding<Key extends object>(by: Key, encode: (message: SharedMessage, by: Key) => Bytes): Bytes;
}

/** Names the encoding of {@linkcode plainFrame}. */
export const PLAIN: object = {};

/** Makes the frame of a server without compression. */
export function plainFrame(message: SharedMessage): Bytes {
  const { payload, binary } = message;
  if (typeof payload !== "string" || binary) return frame(FIN | (binary ? BINARY : TEXT), message.bytes);
  const memory = new Uint8Array(textFrameRoom(payload));
  return memory.subarray(0, writeTextFrame(memory, 0, { text: payload, masked: false }));
}

/**
 * Makes the frame for connections that compress so, whether their messages stand alone or not: this one does, and a peer
 * that keeps its window understands it all the same. A message that compression does not shorten stays plain.
 */
export function compressedFrame(message: SharedMessage, settings: DeflateSettings): Bytes {
  const { bytes } = message;
  const deflated = new Deflater(settings, false).deflate(bytes);
  if (deflated.length >= bytes.length) return message.encoding(PLAIN, plainFrame);
  return frame(FIN | RSV1 | (message.binary ? BINARY : TEXT), deflated);
}

/** Makes a frame in memory of its own. */
function frame(first: number, payload: Uint8Array): Bytes {
  const memory = new Uint8Array(MAX_HEAD + payload.length);
  return memory.subarray(0, writeBytesFrame(memory, 0, { first, payload, masked: false }));
}
