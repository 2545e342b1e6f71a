import { Buffer } from "node:buffer";
import type { Bytes } from "../internal/bytes.ts";
import { isCloseCode, MAX_REASON, opcodes } from "../websocket_core/internal.ts";
import { type Payload, toBytes } from "./_send_queue.ts";
import type { BinaryType, RawData, SendData } from "./web_socket_options.ts";

const EMPTY: Buffer = Buffer.alloc(0);

/** Returns the bytes as a `Buffer`, without a copy. */
export function asBuffer(data: Bytes): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.length);
}

/** Returns a binary message in the form that `binaryType` names. */
export function shaped(data: Bytes, type: BinaryType): RawData {
  switch (type) {
    case "nodebuffer":
      return asBuffer(data);
    case "arraybuffer":
      return data.length === data.buffer.byteLength ? data.buffer : data.slice().buffer;
    case "fragments":
      return [asBuffer(data)];
    case "blob":
      return new Blob([data]);
  }
}

/** Turns a number into text, an array into one message, and a missing message into an empty binary one. */
export function normalize(data: SendData | null | undefined): Payload {
  if (typeof data === "number") return String(data);
  return isArray(data) ? Buffer.concat(data) : data ?? EMPTY;
}

/** As `Array.isArray`, which does not know arrays that must not be changed. */
function isArray(data: SendData | null | undefined): data is readonly Uint8Array[] {
  return Array.isArray(data);
}

/** Returns the number of bytes of a message. */
export function byteLength(payload: Payload): number {
  if (payload instanceof Blob) return payload.size;
  return typeof payload === "string" ? Buffer.byteLength(payload) : payload.byteLength;
}

/**
 * @throws {TypeError} If it cannot be sent in a control frame.
 * @throws {RangeError} If it is too long.
 */
export function controlPayload(payload: Payload): Uint8Array {
  if (payload instanceof Blob) throw new TypeError("Cannot send a Blob in a control frame");
  const bytes = typeof payload === "string" ? Buffer.from(payload) : toBytes(payload);
  if (bytes.length <= opcodes.MAX_CONTROL_PAYLOAD) return bytes;
  throw new RangeError(`The data size must not be greater than ${opcodes.MAX_CONTROL_PAYLOAD} bytes`);
}

/**
 * Checks the arguments of `close`, and returns the reason as bytes; `null` without a code.
 *
 * @throws {TypeError} If the code may not be sent.
 * @throws {RangeError} If the reason is too long.
 */
export function closeReason(code: number | undefined, data: string | Uint8Array | undefined): Uint8Array | null {
  if (code === undefined) return null;
  if (!Number.isInteger(code) || !isCloseCode(code)) {
    throw new TypeError("First argument must be a valid error code number");
  }
  const reason = typeof data === "string" ? Buffer.from(data) : data ?? EMPTY;
  if (reason.length > MAX_REASON) throw new RangeError(`The message must not be greater than ${MAX_REASON} bytes`);
  return reason;
}
