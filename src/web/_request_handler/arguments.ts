import type { Bytes } from "../../internal/bytes.ts";
import { reprBytes, strip } from "../../internal/python.ts";
import { toUnicode } from "../../util/escape.ts";
import { HTTPError, MissingArgumentError } from "../errors.ts";
import type { RequestHandler } from "../request_handler.ts";

/** Options of `getArgument` and the other methods that read arguments. */
export interface ArgumentOptions {
  /**
   * Removes white space from both ends.
   *
   * @default {true}
   */
  strip?: boolean;
}

type Decoder = Pick<RequestHandler, "decodeArgument">;

/** Arguments by name. The record has no prototype, so that every name is one of an argument. */
type ArgumentRecord = Readonly<Record<string, readonly Bytes[]>>;

// deno-lint-ignore no-control-regex -- control characters are what is looked for
const CONTROLS = /[\x00-\x08\x0e-\x1f]/;
// deno-lint-ignore no-control-regex -- as above
const ALL_CONTROLS = /[\x00-\x08\x0e-\x1f]/g;

/** The number of characters of an argument that an error message shows. */
const SHOWN_BYTES = 40;

/** @throws {HTTPError} 400 if the bytes are not UTF-8. A group of the path has no `name`. */
export function decodeUtf8(value: Bytes, name?: string): string {
  try {
    return toUnicode(value);
  } catch {
    const args = [name ?? "url", reprBytes(value.subarray(0, SHOWN_BYTES))];
    throw new HTTPError(400, "Invalid unicode in %s: %s", { args });
  }
}

/** @throws {MissingArgumentError} If there is neither a value nor a default. */
export function lastArgument<D extends string | null>(
  source: ArgumentRecord,
  name: string,
  defaultValue: D | undefined,
  options: ArgumentOptions | undefined,
  decoder: Decoder,
): string | NoInfer<D> {
  const value = source[name]?.at(-1);
  if (value !== undefined) return cleaned(decoder.decodeArgument(value, name), options);
  if (defaultValue === undefined) throw new MissingArgumentError(name);
  return defaultValue;
}

/** Returns an argument that needs no decoding, and has neither white space nor control characters. */
export function plainValue(value: string, options: ArgumentOptions | undefined): string {
  checkOptions(options);
  return value;
}

export function allArguments(
  source: ArgumentRecord,
  name: string,
  options: ArgumentOptions | undefined,
  decoder: Decoder,
): string[] {
  return (source[name] ?? []).map((value) => cleaned(decoder.decodeArgument(value, name), options));
}

/** @param text Its type is what nearly all handlers return; one in JavaScript may return bytes, as in Tornado. */
function cleaned(text: string, options: ArgumentOptions = {}): string {
  checkOptions(options);
  const { strip: strips = true } = options;
  if (typeof text !== "string") return strips ? stripBytes(text) : text;
  const printable = CONTROLS.test(text) ? text.replace(ALL_CONTROLS, " ") : text;
  return strips ? strip(printable) : printable;
}

/** In Tornado the place of the options is that of a default value, which would be taken for them without a word. */
function checkOptions(options: ArgumentOptions | undefined): void {
  if (options === undefined || typeof options === "object") return;
  throw new TypeError(`Options of an argument must be an object, not ${typeof options}`);
}

/** Something that is cut as bytes are. */
interface ByteView<T> {
  readonly length: number;
  readonly [index: number]: number;
  subarray(start: number, end: number): T;
}

/** Removes white space from both ends, as Python's `bytes.strip`. */
function stripBytes<T extends ByteView<T>>(bytes: T): T {
  let start = 0;
  let end = bytes.length;
  while (start < end && isSpace(bytes[start])) start++;
  while (end > start && isSpace(bytes[end - 1])) end--;
  return bytes.subarray(start, end);
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
