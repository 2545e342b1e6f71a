import type { Bytes } from "../../internal/bytes.ts";
import { latin1Text } from "../../internal/utf8.ts";
import { utf8 } from "../../util/escape.ts";

/** The parts of a version 2 value. */
export interface Fields {
  readonly keyVersion: number;
  readonly timestamp: number;
  /** The name, one character for each byte. */
  readonly name: string;
  /** The value, in base64. */
  readonly value: string;
  readonly signature: string;
}

const VERSION = /^([1-9][0-9]*)\|/;
/** A version is a small number; like Tornado, a larger one counts as the beginning of a version 1 value. */
const LARGEST_VERSION = 999;

/** The version that a value names; version 1 names none. */
export function signatureVersion(text: string): number {
  // For the usual case, the pattern costs more than a look.
  if (text.startsWith("2|")) return 2;
  const version = Number(VERSION.exec(text)?.[1] ?? 1);
  return version > LARGEST_VERSION ? 1 : version;
}

const BAR = 0x7c;

/** Takes a version 2 value apart; `null` if it is malformed. */
export function parseFields(text: string): Fields | null {
  const fields: string[] = [];
  // After the version, which has one digit.
  let at = 2;
  for (let i = 0; i < 4; i++) {
    const colon = text.indexOf(":", at);
    const length = decimal(text, at, colon);
    const end = colon + 1 + length;
    if (length === -1 || text.charCodeAt(end) !== BAR) return null;
    fields.push(text.slice(colon + 1, end));
    at = end + 1;
  }
  const [keyText, time, name, value] = fields;
  const keyVersion = decimal(keyText, 0, keyText.length);
  const timestamp = decimal(time, 0, time.length);
  if (keyVersion === -1 || timestamp === -1) return null;
  return { keyVersion, timestamp, name, value, signature: text.slice(at) };
}

/** A longer number would not be exact, and is not one that we wrote. */
const MAX_DIGITS = 15;

/** The digits between two positions as a number, or -1. */
function decimal(text: string, start: number, end: number): number {
  if (end <= start || end - start > MAX_DIGITS) return -1;
  let number = 0;
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

// deno-lint-ignore no-control-regex -- ASCII has them
const ASCII = /^[\x00-\x7f]*$/;

/** Text as UTF-8, or bytes, one character for each byte: the lengths in a value count bytes. */
export function byteText(value: string | Bytes): string {
  if (typeof value !== "string") return latin1Text(value);
  return ASCII.test(value) ? value : latin1Text(utf8(value));
}
