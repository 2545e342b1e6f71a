import type { Bytes } from "../../internal/bytes.ts";
import { parseBodyConfig, type ParseMultipartConfig } from "./body_config.ts";
import { ByteSearcher } from "./byte_search.ts";
import { HTTPInputError } from "./errors.ts";
import { HTTPFile } from "./http_file.ts";
import { parsePartHead, partHeadTooLong, unquotedBoundary } from "./part_head.ts";
import { appendTo } from "./records.ts";

const CR = 0x0d;
const LF = 0x0a;
const DASH = 0x2d;

/** Options of {@linkcode parseMultipartFormData}. */
export interface ParseMultipartFormDataOptions {
  /**
   * Limits for this body.
   *
   * @default {the configuration of the whole process}
   */
  config?: ParseMultipartConfig;
}

function endsWithCRLF(data: Bytes, end: number): boolean {
  return data[end - 2] === CR && data[end - 1] === LF;
}

/** Where the parts of a body are. */
interface Layout {
  /** Positions of the delimiters before the final one. */
  delimiters: number[];
  /** Position of the final delimiter. */
  final: number;
  /** Bytes that a delimiter takes, line end included. */
  delimiterLength: number;
}

// One pass over the body. A delimiter counts wherever it stands, and the last final one ends the body, as in Tornado:
// so what follows it is ignored, and a part that contains a delimiter is refused for its missing line end.
function findParts(boundary: Uint8Array, data: Bytes, maxParts: number): Layout {
  const dashBoundary = new Uint8Array(boundary.length + 2).fill(DASH);
  dashBoundary.set(boundary, 2);
  const length = dashBoundary.length;
  const delimiters: number[] = [];
  let final = -1;
  new ByteSearcher(dashBoundary).forEach(data, (position) => {
    const next = data[position + length];
    const afterNext = data[position + length + 1];
    if (next === DASH && afterNext === DASH) final = position;
    // One more than allowed is enough to know, and keeps a hostile body from filling memory with positions.
    else if (next === CR && afterNext === LF && delimiters.length <= maxParts) delimiters.push(position);
  });
  return { delimiters: delimiters.filter((position) => position < final), final, delimiterLength: length + 2 };
}

// Position of the empty line that ends the headers of a part, or -1.
function findHeaderEnd(data: Bytes, start: number, end: number): number {
  for (let i = data.indexOf(CR, start); i !== -1 && i + 4 <= end; i = data.indexOf(CR, i + 1)) {
    if (data[i + 1] === LF && data[i + 2] === CR && data[i + 3] === LF) return i;
  }
  return -1;
}

/**
 * Parses a body of type multipart/form-data (RFC 7578), and adds what is in it to `args` and `files`.
 *
 * A part with a file name that is not empty is a file, any other an argument. Values and files are views on `data`, not
 * copies. Takes time linear in the length of `data`. Tornado's `parse_multipart_form_data`.
 *
 * @param boundary The boundary, with or without quotes around it.
 * @param data The body.
 * @param args Receives the arguments, each name with a list of values.
 * @param files Receives the files.
 * @param options Limits.
 * @throws {HTTPInputError} If the body is malformed or exceeds a limit; then nothing was added.
 *
 * @example
 * ```ts
 * import { HTTPFile, parseMultipartFormData } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * const body = new TextEncoder().encode(
 *   '--1234\r\nContent-Disposition: form-data; name="files"; filename="ab.txt"\r\n\r\nFoo\r\n--1234--',
 * );
 * const files: Record<string, HTTPFile[]> = {};
 * parseMultipartFormData(new TextEncoder().encode("1234"), body, {}, files);
 * assertEquals(files.files[0].filename, "ab.txt");
 * assertEquals(new TextDecoder().decode(files.files[0].body), "Foo");
 * ```
 */
export function parseMultipartFormData(
  boundary: Uint8Array,
  data: Bytes,
  args: Record<string, Bytes[]>,
  files: Record<string, HTTPFile[]>,
  options: ParseMultipartFormDataOptions = {},
): void {
  const config = options.config ?? parseBodyConfig().multipart;
  if (!config.enabled) throw new HTTPInputError("multipart/form-data parsing is disabled");
  const { delimiters, final, delimiterLength } = findParts(unquotedBoundary(boundary), data, config.maxParts);
  if (final === -1) throw new HTTPInputError("Invalid multipart/form-data: no final boundary found");
  if (delimiters.length > config.maxParts) {
    throw new HTTPInputError(`multipart/form-data has more than ${config.maxParts} parts`);
  }
  // A reader that skips what comes before the first boundary and one that takes it for a part see different forms.
  if ((delimiters[0] ?? final) !== 0) throw new HTTPInputError("multipart/form-data does not start with its boundary");
  const parts: [string, Bytes | HTTPFile][] = [];
  for (let i = 0; i < delimiters.length; i++) {
    const start = (delimiters[i] ?? 0) + delimiterLength;
    const end = delimiters[i + 1] ?? final;
    if (start < end) parts.push(parsePart(data, start, end, config));
  }
  for (const [name, value] of parts) {
    if (value instanceof HTTPFile) appendTo(files, name, value);
    else appendTo(args, name, value);
  }
}

function parsePart(data: Bytes, start: number, end: number, config: ParseMultipartConfig): [string, Bytes | HTTPFile] {
  const headerEnd = findHeaderEnd(data, start, Math.min(end, start + config.maxPartHeaderSize + 4));
  if (headerEnd === -1) {
    if (end - start > config.maxPartHeaderSize + 4) throw partHeadTooLong(config.maxPartHeaderSize);
    throw new HTTPInputError("multipart/form-data part has no headers");
  }
  const { name, filename, contentType } = parsePartHead(data.subarray(start, headerEnd));
  if (!endsWithCRLF(data, end)) throw new HTTPInputError("multipart/form-data part does not end with a line end");
  const body = data.subarray(headerEnd + 4, Math.max(headerEnd + 4, end - 2));
  return [name, filename === null ? body : new HTTPFile({ filename, body, contentType })];
}
