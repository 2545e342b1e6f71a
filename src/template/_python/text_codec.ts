import { latin1Text } from "../../internal/utf8.ts";
import { PythonError, UNICODE_DECODE_ERROR, VALUE_ERROR } from "./exceptions.ts";

/** The encodings that templates use, by the names that Python accepts. */
const ENCODINGS: Readonly<Record<string, "utf-8" | "ascii" | "latin-1">> = {
  utf8: "utf-8",
  ascii: "ascii",
  usascii: "ascii",
  latin1: "latin-1",
  iso88591: "latin-1",
};

function encodingOf(name: unknown): "utf-8" | "ascii" | "latin-1" {
  if (name === undefined) return "utf-8";
  const key = String(name).toLowerCase().replace(/[-_ ]/g, "");
  const encoding = Object.hasOwn(ENCODINGS, key) ? ENCODINGS[key] : undefined;
  if (encoding === undefined) throw new PythonError(VALUE_ERROR, `unknown encoding: ${String(name)}`);
  return encoding;
}

/** Python's `str.encode`. */
export function encode(text: string, name: unknown, errors: unknown): Uint8Array<ArrayBuffer> {
  const encoding = encodingOf(name);
  if (encoding === "utf-8") return new TextEncoder().encode(text);
  const limit = encoding === "ascii" ? 0x7f : 0xff;
  const bytes: number[] = [];
  for (const c of text) {
    const code = c.codePointAt(0) ?? 0;
    if (code <= limit) bytes.push(code);
    else if (errors === "replace") bytes.push(0x3f);
    else if (errors === "xmlcharrefreplace") bytes.push(...new TextEncoder().encode(`&#${code};`));
    else if (errors !== "ignore") {
      throw new PythonError(VALUE_ERROR, `'${encoding}' codec can't encode character '${c}'`);
    }
  }
  return Uint8Array.from(bytes);
}

/** Python's `bytes.decode`. */
export function decode(bytes: Uint8Array, name: unknown, errors: unknown): string {
  const encoding = encodingOf(name);
  if (encoding === "latin-1") return latin1Text(bytes);
  const isStrict = errors === undefined || errors === "strict";
  const isBeyondAscii = encoding === "ascii" && bytes.some((byte) => byte > 0x7f);
  try {
    if (isBeyondAscii && isStrict) throw new TypeError("beyond ASCII");
    const text = new TextDecoder("utf-8", { fatal: isStrict, ignoreBOM: true }).decode(bytes);
    return errors === "ignore" ? text.replaceAll("\ufffd", "") : text;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new PythonError(UNICODE_DECODE_ERROR, `'${encoding}' codec can't decode bytes`);
  }
}
