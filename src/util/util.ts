/**
 * Utilities that several modules share. Tornado's `tornado.util`.
 *
 * Applications meet {@linkcode Configurable}: classes based on it have a method `configure`, which chooses their
 * implementation.
 *
 * @module
 */
export type { Bytes } from "../internal/bytes.ts";
export { InflateError } from "../internal/zlib_stream.ts";
export { Configurable, type ConfigurableClass, type Configuration } from "./_util/configurable.ts";
export { GzipDecompressor } from "./_util/gzip_decompressor.ts";
export { importObject } from "./_util/import_object.ts";

/**
 * An operation took longer than its time limit. Tornado's `TimeoutError`.
 *
 * @example
 * ```ts
 * import { TimeoutError } from "@twister/twister/util";
 * import { assertEquals } from "@std/assert";
 * assertEquals(new TimeoutError("Cannot connect: no answer in 5 s").name, "TimeoutError");
 * ```
 */
export class TimeoutError extends Error {
  /** Always `"TimeoutError"`. */
  override readonly name: string = "TimeoutError";
}

/**
 * An object whose properties are its entries. Tornado's `ObjectDict`, for code that names the type: any JavaScript
 * object does the same.
 *
 * @example
 * ```ts
 * import { ObjectDict } from "@twister/twister/util";
 * import { assertEquals } from "@std/assert";
 * const page = new ObjectDict<string>({ title: "Home" });
 * page.title += "!";
 * assertEquals({ ...page }, { title: "Home!" });
 * ```
 */
export class ObjectDict<T = unknown> {
  /** The entries. */
  [name: string]: T;

  /** Copies the entries of an object. */
  constructor(entries: Readonly<Record<string, T>> = {}) {
    for (const [name, value] of Object.entries(entries)) {
      // An assignment to "__proto__" would set the prototype.
      Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true });
    }
  }
}

/**
 * Returns the operating system's name of an error, such as `"ECONNREFUSED"`. Tornado's `errno_from_exception`, which
 * returns a number.
 *
 * @example
 * ```ts
 * import { errnoFromException } from "@twister/twister/util";
 * import { assertEquals } from "@std/assert";
 * const error = await Deno.stat("/no/such/file").catch((error: unknown) => error);
 * assertEquals(errnoFromException(error), "ENOENT");
 * assertEquals(errnoFromException(new Error("other")), null);
 * ```
 *
 * @returns The name, or `null` if the error has none.
 */
export function errnoFromException(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

/**
 * Reverts Python's `re.escape`: removes each backslash before a character that is not an ASCII letter or digit.
 * Tornado's `re_unescape`.
 *
 * @example
 * ```ts
 * import { reUnescape } from "@twister/twister/util";
 * import { assertEquals, assertThrows } from "@std/assert";
 * assertEquals(reUnescape("a\\.b"), "a.b");
 * assertThrows(() => reUnescape("\\d"), SyntaxError);
 * ```
 *
 * @throws {SyntaxError} The text has an escape such as `\d`, which means more than one character.
 */
export function reUnescape(s: string): string {
  return s.replace(/\\(.)/gs, (escape, character: string) => {
    if (/[A-Za-z0-9]/.test(character)) {
      throw new SyntaxError(`Cannot unescape a regular expression: it has "${escape}"`);
    }
    return character;
  });
}
