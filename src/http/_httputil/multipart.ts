import { type Bytes, joinBytes } from "../../internal/bytes.ts";
import { HTTPFile } from "./http_file.ts";
import { MultipartParser, type MultipartParserOptions } from "./multipart_parser.ts";
import type { PartHead } from "./part_head.ts";

/** Options of {@linkcode parseMultipartFormData}: limits, as for {@linkcode MultipartParser}. */
export type ParseMultipartFormDataOptions = MultipartParserOptions;

/**
 * Parses a complete body of type multipart/form-data (RFC 7578), and adds its parts to `args` and `files`.
 *
 * A part with a file name that is not empty is a file, any other an argument. Values and files are views of `data`, not
 * copies. Takes time linear in the length of `data`. {@linkcode MultipartParser} parses a body as it arrives. Tornado's
 * `parse_multipart_form_data`.
 *
 * @param boundary The boundary, with or without quotes around it.
 * @param args Receives the arguments, each name with a list of values.
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
  const parser = new MultipartParser(boundary, options);
  const parts: { head: PartHead; content: Bytes[] }[] = [];
  for (const event of parser.feed(data)) {
    if (event.type === "part") parts.push({ head: event.part, content: [] });
    else if (event.type === "data") parts.at(-1)?.content.push(event.chunk);
  }
  parser.finish();
  for (const { head: { name, filename, contentType }, content } of parts) {
    const body = joinBytes(content);
    if (filename === null) appendTo(args, name, body);
    else appendTo(files, name, new HTTPFile({ filename, body, contentType }));
  }
}

/** Adds one value to the list under a name, also in a record that has a prototype. */
export function appendTo<T>(record: Record<string, T[]>, name: string, value: T): void {
  const list = Object.hasOwn(record, name) ? record[name] : undefined;
  if (list !== undefined) list.push(value);
  // Assigning to `__proto__` would replace the prototype.
  else Object.defineProperty(record, name, { value: [value], writable: true, enumerable: true, configurable: true });
}
