import type { Bytes } from "../../internal/bytes.ts";
import { hasToJSON, isPlainObject, type JsonObject } from "../../internal/json_object.ts";
import { jsonEncode } from "../../util/escape.ts";

/** A chunk of a response: text, bytes, or a plain object, which becomes JSON. */
export type Chunk = string | Bytes | JsonObject | { toJSON(): unknown };

/** Tells whether a chunk is sent unchanged. */
export function isRawChunk(chunk: Chunk): chunk is string | Bytes {
  return typeof chunk === "string" || chunk instanceof Uint8Array;
}

/** @throws {TypeError} If it is a list, or an object that JSON does not represent, such as a Map. */
export function jsonChunk(chunk: object): string {
  const accepted = typeof chunk === "object" && chunk !== null && (isPlainObject(chunk) || hasToJSON(chunk));
  if (accepted) return jsonEncode(chunk);
  const got = Array.isArray(chunk) ? "a list: wrap it in an object" : Deno.inspect(chunk);
  throw new TypeError(`write() takes a string, bytes or a plain object, not ${got}`);
}
