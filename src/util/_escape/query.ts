import type { Bytes } from "../../internal/bytes.ts";
import { checkLimit } from "../../internal/limits.ts";
import { hasMoreFields } from "../../internal/query_fields.ts";
import { latin1Bytes, latin1Text } from "../../internal/utf8.ts";
import { hexDigit } from "./url.ts";

/** Options of {@linkcode parseQsBytes}. */
export interface ParseQsBytesOptions {
  /**
   * The most fields, empty ones included; `null` sets no limit.
   *
   * @default {null}
   */
  maxNumFields?: number | null;
}

const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;
const EQUALS = 0x3d;

/**
 * Parses a query string or form body into lists of byte strings by name. Tornado's `parse_qs_bytes`.
 *
 * Only `&` separates fields. Names are decoded as UTF-8, or as Latin-1 if they are not UTF-8. Values stay bytes, and
 * share one buffer. The result has no prototype, so that fields may be called `__proto__` or `constructor`.
 *
 * @example
 * ```ts
 * import { parseQsBytes, utf8 } from "@twister/twister/escape";
 * import { assertEquals } from "@std/assert";
 * const fields = parseQsBytes("a=1&a=%C3%A9&b=", false, false, { maxNumFields: 1000 });
 * assertEquals(fields["a"], [utf8("1"), utf8("é")]);
 * assertEquals("b" in fields, false);
 * ```
 *
 * @param qs Query string without its `?`. In a text, each character stands for one byte.
 * @param keepBlankValues Whether a field without a value is kept, with empty bytes.
 * @param strictParsing Whether a field without `=` is an error.
 * @returns Values by name, in their order.
 * @throws {SyntaxError} A field has no `=`, and `strictParsing` is true.
 * @throws {RangeError} There are more fields than `maxNumFields`, or a value has a character above U+00FF. Encode such
 * text with `utf8` first.
 */
export function parseQsBytes(
  qs: string | Uint8Array,
  keepBlankValues = false,
  strictParsing = false,
  options: ParseQsBytesOptions = {},
): Record<string, Bytes[]> {
  const fields: Record<string, Bytes[]> = Object.create(null);
  const maxNumFields = options.maxNumFields ?? Infinity;
  checkLimit("maxNumFields", maxNumFields);
  if (hasMoreFields(qs, maxNumFields)) {
    throw new RangeError(`Cannot parse a query string: it has more than ${maxNumFields} fields`);
  }
  if (qs.length === 0) return fields;
  if (typeof qs === "string") parseText(qs, fields, keepBlankValues, strictParsing);
  else parseBytes(qs, fields, keepBlankValues, strictParsing);
  return fields;
}

function parseText(
  text: string,
  fields: Record<string, Bytes[]>,
  keepBlankValues: boolean,
  strictParsing: boolean,
): void {
  const buffer = new Uint8Array(text.length);
  let used = 0;
  for (let start = 0; start <= text.length;) {
    const ampersand = text.indexOf("&", start);
    const end = ampersand < 0 ? text.length : ampersand;
    const field = text.slice(start, end);
    start = end + 1;
    const equals = field.indexOf("=");
    if (equals < 0 && strictParsing) throw noEquals(field);
    const nameEnd = equals < 0 ? field.length : equals;
    // "a" and "a=" both have a blank value; an empty field is skipped.
    if (field === "" || (!keepBlankValues && nameEnd + 1 >= field.length)) continue;
    const length = decodeValue(field, nameEnd + 1, buffer, used);
    append(fields, decodeName(field.slice(0, nameEnd)), buffer.subarray(used, used += length));
  }
}

/** Does what {@linkcode parseText} does, where the values are as they are to be in the result, and only few escaped. */
function parseBytes(
  qs: Uint8Array,
  fields: Record<string, Bytes[]>,
  keepBlankValues: boolean,
  strictParsing: boolean,
): void {
  // The values are decoded in their places; a text is searched several times as fast.
  const buffer = new Uint8Array(qs);
  const text = latin1Text(qs);
  const hasEscapes = text.includes("%") || text.includes("+");
  for (let start = 0; start <= text.length;) {
    const ampersand = text.indexOf("&", start);
    const end = ampersand < 0 ? text.length : ampersand;
    let nameEnd = start;
    while (nameEnd < end && text.charCodeAt(nameEnd) !== EQUALS) nameEnd++;
    const name = text.slice(start, nameEnd);
    const isEmpty = start === end;
    start = end + 1;
    if (nameEnd === end && strictParsing) throw noEquals(name);
    if (isEmpty || (!keepBlankValues && nameEnd + 1 >= end)) continue;
    const from = Math.min(nameEnd + 1, end);
    const to = hasEscapes ? from + decodeInPlace(buffer, from, end) : end;
    append(fields, decodeName(name), buffer.subarray(from, to));
  }
}

function noEquals(field: string): SyntaxError {
  return new SyntaxError(`Cannot parse a query string: a field has no "=", ${JSON.stringify(field)}`);
}

function append(fields: Record<string, Bytes[]>, name: string, value: Bytes): void {
  const values = fields[name];
  if (values === undefined) fields[name] = [value];
  else values.push(value);
}

const utf8Decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeName(name: string): string {
  // Most names are made of letters, and mean themselves.
  if (/^\w+$/.test(name)) return name;
  const spaced = name.replaceAll("+", " ");
  const bytes = spaced.replace(/%[0-9a-fA-F]{2}/g, (escape) => String.fromCharCode(parseInt(escape.slice(1), 16)));
  if (!/[\x80-\xff]/.test(bytes) || /[\u0100-\uffff]/.test(bytes)) return bytes;
  try {
    return utf8Decoder.decode(latin1Bytes(bytes));
  } catch {
    return bytes;
  }
}

/** Writes the value of a field to a buffer, and returns its length. */
function decodeValue(field: string, start: number, buffer: Bytes, at: number): number {
  let written = at;
  for (let i = start; i < field.length; i++) {
    let code = field.charCodeAt(i);
    if (code === PERCENT) {
      const byte = hexDigit(field.charCodeAt(i + 1)) * 16 + hexDigit(field.charCodeAt(i + 2));
      if (byte >= 0) {
        code = byte;
        i += 2;
      }
    } else if (code === PLUS) {
      code = SPACE;
    } else if (code > 0xff) {
      throw new RangeError(
        `Cannot parse a query string: a character stands for one byte, got ${JSON.stringify(field[i])}`,
      );
    }
    buffer[written++] = code;
  }
  return written - at;
}

/** Decodes the value of a field where it is, and returns its length. */
function decodeInPlace(buffer: Bytes, start: number, end: number): number {
  let written = start;
  for (let i = start; i < end; i++) {
    let code = buffer[i];
    if (code === PERCENT && i + 2 < end) {
      const byte = hexDigit(buffer[i + 1]) * 16 + hexDigit(buffer[i + 2]);
      if (byte >= 0) {
        code = byte;
        i += 2;
      }
    } else if (code === PLUS) {
      code = SPACE;
    }
    buffer[written++] = code;
  }
  return written - start;
}
