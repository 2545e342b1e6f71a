// deno-lint-ignore-file require-yield -- old programs have coroutines without one, too.
// The cases of Tornado's gen_test.py about generators, named in brackets, and what this library adds.
import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { AsyncLocalStorage } from "node:async_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  BadYieldError,
  type Coroutine,
  coroutine,
  isCoroutineFunction,
  moment,
  multi,
  Return,
  sleep,
  withTimeout,
} from "../../src/concurrency/gen.ts";
import { Application, authenticated, HTTPError, RequestHandler } from "../../src/web/mod.ts";
import { websocketConnect, WebSocketHandler } from "../../src/websocket/mod.ts";
import { test } from "../support/test.ts";

const addOne = coroutine(function* (x: number) {
  yield moment;
  return x + 1;
});

const fail = coroutine(function* (message: string) {
  yield moment;
  throw new RangeError(message);
});

test("coroutine takes functions without a yield (test_no_yield, test_sync_return, test_sync_return_no_value)", async () => {
  assertEquals(await coroutine(function* () {})(), undefined);
  assertEquals(
    await coroutine(function* () {
      return 42;
    })(),
    42,
  );
  assertEquals(await coroutine(() => 42)(), 42);
  assertEquals(await coroutine(() => Promise.resolve(42))(), 42);
});

test("coroutine rejects with what is thrown before a yield, and does not throw (test_exception_phase1, test_sync_raise)", async () => {
  for (
    const func of [
      coroutine(function* () {
        throw new RangeError("early");
      }),
      coroutine(() => {
        throw new RangeError("early");
      }),
    ]
  ) {
    const future = func();
    await assertRejects(() => future, RangeError, "early");
  }
});

test("coroutine rejects with what is thrown after a yield (test_exception_phase2, test_async_raise)", async () => {
  const future = fail("late");
  await assertRejects(() => future, RangeError, "late");
});

test("coroutine refuses a yield of what cannot be waited for (test_bogus_yield, test_bogus_yield_tuple)", async () => {
  function* generator(): Generator<Promise<void>, void, void> {
    yield moment as Promise<void>;
  }
  for (const wrong of [42, "text", () => {}, new Map(), [1, moment], { a: 1 }, generator()]) {
    const func = coroutine(function* () {
      yield wrong;
    });
    await assertRejects(() => func(), BadYieldError, "Cannot wait for what was yielded");
  }
});

test("coroutine gets a BadYieldError at its yield", async () => {
  const func = coroutine(function* () {
    try {
      yield 42;
    } catch (error) {
      return error;
    }
    return "not thrown";
  });
  const error = await func();
  assertInstanceOf(error, BadYieldError);
  assertInstanceOf(error, TypeError);
});

test("coroutine can be called again (test_reuse)", async () => {
  assertEquals([await addOne(1), await addOne(2)], [2, 3]);
});

test("coroutine lets the loop turn by a yield of nothing (test_none)", async () => {
  for (const nothing of [undefined, null, moment]) {
    let turned = false;
    setImmediate(() => turned = true);
    await coroutine(function* () {
      assertEquals(yield nothing, undefined);
    })();
    assertEquals(turned, true);
  }
});

test("coroutine waits for lists and records (test_multi, test_multi_dict, test_multi_future, test_multi_dict_future)", async () => {
  await coroutine(function* () {
    assertEquals(yield [addOne(1), addOne(2)], [2, 3]);
    assertEquals(yield { foo: addOne(1), bar: addOne(2) }, { foo: 2, bar: 3 });
    assertEquals(yield [[addOne(1)], { foo: addOne(2) }, null], [[2], { foo: 3 }, undefined]);
  })();
});

test("coroutine gets an empty list or record for one (test_multi_empty)", async () => {
  await coroutine(function* () {
    assertEquals(yield [], []);
    assertEquals(yield {}, {});
  })();
});

test("coroutine throws the first error of a list, and the others are logged (test_multi_future_exceptions)", async (t) => {
  t.expectLog("tornado.application", /^Multiple exceptions in yield list$/);
  await coroutine(function* () {
    try {
      yield [fail("error 1"), fail("error 2")];
    } catch (error) {
      assertEquals(String(error), "RangeError: error 1");
    }
  })();
  assertEquals(t.logs.length, 1);
  await assertRejects(() =>
    coroutine(function* () {
      yield [fail("error 1"), addOne(1)];
    })(), RangeError);
  assertEquals(t.logs.length, 1, "one error alone is not logged");
});

test("Return before any yield ends a coroutine with a value (test_sync_raise_return, test_sync_raise_return_value, test_sync_raise_return_value_tuple, test_sync_gen_return)", async () => {
  for (const value of [undefined, 42, [1, 2]]) {
    const early = coroutine(function* (): Generator<undefined, never> {
      throw new Return(value);
    });
    const plain = coroutine((): never => {
      throw new Return(value);
    });
    for (const func of [early, plain]) assertEquals<unknown>(await func(), value);
  }
  assertEquals(new Return(42).value, 42);
});

