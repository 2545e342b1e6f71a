import type { Bytes } from "./bytes.ts";

/**
 * An object that may be written as JSON. It is not a list, because in old browsers other sites could read one, nor what
 * JSON does not represent, such as a Map, a function, a promise, a stream, a Response or a regular expression.
 */
export type JsonObject = { readonly [name: string]: unknown } | NoListOrPromise;

/**
 * Every object has `toString`; without a required member, this type would refuse objects that have none of its members.
 *
 * @internal
 */
type NoListOrPromise = object & {
  toString(): string;
  readonly [Symbol.iterator]?: never;
  readonly [Symbol.asyncIterator]?: never;
  readonly [Symbol.match]?: never;
  readonly [Symbol.toStringTag]?: never;
  readonly [Symbol.hasInstance]?: never;
  /** As a Response, a Request and a Blob have. */
  readonly arrayBuffer?: never;
};

/**
 * A message to send: text; bytes; or an object or array, which becomes JSON. A Map, a Set or a promise is refused: its
 * JSON would be empty.
 */
export type Message = string | Uint8Array | ArrayBuffer | readonly unknown[] | JsonObject | { toJSON(): unknown };

/** Returns a message that is text or bytes unchanged; `null` for one that becomes JSON. */
export function rawMessage(message: Message): string | Bytes | null {
  if (typeof message === "string") return message;
  // What memory lies behind the bytes makes no difference here: a shared one may change before they are sent, as any
  // may.
  if (message instanceof Uint8Array) return message as Bytes;
  if (message instanceof ArrayBuffer) return new Uint8Array(message);
  if (typeof message !== "object" || message === null || Array.isArray(message) || hasToJSON(message)) return null;
  if (!(Symbol.iterator in message || Symbol.toStringTag in message)) return null;
  throw new TypeError(
    `Cannot send as JSON: a message is text, bytes, an array or a plain object, not ${Deno.inspect(message)}`,
  );
}

/** Tells whether a value is an object of no class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Tells whether an object says itself what its JSON is. */
export function hasToJSON(value: object): value is { toJSON(): unknown } {
  return "toJSON" in value && typeof value.toJSON === "function";
}

/** Tells whether a JSON value is a list of texts. */
export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** Returns the value of a text that another program may have written; `undefined` if it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
