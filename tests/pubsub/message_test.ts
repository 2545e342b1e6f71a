import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { test } from "../support/test.ts";
import { messageOf } from "./support.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

test("TopicMessage is text or bytes, whatever it is made of", () => {
  const rows: [string | object, boolean | undefined, boolean, string][] = [
    ["ü", undefined, false, "ü"],
    ["ü", true, true, "ü"],
    [utf8("ü"), undefined, true, "ü"],
    [utf8("ü"), false, false, "ü"],
    [utf8("ü").buffer, undefined, true, "ü"],
    [{ a: ["</b>"] }, undefined, false, '{"a":["<\\/b>"]}'],
    [[1], true, true, "[1]"],
    ["", undefined, false, ""],
    ["\ufeffx", undefined, false, "\ufeffx"],
    [utf8("\ufeffx"), false, false, "\ufeffx"],
  ];
  for (const [input, binary, expected, text] of rows) {
    const message = messageOf(input, binary);
    assertEquals([message.binary, message.text, message.bytes], [expected, text, utf8(text)]);
    assertStrictEquals(message.bytes, message.bytes);
    assertEquals(message.length, message.payload.length);
  }
  assertThrows(() => messageOf({ n: 1n }), TypeError);
});

test("a message whose JSON would say nothing is refused", () => {
  for (
    const nothing of [new Map([["a", 1]]), new Set([1]), Promise.resolve("a"), new Float64Array(1), new Blob(["a"])]
  ) {
    const message: object = nothing;
    assertThrows(() => messageOf(message), TypeError, "Cannot send as JSON: a message is text, bytes, an array or ");
  }
  class Price {
    euros = 12;
  }
  const rows: [object, string][] = [
    [new Price(), '{"euros":12}'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [new URLSearchParams("a=1").getAll("a"), '["1"]'],
    [Object.create(null), "{}"],
  ];
  for (const [message, text] of rows) assertEquals(messageOf(message).text, text);
});

test("TopicMessage takes bytes as they are at the call", () => {
  for (const make of [(bytes: Uint8Array<ArrayBuffer>) => bytes, ({ buffer }: Uint8Array<ArrayBuffer>) => buffer]) {
    const bytes = Uint8Array.of(1, 2);
    const message = messageOf(make(bytes));
    bytes.fill(9);
    assertEquals(message.bytes, Uint8Array.of(1, 2));
  }
});

test("TopicMessage names its source", () => {
  const { id, time } = messageOf("x");
  assertEquals([id, time], [`${"0a".repeat(16)}-7`, 1_800_000_000_000]);
});

test("TopicMessage.encoding() makes each form once, in any order of asking", () => {
  const message = messageOf("x");
  const made: string[] = [];
  const keys = ["a", "b", "c"].map((name) => ({ name }));
  const encode = (_message: unknown, { name }: { name: string }) => {
    made.push(name);
    return utf8(name);
  };
  const first = keys.map((key) => message.encoding(key, encode));
  for (const i of [0, 2, 1, 1, 0, 2]) assertStrictEquals(message.encoding(keys[i], encode), first[i]);
  assertEquals(made, ["a", "b", "c"]);
  // A form may be made of another one.
  const outer = messageOf("y");
  const nested = outer.encoding(keys[0], (self) => self.encoding(keys[1], () => utf8("inner")));
  assertStrictEquals(outer.encoding(keys[0], encode), nested);
  assertStrictEquals(outer.encoding(keys[1], encode), nested);
});
