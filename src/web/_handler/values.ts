import type { HTTPServerRequest } from "../../http/httputil.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { jsonEncode } from "../../util/escape.ts";
import type { Chunk } from "./options.ts";

/** Whether something has to be waited for. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/**
 * Gives back what a method returned that cannot be waited for. A promise would be taken for somebody who is logged in, or for a check
 * that was passed.
 *
 * @throws {TypeError} If it is a promise.
 */
export function atOnce<T>(value: T, what: string): T {
  if (!isPromise(value)) return value;
  // That it is rejected as well is nobody's business any more.
  value.then(undefined, () => {});
  throw new TypeError(`${what} cannot be asynchronous: wait in prepare()`);
}

/** Whether a chunk goes out as it is. */
export function isRawChunk(chunk: Chunk): chunk is string | Bytes {
  return typeof chunk === "string" || chunk instanceof Uint8Array;
}

/**
 * The JSON text of an object that a handler writes.
 *
 * @throws {TypeError} If it is a list, or an object that JSON does not show as what it is, such as a Map.
 */
export function jsonChunk(chunk: object): string {
  const accepted = typeof chunk === "object" && chunk !== null && (isPlainObject(chunk) || hasToJSON(chunk));
  if (accepted) return jsonEncode(chunk);
  const got = Array.isArray(chunk) ? "a list: wrap it in an object" : Deno.inspect(chunk);
  throw new TypeError(`write() takes a string, bytes or a plain object, not ${got}`);
}

function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function hasToJSON(value: object): boolean {
  return "toJSON" in value && typeof value.toJSON === "function";
}

/** A request as log lines name it. */
export function requestSummary(request: HTTPServerRequest): string {
  return `${request.method} ${request.uri} (${request.remoteIp})`;
}
