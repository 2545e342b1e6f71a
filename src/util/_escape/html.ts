import { escapeSpecials, HTML_SPECIAL } from "../../internal/html_escape.ts";
import { NAMED_REFERENCES } from "./entities_data.ts";
import { toUnicode } from "./text.ts";

/**
 * Escapes `& < > " '`, so that a text is safe in HTML and XML, quoted attribute values included. Tornado's
 * `xhtml_escape`.
 *
 * The single quote becomes `&#x27;` as in Tornado 6.6.
 *
 * @example
 * ```ts
 * import { xhtmlEscape } from "@twister/twister/escape";
 * import { assertEquals } from "@std/assert";
 * assertEquals(xhtmlEscape(`<a href="x">it's</a>`), "&lt;a href=&quot;x&quot;&gt;it&#x27;s&lt;/a&gt;");
 * ```
 *
 * @param value Text, or its UTF-8 bytes.
 * @returns The escaped text; the same string if it needs no escaping.
 * @throws {TypeError} The bytes are not UTF-8.
 */
export function xhtmlEscape(value: string | Uint8Array): string {
  const text = typeof value === "string" ? value : toUnicode(value);
  return HTML_SPECIAL.test(text) ? escapeSpecials(text) : text;
}

/** A character reference as browsers read it, with or without its semicolon. No name has more than 32 characters. */
const REFERENCE = /&(?:#([0-9]+);?|#[xX]([0-9a-fA-F]+);?|([^\t\n\f <&#;]{1,32};?))/gu;

/**
 * Replaces the named and numeric character references of HTML with their characters. Tornado's `xhtml_unescape`.
 *
 * Unknown references stay as they are. Some old names are recognised without their semicolon, as in browsers. The
 * result is that of Python's `html.unescape`.
 *
 * @example
 * ```ts
 * import { xhtmlUnescape } from "@twister/twister/escape";
 * import { assertEquals } from "@std/assert";
 * assertEquals(xhtmlUnescape("&lt;&eacute;&#x20ac;&#39;&unknown;"), "<é€'&unknown;");
 * ```
 *
 * @param value Text, or its UTF-8 bytes.
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

/** Characters for references to C1 controls (HTML standard, "numeric character reference end state"). */
const WINDOWS_1252 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

function fromCode(code: number): string {
  if (code >= 0x80 && code <= 0x9f) return WINDOWS_1252.charAt(code - 0x80);
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return "\ufffd";
  return isInvalid(code) ? "" : String.fromCodePoint(code);
}

/** Tests for controls other than white space, and for noncharacters. Python drops both. */
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
