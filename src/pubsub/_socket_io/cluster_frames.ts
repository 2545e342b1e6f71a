import { type Bytes, joinBytes } from "../../internal/bytes.ts";
import { utf8 } from "../../util/escape.ts";

/** The length of the JSON text, before it. */
const LENGTH_BYTES = 4;
/** Stands before the number of an attachment, where a text has no reason to begin like it. */
const MARK = "\0bytes ";

/**
 * Encodes a message between the servers of Socket.IO: JSON, and behind it the bytes that the message has in any place.
 *
 * @throws {TypeError} If the message has no JSON form.
 */
export function encodeClusterMessage(message: object): Bytes {
  const attachments: Bytes[] = [];
  const lengths: number[] = [];
  // Beyond JSON.stringify, which asks a Buffer for a list of numbers before its replacer sees it.
  const strip = (value: unknown): unknown => {
    if (typeof value === "string") return value.startsWith("\0") ? `\0${value}` : value;
    if (typeof value !== "object" || value === null) return value;
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      const bytes = bytesOf(value);
      attachments.push(bytes);
      return MARK + (lengths.push(bytes.length) - 1);
    }
    if (Array.isArray(value)) return value.map(strip);
    if ("toJSON" in value && typeof value.toJSON === "function") return strip(value.toJSON());
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, strip(member)]));
  };
  const json = utf8(JSON.stringify({ message: strip(message), lengths }));
  const head = new Uint8Array(LENGTH_BYTES);
  new DataView(head.buffer).setUint32(0, json.length);
  return joinBytes([head, json, ...attachments]);
}

/**
 * Decodes such a message.
 *
 * @throws {RangeError} If the bytes are not one.
 * @throws {SyntaxError} If their text is not JSON.
 */
export function decodeClusterMessage(bytes: Bytes): unknown {
  if (bytes.length < LENGTH_BYTES) throw new RangeError(`Cannot decode a message of ${bytes.length} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0);
  let at = LENGTH_BYTES + length;
  if (at > bytes.length) throw new RangeError(`Cannot decode a message: its text should have ${length} bytes`);
  const content: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, at)));
  const { message, lengths } = partsOf(content);
  const attachments = lengths.map((size) => {
    if (at + size > bytes.length) throw new RangeError(`Cannot decode a message: ${size} bytes of it are missing`);
    return bytes.slice(at, at += size);
  });
  const fill = (value: unknown): unknown => {
    if (typeof value === "string") {
      if (!value.startsWith("\0")) return value;
      if (!value.startsWith(MARK)) return value.slice(1);
      const attachment = attachments[Number(value.slice(MARK.length))];
      if (attachment === undefined) throw new RangeError("Cannot decode a message: it names bytes that it has not");
      return attachment;
    }
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(fill);
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fill(member)]));
  };
  return fill(message);
}

function bytesOf(value: ArrayBuffer | ArrayBufferView): Bytes {
  return value instanceof ArrayBuffer
    ? new Uint8Array(value)
    : new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
}

function partsOf(content: unknown): { message: unknown; lengths: readonly number[] } {
  if (typeof content === "object" && content !== null && "message" in content && "lengths" in content) {
    const { message, lengths } = content;
    if (Array.isArray(lengths) && lengths.every((size) => Number.isInteger(size) && size >= 0)) {
      return { message, lengths };
    }
  }
  throw new RangeError("Cannot decode a message: it has no list of lengths");
}
