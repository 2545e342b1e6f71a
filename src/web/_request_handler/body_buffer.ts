import { type Bytes, joinBytes } from "../../internal/bytes.ts";
import { byteLength } from "../../internal/utf8.ts";
import { utf8 } from "../../util/escape.ts";

/**
 * The chunks that a handler has written and not sent yet: nothing, one text or byte string, or several.
 *
 * Text stays text until it is sent, and text after text is one text: encoding it straight into the buffer of the
 * connection is cheaper than making bytes first.
 */
export type BodyBuffer = string | Bytes | (string | Bytes)[] | null;

/** Adds a chunk. */
export function appendBody(body: BodyBuffer, chunk: string | Bytes): BodyBuffer {
  if (body === null) return chunk;
  if (!Array.isArray(body)) {
    return typeof body === "string" && typeof chunk === "string" ? body + chunk : [body, chunk];
  }
  const last = body[body.length - 1];
  if (typeof last === "string" && typeof chunk === "string") body[body.length - 1] = last + chunk;
  else body.push(chunk);
  return body;
}

/** The number of bytes. */
export function bodyLength(body: BodyBuffer): number {
  if (body === null) return 0;
  if (!Array.isArray(body)) return byteLength(body);
  let length = 0;
  for (const chunk of body) length += byteLength(chunk);
  return length;
}

/** All of it as one text or byte string. */
export function joinBody(body: BodyBuffer): string | Bytes {
  if (body === null) return "";
  if (!Array.isArray(body)) return body;
  return joinBytes(body.map((chunk) => utf8(chunk)));
}
