import type { Bytes } from "../internal/bytes.ts";
import { Deflater, type DeflateSettings } from "../internal/deflater.ts";
import { BINARY, FIN, MAX_HEAD, RSV1, TEXT } from "./_frame/opcodes.ts";
import { textFrameRoom, writeBytesFrame, writeTextFrame } from "./_frame/writer.ts";

/** A message for many connections, which keeps the frames that are made of it: a `TopicMessage` of pubsub is one. */
export interface SharedMessage {
  /** Text or bytes; text may be its bytes in UTF-8. */
  readonly payload: string | Bytes;
  /** `true` for bytes, `false` for text. */
  readonly binary: boolean;
  /** The message as text. */
  readonly text: string;
  /** The message as bytes; text is encoded as UTF-8. */
  readonly bytes: Bytes;
  /** Returns what `encode` made for the key `by` when it was first asked for. */
  encoding<K extends object>(by: K, encode: (message: SharedMessage, by: K) => Bytes): Bytes;
}

/** The key of frames without compression; those with it have the settings of the compressor. */
const PLAIN = {};

/** Returns the frame of a server without compression, which no caller may change. */
export function plainFrame(message: SharedMessage): Bytes {
  return message.encoding(PLAIN, makePlain);
}

/**
 * Returns the compressed frame of a server. It stands alone, and a peer that keeps its window understands it anyway. A
 * message that compression makes no shorter has its plain frame here.
 */
export function compressedFrame(message: SharedMessage, settings: DeflateSettings): Bytes {
  return message.encoding(settings, makeCompressed);
}

function makePlain(message: SharedMessage): Bytes {
  const { payload, binary } = message;
  if (binary || typeof payload !== "string") return frame(FIN | (binary ? BINARY : TEXT), message.bytes);
  const memory = new Uint8Array(textFrameRoom(payload));
  return memory.subarray(0, writeTextFrame(memory, 0, { text: payload, masked: false }));
}

function makeCompressed(message: SharedMessage, settings: DeflateSettings): Bytes {
  const { bytes } = message;
  const deflated = new Deflater(settings, false).deflate(bytes);
  if (deflated.length >= bytes.length) return plainFrame(message);
  return frame(FIN | RSV1 | (message.binary ? BINARY : TEXT), deflated);
}

/** Makes a frame in memory of its own. */
function frame(first: number, payload: Uint8Array): Bytes {
  const memory = new Uint8Array(MAX_HEAD + payload.length);
  return memory.subarray(0, writeBytesFrame(memory, 0, { first, payload, masked: false }));
}