test("Return after a yield ends a coroutine with a value (test_async_raise_return, test_async_raise_return_value, test_async_raise_return_value_tuple, test_async_gen_return)", async () => {
  for (const value of [undefined, 42, [1, 2]]) {
    const late = coroutine(function* (): Generator<PromiseLike<void>, never> {
      yield moment;
      throw new Return(value);
    });
    assertEquals<unknown>(await late(), value);
  }
});

test("coroutine keeps name and length, and is known by isCoroutineFunction (test_attributes, test_is_coroutine_function)", () => {
  function* twoArguments(_a: number, _b: number): Generator<undefined, void> {}
  const func = coroutine(twoArguments);
  assertEquals([func.name, func.length], ["twoArguments", 2]);
  assertEquals([isCoroutineFunction(twoArguments), isCoroutineFunction(func), isCoroutineFunction(func(1, 2))], [
    false,
    true,
    false,
  ]);
});

test("coroutine returns by return (test_async_return, test_async_early_return, test_async_return_no_value)", async () => {
  const func = coroutine(function* (early: boolean) {
    if (early) return 1;
    yield moment;
    return 2;
  });
  assertEquals([await func(true), await func(false)], [1, 2]);
  assertEquals(
    await coroutine(function* () {
      yield moment;
      return;
    })(),
    undefined,
  );
});

test("coroutine and async functions wait for each other (test_async_await, test_async_await_mixed_multi_native_future, test_future, test_asyncio_gather)", async () => {
  async function native(): Promise<number> {
    return await addOne(41);
  }
  await coroutine(function* () {
    assertEquals(yield native(), 42);
    assertEquals(yield [native(), addOne(42)], [42, 43]);
    assertEquals(yield Promise.all([addOne(0), addOne(0)]), [1, 1]);
  })();
});

test("coroutine waits for an async function that sleeps not at all (test_asyncio_sleep_zero, test_sleep)", async () => {
  await coroutine(function* () {
    yield sleep(0);
    yield sleep(0.001);
  })();
});

test("coroutine yields withTimeout (test_async_with_timeout)", async () => {
  await coroutine(function* () {
    assertEquals(yield withTimeout({ timeout: 3600 }, addOne(41)), 42);
  })();
});

test("coroutine can throw another error than the one it caught (test_replace_yieldpoint_exception)", async () => {
  const func = coroutine(function* () {
    try {
      yield fail("first");
    } catch {
      throw new SyntaxError("second");
    }
  });
  await assertRejects(() => func(), SyntaxError, "second");
});

test("coroutine can go on after an error (test_swallow_yieldpoint_exception)", async () => {
  const func = coroutine(function* () {
    try {
      yield fail("first");
    } catch {
      yield moment;
      return 42;
    }
    return 0;
  });
  assertEquals(await func(), 42);
});

// In Tornado a coroutine that yields settled futures only does not let others run. A promise always does.
test("coroutine gives way for a moment (test_moment, test_multi_moment)", async () => {
  const calls: string[] = [];
  const func = coroutine(function* (name: string, yieldable: unknown) {
    for (let i = 0; i < 5; i++) {
      calls.push(name);
      yield yieldable;
    }
  });
  const take = () => calls.splice(0).join("");
  await Promise.all([func("a", moment), func("b", moment)]);
  assertEquals(take(), "ababababab");
  await Promise.all([func("a", moment), func("b", Promise.resolve())]);
  assertEquals(take(), "abbbbbaaaa");
  assertEquals(await multi([moment, moment]), [undefined, undefined]);
});

test("coroutine throws the very error of the promise, with the stack it had (test_py3_leak_exception_context)", async () => {
  const error = new RangeError("original");
  const { stack } = error;
  const func = coroutine(function* () {
    yield Promise.reject(error);
  });
  const thrown = await func().catch((caught: unknown) => caught);
  assertStrictEquals(thrown, error);
  assertEquals([error.stack, error.cause], [stack, undefined]);
});

test("coroutine keeps the values of AsyncLocalStorage (test_propagate, test_reset, test_propagate_to_first_yield_with_native_async_function)", async () => {
  const storage = new AsyncLocalStorage<number>();
  const check = coroutine(function* (x: number) {
    assertEquals(storage.getStore(), x);
    yield;
    assertEquals(storage.getStore(), x);
    yield [sleep(0), moment];
    assertEquals(storage.getStore(), x);
    yield Promise.reject(new Error()).catch(() => {});
    assertEquals(storage.getStore(), x);
  });
  async function native(x: number): Promise<void> {
    await check(x);
    assertEquals(storage.getStore(), x);
  }
  const outer = coroutine(function* (x: number) {
    yield native(x);
    yield check(x);
    yield storage.run(x + 10, () => check(x + 10));
    assertEquals(storage.getStore(), x);
  });
  await Promise.all([1, 2, 3, 4].map((x) => storage.run(x, () => x % 2 === 0 ? outer(x) : native(x))));
  assertEquals(storage.getStore(), undefined);
});

