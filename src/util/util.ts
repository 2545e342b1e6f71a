/**
 * Small things that several modules need: Tornado's `tornado.util`.
 *
 * The part for applications is {@linkcode Configurable} with its `configure`, which becomes part of the classes made on it.
 *
 * @module
 */
export type { Bytes } from "../internal/bytes.ts";
export { InflateError } from "../internal/zlib_stream.ts";
export { Configurable, type ConfigurableClass, type Configuration } from "./_util/configurable.ts";
export { GzipDecompressor } from "./_util/gzip_decompressor.ts";
export { importObject } from "./_util/import_object.ts";

/**
 * Something took longer than it was given.
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
 * An object whose properties are its entries. In JavaScript every object is that, so it is here only for code that names the type.
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

  /**
   * Copies the entries of an object.
   *
   * @param entries The first entries.
   */
  constructor(entries: Readonly<Record<string, T>> = {}) {
    for (const [name, value] of Object.entries(entries)) {
      // Assigning would take "__proto__" for more than a name.
      Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true });
    }
  }
}

/**
 * The operating system's name for an error, such as `"ECONNREFUSED"`. Where Python gives a number, Deno and Node know these by name.
 *
 * Tornado's `errno_from_exception`.
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
 * @param error Any caught value.
 * @returns The code, or `null` where the error has none.
 */
export function errnoFromException(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

/**
 * Undoes Python's `re.escape`: takes away each backslash that stands before something else than an ASCII letter or digit.
 *
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
 * @param s An escaped text.
 * @returns The text.
 * @throws {SyntaxError} It has an escape such as `\d`, that stands for more than a character.
 */
export function reUnescape(s: string): string {
  return s.replace(/\\(.)/gs, (escape, character: string) => {
    if (/[A-Za-z0-9]/.test(character)) {
      throw new SyntaxError(`Cannot unescape a regular expression: it has "${escape}"`);
    }
    return character;
  });
}
