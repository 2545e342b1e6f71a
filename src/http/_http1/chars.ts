/**
 * Character classes of RFC 9110 and RFC 9112, one byte each.
 */

/** May stand in a token: a method, a field name (RFC 9110, 5.6.2). */
export const TOKEN = 1;
/** May stand in a request target: visible ASCII (RFC 9112, 3.2). */
export const TARGET = 2;
/** May stand in a field value: HTAB, SP, visible ASCII and obs-text (RFC 9110, 5.5). */
export const VALUE = 4;
export const HEX = 8;

/** The classes of each byte, as a bit set. */
export const CLASSES: Uint8Array = classes();

function classes(): Uint8Array {
  const table = new Uint8Array(256);
  for (let code = 0x21; code < 0x7f; code++) table[code] = TARGET | VALUE;
  for (let code = 0x80; code < 0x100; code++) table[code] = VALUE;
  table[0x09] = table[0x20] = VALUE;
  for (const char of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
    table[char.charCodeAt(0)] |= TOKEN;
  }
  for (const char of "0123456789abcdefABCDEF") table[char.charCodeAt(0)] |= HEX;
  return table;
}

export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const COLON = 0x3a;

/** Returns whether the bytes from `start` to `end` are `lower` but for case; `lower` is lower-case ASCII. */
export function equalsIgnoreCase(bytes: Uint8Array, start: number, end: number, lower: string): boolean {
  if (end - start !== lower.length) return false;
  for (let i = 0; i < lower.length; i++) {
    const code = bytes[start + i];
    if ((code >= 0x41 && code <= 0x5a ? code | 0x20 : code) !== lower.charCodeAt(i)) return false;
  }
  return true;
}
