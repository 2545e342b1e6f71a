import { latin1Text } from "../internal/utf8.ts";
import { TranslationFileError } from "./errors.ts";

/**
 * Turns bytes of one character set into text; throws a {@linkcode TranslationFileError} at bytes that do not belong to
 * it.
 */
export type Decoder = (bytes: Uint8Array) => string;

/** Names that Python and gettext use and the Encoding standard does not, by their form after `normalize`. */
const LABELS: Readonly<Record<string, string>> = {
  "utf-8-sig": "utf-8",
  "u8": "utf-8",
  "utf8-sig": "utf-8",
  "utf16": "utf-16",
  "utf16-le": "utf-16le",
  "utf-16-le": "utf-16le",
  "utf16-be": "utf-16be",
  "utf-16-be": "utf-16be",
  "cp932": "shift_jis",
  "cp936": "gbk",
  "cp949": "euc-kr",
  "cp950": "big5",
};

/** The Encoding standard reads these names as windows-1252, which differs from them in 0x80-0x9F. */
const LATIN1 = new Set(["latin1", "latin-1", "l1", "iso-8859-1", "iso8859-1", "iso88591", "8859", "cp819", "ibm819"]);
const ASCII = new Set(["ascii", "us-ascii", "646"]);

/**
 * A decoder for a character set, under its IANA, WHATWG or Python name. A byte order mark at the start is kept as the
 * character U+FEFF; {@linkcode decodeFile} drops it.
 */
export function decoderFor(charset: string): Decoder {
  const name = normalize(charset);
  if (ASCII.has(name)) return decodeAscii;
  if (LATIN1.has(name)) return latin1Text;
  const decoder = whatwgDecoder(name, charset);
  return (bytes) => {
    try {
      return decoder.decode(bytes);
    } catch (cause) {
      throw new TranslationFileError(`text is not valid ${charset}`, { cause });
    }
  };
}

/**
 * The text of a whole file. Without an encoding its byte order mark tells UTF-16 or UTF-8, and without a mark it is
 * UTF-8.
 */
export function decodeFile(bytes: Uint8Array, encoding: string | null): string {
  const mark = utf16Mark(bytes);
  let charset = encoding ?? mark ?? "utf-8";
  // A file that is said to be UTF-16 tells the byte order by its mark.
  if (mark !== null && /^utf[-_]?16$/i.test(charset)) charset = mark;
  const text = decoderFor(charset)(bytes);
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

function utf16Mark(bytes: Uint8Array): "utf-16le" | "utf-16be" | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : null;
}

function normalize(charset: string): string {
  const name = charset.trim().toLowerCase().replaceAll("_", "-");
  return Object.hasOwn(LABELS, name) ? LABELS[name] : name;
}

function whatwgDecoder(name: string, charset: string): TextDecoder {
  try {
    return new TextDecoder(name, { fatal: true, ignoreBOM: true });
  } catch (cause) {
    throw new TranslationFileError(`character set is not known: ${JSON.stringify(charset)}`, { cause });
  }
}

function decodeAscii(bytes: Uint8Array): string {
  const bad = bytes.findIndex((byte) => byte > 0x7f);
  if (bad >= 0) throw new TranslationFileError(`text is not valid ASCII: byte 0x${bytes[bad].toString(16)}`);
  return latin1Text(bytes);
}