test("coroutine passes this and the arguments on", async () => {
  class Counter {
    #count = 1;
    readonly add: (by: number) => Promise<number> = coroutine(function* (this: Counter, by: number) {
      yield;
      return this.#count += by;
    });
  }
  assertEquals(await new Counter().add(2), 3);
});

test("coroutine runs a finally block when its promise rejects", async () => {
  const order: string[] = [];
  const func = coroutine(function* () {
    try {
      yield fail("x");
    } finally {
      yield moment;
      order.push("cleaned");
    }
  });
  await assertRejects(() => func(), RangeError);
  assertEquals(order, ["cleaned"]);
});

test("coroutine survives a collection of garbage while its promise is pending (test_gc)", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  const { promise, resolve } = Promise.withResolvers<number>();
  const result = withTimeout({ timeout: 30 }, coroutine(() => yieldOf(promise))());
  setImmediate(() => {
    collectGarbage();
    resolve(123);
  });
  assertEquals(await result, 123);
});

function* yieldOf(promise: Promise<number>): Generator<Promise<number>, number, number> {
  return yield promise;
}

// Tornado's GenWebTest.

class Sequence extends RequestHandler {
  @coroutine
  override *get(): Coroutine {
    yield moment;
    this.write("1");
    yield moment;
    this.write("2");
    yield moment;
    this.finish("3");
  }
}

class UnfinishedSequence extends RequestHandler {
  @coroutine
  override *get(): Coroutine {
    yield moment;
    this.write("12");
    yield moment;
    this.write("3");
  }
}

class Prepared extends RequestHandler {
  readonly #chunks: string[] = [];

  @coroutine
  override *prepare(): Coroutine {
    yield moment;
    this.#chunks.push("1");
  }

  @coroutine
  override *get(): Coroutine {
    this.#chunks.push("2");
    const three: string = yield Promise.resolve("3");
    this.write(this.#chunks.join("") + three);
  }
}

class Refused extends RequestHandler {
  @coroutine
  override *prepare(): Coroutine {
    yield moment;
    throw new HTTPError(403);
  }

  override get(): void {
    this.finish("ok");
  }
}

class Native extends RequestHandler {
  override async get(): Promise<void> {
    await moment;
    this.write("ok");
  }
}

class Private extends RequestHandler {
  override getCurrentUser(): string | null {
    return this.getArgument("user", null);
  }

  @authenticated
  @coroutine
  override *post(name: string): Coroutine {
    yield sleep(0);
    this.write(`${name} of ${this.currentUser}`);
  }
}

class Echo extends WebSocketHandler {
  @coroutine
  override *open(): Coroutine {
    yield this.writeMessage("welcome");
  }

  @coroutine
  override *onMessage(message: string | Uint8Array): Coroutine {
    const suffix: string = yield sleep(0).then(() => "!");
    yield this.writeMessage(`${message}${suffix}`);
    throw new Return();
  }
}

const app = new Application([
  ["/sequence", Sequence],
  ["/unfinished", UnfinishedSequence],
  ["/prepared", Prepared],
  ["/refused", Refused],
  ["/native", Native],
  ["/private/(.*)", Private],
  ["/echo", Echo],
], { xsrfCookies: false });

test("coroutine decorates the methods of a handler (test_coroutine_sequence_handler, test_coroutine_unfinished_sequence_handler, test_undecorated_coroutines, test_async_prepare_error_handler, test_native_coroutine_handler)", async (t) => {
  t.expectLog("tornado.access", /^403 GET \/refused/);
  const get = async (path: string) => {
    const response = await app.fetch(new Request(`http://localhost${path}`));
    return [response.status, await response.text()] as const;
  };
  assertEquals(await get("/sequence"), [200, "123"]);
  assertEquals(await get("/unfinished"), [200, "123"]);
  assertEquals(await get("/prepared"), [200, "123"]);
  assertEquals((await get("/refused"))[0], 403);
  assertEquals(await get("/native"), [200, "ok"]);
});

test("coroutine works below another decorator, and gets the arguments of the path", async (t) => {
  t.expectLog("tornado.access", /^403 POST/);
  const post = (query: string) => app.fetch(new Request(`http://localhost/private/page${query}`, { method: "POST" }));
  assertEquals(await (await post("?user=ada")).text(), "page of ada");
  const refused = await post("");
  await refused.body?.cancel();
  assertEquals(refused.status, 403);
});

test("coroutine decorates the methods of a WebSocketHandler", async () => {
  await using server = app.listen(0);
  const client = await websocketConnect(`ws://localhost:${server.port}/echo`);
  await client.writeMessage("one");
  await client.writeMessage("two");
  assertEquals([await client.readMessage(), await client.readMessage(), await client.readMessage()], [
    "welcome",
    "one!",
    "two!",
  ]);
  client.close();
  assertEquals(await client.readMessage(), null);
});
