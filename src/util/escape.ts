/**
 * Escaping and unescaping for HTML, JSON and URLs, and conversions between text and bytes. Tornado's `tornado.escape`.
 *
 * ```ts
 * import { urlEscape, xhtmlEscape } from "@twister/twister/escape";
 * import { assertEquals } from "@std/assert";
 * const link = `<a href="/search?q=${urlEscape("a&b")}">${xhtmlEscape("a&b")}</a>`;
 * assertEquals(link, '<a href="/search?q=a%26b">a&amp;b</a>');
 * ```
 *
 * @module
 */
export type { Bytes } from "../internal/bytes.ts";
export { xhtmlEscape, xhtmlUnescape } from "./_escape/html.ts";
export { jsonDecode, jsonEncode } from "./_escape/json.ts";
export { linkify, type LinkifyOptions } from "./_escape/linkify.ts";
export { parseQsBytes, type ParseQsBytesOptions } from "./_escape/query.ts";
export { nativeStr, recursiveUnicode, squeeze, toBasestring, toUnicode, utf8 } from "./_escape/text.ts";
export { urlEscape, urlUnescape } from "./_escape/url.ts";
