import { joinBytes } from "../../internal/bytes.ts";
import { latin1Text } from "../../internal/utf8.ts";
import { urlUnescape, utf8 } from "../../util/escape.ts";
import { trimOWS } from "./fields.ts";

// Splits at the semicolons outside quotes, in one pass over the line.
function splitParameters(line: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (code === 0x22) quoted = !quoted;
    else if (code === 0x5c && quoted) i++;
    else if (code === 0x3b && !quoted) {
      parts.push(trimOWS(line, start, i));
      start = i + 1;
    }
  }
  parts.push(trimOWS(line, start));
  return parts;
}

// Only quote and backslash are unescaped: `filename="C:\dir\file"` keeps its backslashes, as old browsers meant it.
function unquote(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value;
  return value.slice(1, -1).replace(/\\([\\"])/g, "$1");
}

// A charset that is missing or unknown is read as latin1: TextDecoder's is windows-1252, so it has no part in that.
function decodeCharset(bytes: Uint8Array<ArrayBuffer>, charset: string): string {
  if (/^(?:|us-ascii|iso-8859-1|latin-?1)$/i.test(charset)) return latin1Text(bytes);
  try {
    return new TextDecoder(charset, { ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return latin1Text(bytes);
  }
}

/** One piece of a parameter that RFC 2231 split or encoded. */
interface Segment {
  number: number;
  encoded: boolean;
  value: string;
}

const EXTENDED_NAME = /^([^*]+)\*(?:([0-9]{1,9})(\*?))?$/;

function joinSegments(segments: Segment[]): string {
  segments.sort((a, b) => a.number - b.number);
  const encoded = segments.some((segment) => segment.encoded);
  if (!encoded) return segments.map((segment) => segment.value).join("");
  const first = segments[0]?.value ?? "";
  const tick = first.indexOf("'");
  const tock = tick === -1 ? -1 : first.indexOf("'", tick + 1);
  const charset = tock === -1 ? "" : first.slice(0, tick);
  const pieces = segments.map((segment, i) => {
    const text = i === 0 ? first.slice(tock + 1) : segment.value;
    // Of a value that is not encoded, each character stands for itself.
    return segment.encoded ? urlUnescape(text, null, false) : utf8(text);
  });
  return decodeCharset(joinBytes(pieces), charset);
}

/**
 * Parses a header of a value and parameters, such as Content-Type or Content-Disposition (RFC 2231 included).
 *
 * Names of parameters become lower case, and a parameter without `=` is dropped. Of several with one name the last
 * wins, and the extended form (`filename*=UTF-8''...`) wins over the plain one. Takes time linear in the length of the
 * line. Tornado's `_parse_header`.
 *
 * @returns The value, and a record without prototype of the parameters.
 *
 * @example
 * ```ts
 * import { parseHeader } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * const [value, params] = parseHeader("form-data; name=a; filename*=UTF-8''%e2%82%ac.txt");
 * assertEquals(value, "form-data");
 * assertEquals({ ...params }, { name: "a", filename: "€.txt" });
 * ```
 */
export function parseHeader(line: string): [string, Record<string, string>] {
  const [key = "", ...parts] = splitParameters(line);
  const params: Record<string, string> = Object.create(null);
  const extended: Record<string, Segment[]> = Object.create(null);
  for (const part of parts) {
    const equals = part.indexOf("=");
    if (equals === -1) continue;
    const name = trimOWS(part, 0, equals).toLowerCase();
    const value = unquote(trimOWS(part, equals + 1));
    const match = EXTENDED_NAME.exec(name);
    if (match === null) {
      params[name] = value;
      continue;
    }
    const [, plainName = "", number, star] = match;
    const segment = { number: Number(number ?? 0), encoded: number === undefined || star === "*", value };
    (extended[plainName] ??= []).push(segment);
  }
  for (const name of Object.keys(extended)) params[name] = joinSegments(extended[name] ?? []);
  return [key, params];
}

/**
 * Joins a value and parameters, sorted by name and not quoted. `null` makes a parameter without a value.
 *
 * The inverse of {@linkcode parseHeader} for parameters that need no quotes. Tornado's `_encode_header`.
 *
 * @example
 * ```ts
 * import { encodeHeader } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * const params = { client_max_window_bits: "15", client_no_context_takeover: null };
 * assertEquals(
 *   encodeHeader("permessage-deflate", params),
 *   "permessage-deflate; client_max_window_bits=15; client_no_context_takeover",
 * );
 * ```
 */
export function encodeHeader(key: string, params: Readonly<Record<string, string | null>>): string {
  const parts = Object.keys(params).sort().map((name) => {
    const value = params[name] ?? null;
    return value === null ? name : `${name}=${value}`;
  });
  return [key, ...parts].join("; ");
}
