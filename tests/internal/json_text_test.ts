import { assertEquals, assertThrows } from "@std/assert";
import { checkParts, jsonText } from "../../src/internal/json_text.ts";
import { test } from "../support/test.ts";

class Secret {
  #value = 1;
  get value(): number {
    return this.#value;
  }
}

class Rows {
  readonly rows: readonly number[] = [1];
  *[Symbol.iterator](): Generator<number> {
    yield* this.rows;
  }
}

class Money extends Map<string, number> {
  toJSON(): unknown {
    return Object.fromEntries(this);
  }
}

const REFUSED: readonly (() => unknown)[] = [
  () => new Map([["a", 1]]),
  () => new Set([1]),
  () => new Map(),
  () => new WeakMap(),
  () => Promise.resolve(1),
  () => [1].values(),
  () => new Uint8Array(2),
  () => new Uint8Array(0),
  () => new DataView(new ArrayBuffer(1)),
  () => new ArrayBuffer(1),
  () => new Blob(["a"]),
  () => new Headers({ a: "b" }),
  () => /a/,
];

const TAKEN: readonly (() => unknown)[] = [
  () => ({}),
  () => Object.create(null),
  () => [],
  () => new Date(0),
  () => new Secret(),
  () => new Rows(),
  () => new Money([["a", 1]]),
  () => new String("{}"),
  () => new URL("http://localhost/"),
  () => '{}{"0":1}',
  () => ({ 0: 1 }),
  () => null,
  () => undefined,
  () => true,
  () => NaN,
];

const PLACES: readonly ((value: unknown) => unknown)[] = [
  (value) => value,
  (value) => [1, value],
  (value) => ({ a: {}, b: value }),
  (value) => ({ a: [[{ b: value }], {}] }),
  (value) => new Map([["hidden", value]]).get("hidden"),
];

test("jsonText refuses what JSON would write without its contents, wherever it stands", () => {
  for (const place of PLACES) {
    for (const make of REFUSED) assertThrows(() => jsonText(place(make())), TypeError, "has no JSON form");
    for (const make of TAKEN) assertEquals(jsonText(place(make())), JSON.stringify(place(make())));
  }
  assertThrows(() => jsonText({ user: { tags: new Set() } }), TypeError, 'the member "tags", a value of the class Set');
});

test("jsonText refuses without a look at each part just what it would refuse with one", () => {
  const values = [...REFUSED, ...TAKEN].flatMap((make) => PLACES.map((place) => place(make())));
  for (const first of values) {
    for (const second of values) {
      const value = { first, second };
      assertEquals(refuses(() => jsonText(value)), refuses(() => checkParts(value)));
    }
  }
});

test("jsonText takes a value that is nested deeply, and one with a part that stands at many places", () => {
  let value: unknown = {};
  for (let depth = 0; depth < 1000; depth++) value = [value];
  assertEquals(jsonText(value), JSON.stringify(value));
  const part = {};
  assertEquals(jsonText([part, part]), "[{},{}]");
  const cycle: unknown[] = [{}];
  cycle.push(cycle);
  assertThrows(() => jsonText(cycle), TypeError);
});

function refuses(call: () => unknown): boolean {
  try {
    call();
    return false;
  } catch {
    return true;
  }
}
