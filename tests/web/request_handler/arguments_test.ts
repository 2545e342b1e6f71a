import { assertEquals, assertThrows } from "@std/assert";
import { utf8 } from "../../../src/util/escape.ts";
import { HTTPError, MissingArgumentError } from "../../../src/web/mod.ts";
import { allArguments, decodeUtf8, lastArgument } from "../../../src/web/_request_handler/arguments.ts";
import { test } from "../../support/test.ts";

const decoder = { decodeArgument: decodeUtf8 };
const source = { a: [utf8("1"), utf8(" 2\x00\u3000")], empty: [utf8("")] };

test("lastArgument() takes the last value, the default, or is an error", () => {
  assertEquals(lastArgument(source, "a", undefined, undefined, decoder), "2");
  assertEquals(lastArgument(source, "a", "x", { strip: false }, decoder), " 2 \u3000");
  assertEquals(lastArgument(source, "empty", "x", undefined, decoder), "");
  assertEquals(lastArgument(source, "b", null, undefined, decoder), null);
  assertThrows(() => lastArgument(source, "b", undefined, undefined, decoder), MissingArgumentError);
});

test("allArguments() takes every value, in order", () => {
  assertEquals(allArguments(source, "a", undefined, decoder), ["1", "2"]);
  assertEquals(allArguments(source, "b", undefined, decoder), []);
});

test("decodeUtf8() refuses other bytes with 400, and shows some of them on one line", () => {
  assertEquals(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), "\ufeffa");
  const error = assertThrows(() => decodeUtf8(Uint8Array.of(0x0a, 0x27, 0xff), "q"), HTTPError);
  assertEquals([error.statusCode, error.getMessage()], [400, `Invalid unicode in q: b"\\n'\\xff"`]);
  const long = assertThrows(() => decodeUtf8(new Uint8Array(1000).fill(0xff)), HTTPError);
  assertEquals(long.getMessage()?.length, "Invalid unicode in url: b''".length + 40 * "\\xff".length);
});

test("lastArgument() strips and returns bytes, if a decoder in JavaScript returns them", () => {
  const bytes: { decodeArgument: typeof decodeUtf8 } = { decodeArgument: decodeUtf8 };
  Object.assign(bytes, { decodeArgument: (value: Uint8Array) => value });
  const spaced = { a: [utf8(" \t\x0b\r\n1\x00 2\xa0 \f")], blank: [utf8(" \n")], empty: [utf8("")] };
  const read = (name: string, options?: { strip: boolean }): unknown => lastArgument(spaced, name, "", options, bytes);
  assertEquals(read("a"), utf8("1\x00 2\xa0"));
  assertEquals(read("a", { strip: false }), spaced.a[0]);
  assertEquals(["blank", "empty"].map((name) => read(name)), [utf8(""), utf8("")]);
  const all: unknown = allArguments(spaced, "a", undefined, bytes);
  assertEquals(all, [utf8("1\x00 2\xa0")]);
});
