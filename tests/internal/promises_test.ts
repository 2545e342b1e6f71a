import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { handled, isThenable, LazyPromise, toError } from "../../src/internal/promises.ts";
import { test } from "../support/test.ts";

test("isThenable takes promises and objects like them, and nothing else", () => {
  assertEquals(isThenable(Promise.resolve()), true);
  assertEquals(isThenable({ then() {} }), true);
  for (const value of [undefined, null, 1, "then", {}, { then: 1 }, () => {}]) assertEquals(isThenable(value), false);
});

test("handled returns the promise itself, whose rejection may be dropped", async () => {
  const promise = Promise.reject(new Error("dropped"));
  assertStrictEquals(handled(promise), promise);
  await assertRejects(() => promise, Error, "dropped");
});

test("toError keeps an Error and wraps other values", () => {
  const error = new TypeError("a");
  assertStrictEquals(toError(error), error);
  assertInstanceOf(toError("b"), Error);
  assertEquals(toError("b").message, "b");
  assertEquals(toError(undefined).message, "undefined");
});

class Counted extends LazyPromise<number> {
  made = 0;
  readonly #settle: () => Promise<number>;

  constructor(settle: () => Promise<number>) {
    super();
    this.#settle = settle;
  }

  protected override promise(): Promise<number> {
    this.made++;
    return this.#settle();
  }
}

test("LazyPromise makes its promise when a caller waits", async () => {
  const resolved = new Counted(() => Promise.resolve(1));
  assertEquals(resolved.made, 0);
  assertEquals(await resolved, 1);
  assertEquals(resolved.made, 1);
  assertEquals(await resolved.then((n) => n + 1), 2);
  assertEquals(await resolved.finally(() => {}), 1);
  assertEquals(String(resolved), "[object Promise]");
  const rejected = new Counted(() => Promise.reject(new Error("no")));
  assertEquals(await rejected.catch((error) => toError(error).message), "no");
});
