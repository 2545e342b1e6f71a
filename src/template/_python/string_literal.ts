import { LITERAL_ESCAPES } from "../../internal/python.ts";
import { LanguageSyntaxError } from "../language.ts";
import type { Token } from "./tokenizer.ts";

/** A text or bytes as written, its prefix and quotes taken off. */
export interface StringLiteral {
  readonly isBytes: boolean;
  readonly isRaw: boolean;
  /** True if expressions in `{}` are part of it. */
  readonly isFormat: boolean;
  readonly quote: string;
  /** The source between the quotes, escapes included. */
  readonly body: string;
  /** Offset of the body in the source. */
  readonly at: number;
}

export function readLiteral({ text, at }: Token): StringLiteral {
  const [opening = "", prefix = "", quote = ""] = /^([a-zA-Z]*)("""|'''|"|')/.exec(text) ?? [];
  const letters = prefix.toLowerCase();
  return {
    isBytes: letters.includes("b"),
    isRaw: letters.includes("r"),
    isFormat: letters.includes("f"),
    quote,
    body: text.slice(opening.length, text.length - quote.length).replaceAll("\r\n", "\n"),
    at: at + opening.length,
  };
}

const ESCAPE = /\\(?:([0-7]{1,3})|x([\da-fA-F]{0,2})|u([\da-fA-F]{0,4})|U([\da-fA-F]{0,8})|([^]))/g;
const BYTES_ESCAPE = /\\(?:([0-7]{1,3})|x([\da-fA-F]{0,2})|([^]))/g;

/**
 * Replaces the escapes of a text.
 *
 * @param at Offset of the text in the source, for errors.
 */
export function unescapeText(text: string, at: number): string {
  return text.replace(ESCAPE, (whole, octal, x, u, long, c: string | undefined, offset: number) => {
    if (octal !== undefined) return String.fromCodePoint(parseInt(octal, 8));
    if (c === "N") throw new LanguageSyntaxError("\\N{...} is not supported; write the character itself", at + offset);
    if (c !== undefined) return LITERAL_ESCAPES[c] ?? whole;
    const [digits, length] = x !== undefined ? [x, 2] : u !== undefined ? [u, 4] : [long, 8];
    const code = parseInt(digits, 16);
    if (digits.length < length || code > 0x10ffff) {
      throw new LanguageSyntaxError(`'${whole}' is not a whole escape`, at + offset);
    }
    return String.fromCodePoint(code);
  });
}

export function unescapeBytes(text: string, at: number): Uint8Array<ArrayBuffer> {
  const latin1 = text.replace(BYTES_ESCAPE, (whole, octal, x, c: string | undefined, offset: number) => {
    if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8) & 0xff);
    if (c !== undefined) return LITERAL_ESCAPES[c] ?? whole;
    if (x.length < 2) throw new LanguageSyntaxError(`'${whole}' is not a whole escape`, at + offset);
    return String.fromCharCode(parseInt(x, 16));
  });
  return rawBytes(latin1, at);
}

export function rawBytes(text: string, at: number): Uint8Array<ArrayBuffer> {
  const beyond = /[^\0-\xff]/.exec(text);
  if (beyond !== null) {
    throw new LanguageSyntaxError("bytes can only contain ASCII literal characters", at + beyond.index);
  }
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}
