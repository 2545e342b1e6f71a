import { latin1Bytes, latin1Text } from "../../internal/utf8.ts";
import { defineMethods, type Definition, type Method, type Methods } from "./define_methods.ts";
import { PythonError, TYPE_ERROR, VALUE_ERROR } from "./exceptions.ts";
import { STRING_METHODS } from "./string_methods.ts";
import { decode } from "./text_codec.ts";
import { indexOf, iterate, own, Tuple, tuple, typeName } from "./values.ts";

const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;

/** Methods that bytes share with `str`. Their arguments are bytes, or ints that stand for one byte. */
const SHARED = [
  "center",
  "count",
  "endswith",
  "expandtabs",
  "find",
  "index",
  "isascii",
  "ljust",
  "lstrip",
  "partition",
  "removeprefix",
  "removesuffix",
  "replace",
  "rfind",
  "rindex",
  "rjust",
  "rpartition",
  "rsplit",
  "rstrip",
  "split",
  "splitlines",
  "startswith",
  "strip",
  "zfill",
];

/** Methods of `str` that know letters: to bytes, only those of ASCII are letters. */
const OF_LETTERS = [
  "capitalize",
  "isalnum",
  "isalpha",
  "isdigit",
  "islower",
  "isspace",
  "istitle",
  "isupper",
  "lower",
  "swapcase",
  "title",
  "upper",
];

/** Where a method takes an int for a byte. */
const TAKES_BYTE: ReadonlySet<string> = new Set(["count", "find", "index", "rfind", "rindex"]);

function shared(name: string): Definition<Uint8Array> {
  const method = STRING_METHODS[name];
  return (self, args, keywords) => {
    const texts = args.map((argument, i) => toText(argument, i === 0 && TAKES_BYTE.has(name)));
    return fromText(call(method, latin1Text(self), texts, keywords.map(([key, value]) => [key, toText(value)])));
  };
}

function call(method: Method | undefined, self: string, args: unknown[], keywords: [string, unknown][]): unknown {
  return method?.(self, args, keywords);
}

/**
 * Makes a method that leaves bytes beyond ASCII as they are. They are moved to where Unicode has characters that are no
 * letters, for the time of the call.
 */
function ofLetters(name: string): Definition<Uint8Array> {
  const method = STRING_METHODS[name];
  return (self, args, keywords) => {
    const text = latin1Text(self).replace(/[\x80-\xff]/g, (c) => String.fromCharCode(c.charCodeAt(0) + PRIVATE));
    const result = call(method, text, [...args], keywords.map(([key, value]) => [key, value]));
    if (typeof result !== "string") return result;
    return latin1Bytes(
      result.replace(/[\ue080-\ue0ff]/g, (c) => String.fromCharCode(c.charCodeAt(0) - PRIVATE)),
    );
  };
}

/** The first of the characters that Unicode leaves to private use. */
const PRIVATE = 0xe000;

function toText(value: unknown, isByte: boolean = false): unknown {
  if (value instanceof Uint8Array) return latin1Text(value);
  if (isByte && (typeof value === "number" || typeof value === "boolean")) return String.fromCharCode(indexOf(value));
  if (isByte && value !== undefined) {
    throw new PythonError(TYPE_ERROR, `argument should be integer or bytes-like object, not '${typeName(value)}'`);
  }
  if (value instanceof Tuple) return tuple(value.map((item) => toText(item)));
  if (typeof value === "string") {
    throw new PythonError(TYPE_ERROR, `a bytes-like object is required, not '${typeName(value)}'`);
  }
  return value;
}

function fromText(value: unknown): unknown {
  if (typeof value === "string") return latin1Bytes(value);
  if (value instanceof Tuple) return tuple(value.map(fromText));
  return Array.isArray(value) ? own(value.map(fromText)) : value;
}

function requireOneCharacter(separator: unknown): void {
  const isText = typeof separator === "string" || separator instanceof Uint8Array;
  if (isText && separator.length === 1) return;
  if (isText || (typeof separator === "object" && separator !== null && "length" in separator)) {
    throw new PythonError(VALUE_ERROR, "sep must be length 1.");
  }
  throw new PythonError(TYPE_ERROR, `object of type '${typeName(separator)}' has no len()`);
}

function hex(self: Uint8Array, separator: unknown): string {
  if (separator !== undefined) requireOneCharacter(separator);
  const digits = Array.from(self, (byte) => byte.toString(16).padStart(2, "0"));
  return digits.join(
    separator === undefined ? "" : separator instanceof Uint8Array ? latin1Text(separator) : String(separator),
  );
}

function join(self: Uint8Array, items: unknown): Uint8Array {
  const parts: string[] = [];
  for (const item of iterate(items)) {
    if (!(item instanceof Uint8Array)) {
      const expected = `expected a bytes-like object, ${typeName(item)} found`;
      throw new PythonError(TYPE_ERROR, `sequence item ${parts.length}: ${expected}`);
    }
    parts.push(latin1Text(item));
  }
  return latin1Bytes(parts.join(latin1Text(self)));
}

/** The methods of `bytes`. */
export const BYTES_METHODS: Methods = defineMethods("bytes", isBytes, {
  ...Object.fromEntries(SHARED.map((name) => [name, shared(name)])),
  ...Object.fromEntries(OF_LETTERS.map((name) => [name, ofLetters(name)])),
  decode: ["encoding? errors?", decode],
  hex: ["sep?", hex],
  join: ["iterable_of_bytes /", join],
});
