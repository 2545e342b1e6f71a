import type { Bytes } from "../../internal/bytes.ts";
import { utf8 } from "../../util/escape.ts";
import { HTTPInputError } from "./errors.ts";
import { normalizeName, parseFieldLine, splitLines, trimOWS, UNICODE_FIELD_CHARS } from "./fields.ts";
import { parseHeader } from "./params.ts";

const MULTIPART = "multipart/form-data";
const BOUNDARY = "boundary=";
const QUOTE = 0x22;
/** Clients send three at most. */
const MAX_PART_FIELDS = 100;

/** Describes one part of a form, from its headers. */
export interface PartHead {
  /** Name of the field. */
  readonly name: string;
  /** Name of the file, as the client gave it; `null` if the part is not a file. */
  readonly filename: string | null;
  /** Media type, `application/unknown` if the client gave none. */
  readonly contentType: string;
  /** All headers, by normalised name. */
  readonly headers: ReadonlyMap<string, string>;
}

/**
 * Parses the headers of a part (RFC 7578 section 4.2), without the empty line that ends them.
 *
 * @throws {HTTPInputError} If they are malformed, or not those of a part of a form.
 */
export function parsePartHead(bytes: Bytes): PartHead {
  const headers = parsePartHeaders(bytes);
  const line = headers.get("Content-Disposition") ?? "";
  const [disposition, params] = parseHeader(line);
  if (disposition.toLowerCase() !== "form-data") throw new HTTPInputError("multipart/form-data part is not form-data");
  // What RFC 2231 has encoded is decoded already.
  const decode = line.includes("*=") ? (value: string | undefined) => value : undoBrowserEscapes;
  const name = decode(params.name);
  const filename = decode(params.filename);
  if (name === undefined || name === "") throw new HTTPInputError("multipart/form-data part has no name");
  return {
    name,
    filename: filename === undefined || filename === "" ? null : filename,
    contentType: headers.get("Content-Type") ?? "application/unknown",
    headers,
  };
}

/** Undoes the three escapes that browsers write into names (HTML standard, "multipart form data"), and no others. */
function undoBrowserEscapes(value: string | undefined): string | undefined {
  return value?.replace(/%(?:22|0D|0A)/g, (escape) => String.fromCharCode(parseInt(escape.slice(1), 16)));
}

export function partHeadTooLong(limit: number): HTTPInputError {
  return new HTTPInputError(`multipart/form-data part headers are longer than ${limit} bytes`);
}

/**
 * Returns the boundary that a Content-Type names, with the quotes around it if there are any.
 *
 * @throws {HTTPInputError} If the type is not multipart/form-data, or has no boundary.
 */
export function boundaryOf(contentType: string): Bytes {
  const [type = "", ...params] = contentType.split(";").map((piece) => trimOWS(piece));
  if (type.toLowerCase() !== MULTIPART) {
    throw new HTTPInputError(`Invalid multipart/form-data: invalid content type ${type}`);
  }
  for (const param of params) {
    const value = param.slice(BOUNDARY.length);
    if (value !== "" && param.slice(0, BOUNDARY.length).toLowerCase() === BOUNDARY) return utf8(value);
  }
  throw new HTTPInputError("Invalid multipart/form-data: multipart boundary not found");
}

/** Returns a boundary without the quotes that some clients put around it. */
export function unquotedBoundary(boundary: Uint8Array): Uint8Array {
  if (boundary.length < 2 || boundary[0] !== QUOTE || boundary.at(-1) !== QUOTE) return boundary;
  return boundary.subarray(1, -1);
}

// Headers of a part by normalised name. They are UTF-8, as browsers send file names, so HTTPHeaders may not hold them.
function parsePartHeaders(bytes: Bytes): Map<string, string> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new HTTPInputError("multipart/form-data part headers are not UTF-8", { cause });
  }
  const headers = new Map<string, string>();
  let last: string | undefined;
  for (const line of splitLines(text)) {
    const field = parseFieldLine(line);
    if (field === null) continue;
    if (!UNICODE_FIELD_CHARS.test(field.value)) throw new HTTPInputError("Invalid header value in multipart/form-data");
    if (field.name === null) {
      if (last === undefined) throw new HTTPInputError("First header line cannot start with whitespace");
      headers.set(last, `${headers.get(last)} ${field.value}`);
      continue;
    }
    last = normalizeName(field.name);
    if (last === undefined) throw new HTTPInputError("Invalid header name in multipart/form-data");
    const before = headers.get(last);
    if (before === undefined && headers.size === MAX_PART_FIELDS) {
      throw new HTTPInputError(`multipart/form-data part has more than ${MAX_PART_FIELDS} header fields`);
    }
    headers.set(last, before === undefined ? field.value : `${before},${field.value}`);
  }
  return headers;
}
