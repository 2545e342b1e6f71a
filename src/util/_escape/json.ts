import { jsonText } from "../../internal/json_text.ts";
import { toUnicode } from "./text.ts";

/**
 * Encodes a value as JSON that is safe in a `<script>` element: `</` becomes `<\/`. Tornado's `json_encode`.
 *
 * The rest of the text is that of `JSON.stringify`: no spaces, no ASCII escapes, `null` for `NaN`.
 *
 * @example
 * ```ts
 * import { jsonEncode } from "@twister/twister/escape";
 * import { assertEquals } from "@std/assert";
 * assertEquals(jsonEncode({ html: "</script>" }), '{"html":"<\\/script>"}');
 * ```
 *
 * @throws {TypeError} The value, or a part of it, has no JSON form: `undefined`, a function, a `bigint`, a cycle, a
 * Map, a Set, a promise, bytes.
 */
export function jsonEncode(value: unknown): string {
  const text = jsonText(value);
  if (text === undefined) {
    throw new TypeError(`Cannot encode as JSON: a value of type ${typeof value} has no JSON form`);
  }
  return text.replaceAll("</", "<\\/");
}

/**
 * Decodes JSON. Tornado's `json_decode`.
 *
 * @example
 * ```ts
 * import { jsonDecode, utf8 } from "@twister/twister/escape";
 * import { assertEquals } from "@std/assert";
 * assertEquals(jsonDecode(utf8('{"a":[1]}')), { a: [1] });
 * ```
 *
 * @param value JSON text, or its UTF-8 bytes.
 * @throws {SyntaxError} The text is not JSON.
 * @throws {TypeError} The bytes are not UTF-8.
 */
export function jsonDecode(value: string | Uint8Array): unknown {
  return JSON.parse(toUnicode(value));
}
