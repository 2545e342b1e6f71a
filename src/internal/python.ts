/**
 * Tells whether Python's `str.isspace` holds for a UTF-16 unit.
 *
 * JavaScript's white space differs: it has U+FEFF, and lacks U+0085 and the separators U+001C to U+001F.
 */
export function isSpace(unit: number): boolean {
  if (unit <= 0x20) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) || unit >= 0x1c;
  if (unit < 0x85) return false;
  return unit === 0x85 || unit === 0xa0 || unit === 0x1680 || (unit >= 0x2000 && unit <= 0x200a) ||
    unit === 0x2028 || unit === 0x2029 || unit === 0x202f || unit === 0x205f || unit === 0x3000;
}

/** Removes white space from both ends of a text, as Python's `str.strip()`. */
export function strip(text: string): string {
  // A loop: a pattern that looks for white space at the end is quadratic.
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

const NAMED_ESCAPES: Readonly<Record<string, string>> = { "\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\" };

/** Quotes a text as Python's `repr()`: on one line, with escapes for all that is not printable. */
export function repr(text: string): string {
  const quote = quoteFor(text);
  const escaped = text.replace(/[\\'\p{C}\p{Z}]/gu, (c) => {
    if (c === " ") return c;
    return c === "'" ? (quote === "'" ? "\\'" : c) : NAMED_ESCAPES[c] ?? numericEscape(c.codePointAt(0) ?? 0);
  });
  return quote + escaped + quote;
}

export function reprBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  const quote = quoteFor(text);
  const escaped = text.replace(/[^ -&(-[\]-~]/g, (c) => {
    return c === "'" ? (quote === "'" ? "\\'" : c) : NAMED_ESCAPES[c] ?? numericEscape(c.charCodeAt(0));
  });
  return `b${quote}${escaped}${quote}`;
}

function quoteFor(text: string): string {
  return text.includes("'") && !text.includes('"') ? '"' : "'";
}

function numericEscape(code: number): string {
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
}

/** Words of the language, which cannot be names. */
export const KEYWORDS: ReadonlySet<string> = new Set(
  ("False None True and as assert async await break class continue def del elif else except finally for from global " +
    "if import in is lambda nonlocal not or pass raise return try while with yield").split(" "),
);

/** The characters that letters after a backslash stand for in literals of Python. */
export const LITERAL_ESCAPES: Readonly<Record<string, string>> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};
