import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import * as path from "node:path";
import {
  Configurable,
  type ConfigurableClass,
  errnoFromException,
  importObject,
  ObjectDict,
  reUnescape,
  TimeoutError,
} from "../../src/util/util.ts";
import { test } from "../support/test.ts";

test("TimeoutError is an Error of its own name", () => {
  const error = new TimeoutError("Cannot wait", { cause: 1 });
  assertInstanceOf(error, Error);
  assertEquals([error.name, error.message, error.cause], ["TimeoutError", "Cannot wait", 1]);
});

test("ObjectDict keeps any name as an entry", () => {
  const dict = new ObjectDict<number>(JSON.parse('{"a": 1, "__proto__": 2}'));
  dict.b = 3;
  assertEquals(Object.entries(dict), [["a", 1], ["__proto__", 2], ["b", 3]]);
  assertInstanceOf(dict, ObjectDict);
});

test("errnoFromException gives the code of Deno's and Node's errors", async () => {
  const caught = await Deno.open("/no/such/file").catch((error: unknown) => error);
  assertEquals(errnoFromException(caught), "ENOENT");
  const listener = Deno.listen({ port: 0 });
  const { port } = listener.addr;
  listener.close();
  assertEquals(errnoFromException(await Deno.connect({ port }).catch((error: unknown) => error)), "ECONNREFUSED");
  for (const other of [new Error("no code"), "ENOENT", null, { code: "ENOENT" }, new DOMException("x", "AbortError")]) {
    assertEquals(errnoFromException(other), null);
  }
});

test("reUnescape undoes re.escape and refuses what that never makes", () => {
  assertEquals(reUnescape("a\\.b\\\\c\\-\\\n\\é"), "a.b\\c-\né");
  assertEquals(reUnescape("\\"), "\\");
  for (const text of ["\\d", "a\\b", "\\Z", "\\0"]) assertThrows(() => reUnescape(text), SyntaxError);
});

test("importObject gives a module or one of its exports", async () => {
  assertStrictEquals(await importObject("node:path#join"), path.join);
  const module = await importObject("../../src/util/util.ts", import.meta.url);
  assertStrictEquals(Object.getOwnPropertyDescriptor(module, "reUnescape")?.value, reUnescape);
  assertStrictEquals(
    await importObject(`${new URL("../../src/util/util.ts", import.meta.url)}#TimeoutError`),
    TimeoutError,
  );
});

test("importObject refuses what is not there", async () => {
  await assertRejects(() => importObject("node:path#nothing"), TypeError, 'does not export "nothing"');
  await assertRejects(() => importObject("node:path#toString"), TypeError, "does not export");
  await assertRejects(() => importObject("./x.ts#X"), TypeError, "needs the base");
  await assertRejects(() => importObject("./no_such_file.ts", import.meta.url), TypeError);
});

class Shape extends Configurable {
  readonly given: Readonly<Record<string, unknown>>;
  initialized: Readonly<Record<string, unknown>> | null = null;
  readonly #secret: number = 42;

  constructor(options: Readonly<Record<string, unknown>> = {}) {
    super();
    this.given = options;
  }

  static override configurableBase(): ConfigurableClass {
    return Shape;
  }

  static override configurableDefault(): ConfigurableClass {
    return Square;
  }

  override initialize(options: Readonly<Record<string, unknown>>): void {
    this.initialized = options;
  }

  get secret(): number {
    return this.#secret;
  }
}

class Square extends Shape {}

class Circle extends Shape {}

/** A part of the hierarchy that is configurable itself. */
class Solid extends Shape {
  static override configurableBase(): ConfigurableClass {
    return Solid;
  }

  static override configurableDefault(): ConfigurableClass {
    return Cube;
  }
}

class Cube extends Solid {}

/** Puts the configuration back at the end of the block. */
function restoring(base: typeof Shape): Disposable {
  const saved = base._saveConfiguration();
  return { [Symbol.dispose]: () => base._restoreConfiguration(saved) };
}

test("Configurable.create makes the default class until another is configured", () => {
  using _ = restoring(Shape);
  const square = Shape.create();
  assertInstanceOf(square, Square);
  assertEquals(square.secret, 42);
  assertStrictEquals(Shape.configuredClass(), Square);
  Shape.configure(Circle);
  assertInstanceOf(Shape.create(), Circle);
  assertStrictEquals(Square.configuredClass(), Circle);
  Shape.configure(null);
  assertInstanceOf(Shape.create(), Square);
});

test("Configurable.create on an implementation makes that one, without the configured options", () => {
  using _ = restoring(Shape);
  Shape.configure(Circle, { a: 1 });
  const square = Square.create({ b: 2 });
  assertInstanceOf(square, Square);
  assertEquals(square.initialized, { b: 2 });
});

test("Configurable.create gives the options of configure, which those of create replace", () => {
  using _ = restoring(Shape);
  Shape.configure(Circle, { a: 1, b: 1 });
  const shape = Shape.create({ b: 2 });
  assertEquals(shape.initialized, { a: 1, b: 2 });
  assertEquals(shape.given, { a: 1, b: 2 });
  Shape.configure(null, { c: 3 });
  assertEquals(Shape.create().initialized, { c: 3 });
});

test("Configurable works on two levels of one hierarchy", () => {
  using _ = restoring(Shape);
  using __ = restoring(Solid);
  Shape.configure(Solid, { a: 1 });
  const cube = Shape.create({ b: 2 });
  assertInstanceOf(cube, Cube);
  assertEquals(cube.initialized, { a: 1, b: 2 });
  assertInstanceOf(Solid.create(), Cube);
});

test("Configurable.configure refuses a class of another hierarchy, and leaves the configuration", () => {
  using _ = restoring(Shape);
  class Other extends Configurable {}
  Shape.configure(Circle);
  assertThrows(() => Shape.configure(Other), TypeError, "Other is not a subclass");
  assertThrows(() => Solid.configure(Circle), TypeError, "Circle is not a subclass");
  assertInstanceOf(Shape.create(), Circle);
});

test("Configurable names the method that an interface forgot", () => {
  class Bare extends Configurable {}
  assertThrows(() => Bare.create(), TypeError, "Bare: it does not override configurableBase");
  class Half extends Configurable {
    static override configurableBase(): ConfigurableClass {
      return Half;
    }
  }
  assertThrows(() => Half.create(), TypeError, "Half: it does not override configurableDefault");
});

test("Configurable._restoreConfiguration puts back what was", () => {
  const saved = Shape._saveConfiguration();
  Shape.configure(Circle, { a: 1 });
  Shape._restoreConfiguration(saved);
  const shape = Shape.create();
  assert(shape instanceof Square);
  assertEquals(shape.initialized, {});
});
