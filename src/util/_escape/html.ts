import { escapeSpecials, HTML_SPECIAL } from "../../internal/html_escape.ts";
import { NAMED_REFERENCES } from "./entities_data.ts";
import { toUnicode } from "./text.ts";

/**
 * Escapes text so that it is safe in HTML and XML, within quoted attribute values too: `& < > " '`.
 *
 * The single quote becomes `&#x27;` as in Tornado 6.5. Tornado's `xhtml_escape`.
 *
 * @example
 * ```ts
 * import { xhtmlEscape } from "@twister/twister/escape";
 * import { assertEquals } from "@std/assert";
 * assertEquals(xhtmlEscape(`<a href="x">it's</a>`), "&lt;a href=&quot;x&quot;&gt;it&#x27;s&lt;/a&gt;");
 * ```
 *
 * @param value Text, or its UTF-8 bytes.
 * @returns The escaped text; the same string when there is nothing to escape.
 * @throws {TypeError} The bytes are not UTF-8.
 */
export function xhtmlEscape(value: string | Uint8Array): string {
  const text = typeof value === "string" ? value : toUnicode(value);
  return HTML_SPECIAL.test(text) ? escapeSpecials(text) : text;
}

/** A reference as a browser reads it: the semicolon may be missing. No name has more than 32 characters. */
const REFERENCE = /&(?:#([0-9]+);?|#[xX]([0-9a-fA-F]+);?|([^\t\n\f <&#;]{1,32};?))/gu;

/**
 * Replaces the character references of HTML by their characters: named ones, and numeric ones as HTML reads them.
 *
 * What is no reference stays. Some old names count without their semicolon, as in browsers. Python's `html.unescape`, which is what
 * Tornado 6.5's `xhtml_unescape` does.
 *
 * @example
 * ```ts
 * import { xhtmlUnescape } from "@twister/twister/escape";
 * import { assertEquals } from "@std/assert";
 * assertEquals(xhtmlUnescape("&lt;&eacute;&#x20ac;&#39;&unknown;"), "<é€'&unknown;");
 * ```
 *
 * @param value Text, or its UTF-8 bytes.
 * @returns The text without references.
 * @throws {TypeError} The bytes are not UTF-8.
 */
export function xhtmlUnescape(value: string | Uint8Array): string {
  const text = typeof value === "string" ? value : toUnicode(value);
  if (!text.includes("&")) return text;
  return text.replace(REFERENCE, (whole: string, decimal?: string, hex?: string, name?: string) => {
    if (decimal !== undefined) return fromCode(parseInt(decimal, 10));
    if (hex !== undefined) return fromCode(parseInt(hex, 16));
    return name === undefined ? whole : fromName(name);
  });
}

/** References to C1 controls are read as windows-1252 (HTML standard, numeric character reference end state); 0 stays as it is. */
const WINDOWS_1252 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

function fromCode(code: number): string {
  if (code >= 0x80 && code <= 0x9f) return WINDOWS_1252.charAt(code - 0x80);
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return "\ufffd";
  return isInvalid(code) ? "" : String.fromCodePoint(code);
}

/** Controls other than white space, and noncharacters: Python drops them. */
function isInvalid(code: number): boolean {
  if (code < 0x20) return code !== 0x09 && code !== 0x0a && code !== 0x0c && code !== 0x0d;
  return code === 0x7f || (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe;
}

function fromName(name: string): string {
  references ??= readReferences();
  const exact = references.get(name);
  if (exact !== undefined) return exact;
  for (let length = name.length - 1; length > 1; length--) {
    const prefix = references.get(name.slice(0, length));
    if (prefix !== undefined) return prefix + name.slice(length);
  }
  return `&${name}`;
}

let references: Map<string, string> | null = null;

function readReferences(): Map<string, string> {
  const map = new Map<string, string>();
  for (const [, name = "", mark, codes = ""] of NAMED_REFERENCES.matchAll(/(\w+)([:!])(\S+)/g)) {
    const text = String.fromCodePoint(...codes.split("+").map((code) => parseInt(code, 16)));
    map.set(`${name};`, text);
    if (mark === "!") map.set(name, text);
  }
  return map;
}
