import type { Bytes } from "../../internal/bytes.ts";
import { hasMoreFields } from "../../internal/query_fields.ts";
import { parseQsBytes } from "../../util/escape.ts";
import { type ParseBodyConfig, parseBodyConfig } from "./body_config.ts";
import { HTTPInputError } from "./errors.ts";
import type { HTTPHeaders } from "./headers.ts";
import type { HTTPFile } from "./http_file.ts";
import { appendTo, parseMultipartFormData } from "./multipart.ts";
import { boundaryOf } from "./part_head.ts";

/** Options of {@linkcode parseBodyArguments}. */
export interface ParseBodyArgumentsOptions {
  /**
   * Headers of the message, which show if the body is still encoded.
   *
   * @default {none}
   */
  headers?: HTTPHeaders;
  /**
   * Limits for this body.
   *
   * @default {the configuration of the whole process}
   */
  config?: ParseBodyConfig;
}

const URLENCODED = "application/x-www-form-urlencoded";
const MULTIPART = "multipart/form-data";

/**
 * Parses a form body, and adds its arguments and files to `args` and `files`. Ignores a body of another type.
 *
 * Tornado's `parse_body_arguments`.
 *
 * @param contentType The Content-Type header: `application/x-www-form-urlencoded` or `multipart/form-data`.
 * @param args Receives the arguments, each name with a list of values.
 * @param files Receives the files of a multipart body.
 * @throws {HTTPInputError} If the body is malformed, exceeds a limit, or has a Content-Encoding.
 *
 * @example
 * ```ts
 * import { parseBodyArguments } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * const args: Record<string, Uint8Array<ArrayBuffer>[]> = {};
 * parseBodyArguments("application/x-www-form-urlencoded", new TextEncoder().encode("a=1&a=2"), args, {});
 * assertEquals(args.a.map((value) => new TextDecoder().decode(value)), ["1", "2"]);
 * ```
 */
export function parseBodyArguments(
  contentType: string,
  body: Bytes,
  args: Record<string, Bytes[]>,
  files: Record<string, HTTPFile[]>,
  options: ParseBodyArgumentsOptions = {},
): void {
  if (isUrlEncoded(contentType)) {
    checkUrlEncoded(body, options);
    const parsed = parseQsBytes(body, true);
    for (const name of Object.keys(parsed)) {
      for (const value of parsed[name] ?? []) appendTo(args, name, value);
    }
  } else if (isMultipart(contentType)) {
    refuseEncoding(options.headers);
    const config = options.config ?? parseBodyConfig();
    parseMultipartFormData(boundaryOf(contentType), body, args, files, { config: config.multipart });
  }
}

/** Tells whether a Content-Type, in any case, is that of a form whose parsing cannot fail after the check. */
export function isUrlEncoded(contentType: string): boolean {
  return contentType.slice(0, URLENCODED.length).toLowerCase() === URLENCODED;
}

/** Tells whether a Content-Type, in any case, is that of a form in parts. */
export function isMultipart(contentType: string): boolean {
  return contentType.slice(0, MULTIPART.length).toLowerCase() === MULTIPART;
}

/** @throws {HTTPInputError} If it has too many arguments, or a Content-Encoding. */
export function checkUrlEncoded(body: Bytes, options: ParseBodyArgumentsOptions): void {
  refuseEncoding(options.headers);
  const { maxArguments } = (options.config ?? parseBodyConfig()).urlencoded;
  if (hasMoreFields(body, maxArguments)) throw new HTTPInputError(`The form has more than ${maxArguments} arguments`);
}

// A body that somebody else was to decode would be parsed as garbage, or past a limit.
function refuseEncoding(headers: HTTPHeaders | undefined): void {
  const encoding = headers?.get("Content-Encoding") ?? null;
  if (encoding !== null) throw new HTTPInputError(`Unsupported Content-Encoding: ${encoding}`);
}
