// The cases of Tornado's gen_test.py about multi, withTimeout and WaitIterator, named in brackets, and what this
// library adds. Those about generators are in coroutine_test.ts. Of its 71 cases 5 have no counterpart: when objects
// are collected as garbage (4), and how asyncio shows a future in its debug mode.
import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import {
  BadYieldError,
  convertYielded,
  maybeFuture,
  moment,
  Multi,
  multi,
  multiFuture,
  sleep,
  TimeoutError,
  WaitIterator,
  withTimeout,
} from "../../src/concurrency/gen.ts";
import { Queue } from "../../src/concurrency/queues.ts";
import { WorkerExecutor } from "../../src/net/ioloop.ts";
import { FakeClock, settled } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { follow, states } from "./support.ts";

const SOON = { milliseconds: 100 };

async function delay<T>(turns: number, value: T): Promise<T> {
  for (let i = 0; i < turns; i++) await moment;
  return value;
}

async function fail(message: string): Promise<never> {
  await moment;
  throw new RangeError(message);
}

test("multi keeps the shape whatever is done first (test_multi_delayed, test_multi_dict_delayed)", async () => {
  assertEquals(await multi([delay(3, "v1"), delay(1, "v2")]), ["v1", "v2"]);
  assertEquals(await multi({ foo: delay(3, "v1"), bar: delay(1, "v2") }), { foo: "v1", bar: "v2" });
  assertEquals(await multi([[delay(2, 1)], { a: delay(1, 2) }, null]), [[1], { a: 2 }, undefined]);
  assertEquals(await multi([]), []);
  assertEquals(await multi({}), {});
  assertStrictEquals(Multi, multi);
  assertStrictEquals(multiFuture, multi);
});

test("multi takes many children (test_multi_performance)", async () => {
  assertEquals((await multi(Array.from({ length: 2000 }, () => moment))).length, 2000);
});

test("multi takes one promise twice (test_multi_future_duplicate)", async () => {
  const twice = delay(1, 2);
  assertEquals(await multi([delay(1, 1), twice, delay(1, 3), twice]), [1, 2, 3, 2]);
});

test("multi rejects with the first error and logs the others (test_multi_exceptions)", async (t) => {
  t.expectLog("tornado.application", /^Multiple exceptions in yield list$/);
  await assertRejects(() => multi([fail("error 1"), fail("error 2")]), RangeError, "error 1");
  assertEquals(t.logs.map(({ excInfo }) => String(excInfo)), ["RangeError: error 2"]);
  await assertRejects(() => multi([fail("error 1"), delay(1, 2)]), RangeError);
  for (const quietExceptions of [RangeError, [SyntaxError, Error]]) {
    await assertRejects(() => multi([fail("error 1"), fail("error 2")], { quietExceptions }), RangeError, "error 1");
  }
  assertEquals(t.logs.length, 1);
});

test("multi waits for all, and rejects in the order of the list and not of time", async () => {
  let done = false;
  const slow = delay(5, null).then(() => {
    done = true;
    throw new SyntaxError("slow");
  });
  await assertRejects(() => multi([slow, fail("fast")], { quietExceptions: RangeError }), SyntaxError, "slow");
  assertEquals(done, true);
});

test("multi refuses a child that it cannot wait for, and looks after the others", async (t) => {
  // @ts-expect-error: Type 'number' is not assignable to type 'Yieldable'
  await assertRejects(() => multi([delay(1, 1), 42]), BadYieldError, "42");
  t.expectLog("tornado.application", /^Multiple exceptions in yield list$/);
  // @ts-expect-error: Type 'number' is not assignable to type 'Yieldable'
  await assertRejects(() => multi({ a: fail("of a"), b: 42 }), RangeError, "of a");
  assertInstanceOf(t.logs[0].excInfo, BadYieldError);
});

test("multi ends when its signal aborts", async (t) => {
  const controller = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const result = follow(multi([promise, delay(1, 1)], { signal: controller.signal }));
  await settled();
  assertEquals(result.state, "pending");
  controller.abort(new RangeError("enough"));
  await settled();
  assertInstanceOf(result.error, RangeError);
  t.expectLog("tornado.application", /^Multiple exceptions in yield list$/);
  reject(new SyntaxError("too late"));
  await settled();
  await assertRejects(() => multi([delay(1, 1)], { signal: controller.signal }), RangeError, "enough");
});

test("multi with a function cancels the others when one fails, and rejects with that error", async () => {
  const signals: AbortSignal[] = [];
  const work = multi((signal) => {
    signals.push(signal);
    return [sleep(3600, { signal }), fail("the second"), sleep(3600, { signal })];
  });
  await assertRejects(() => work, RangeError, "the second");
  assertEquals(signals.map(({ aborted }) => aborted), [true]);
});

test("multi with a function hands its own signal on", async () => {
  const controller = new AbortController();
  const work = follow(multi((signal) => ({ a: sleep(3600, { signal }) }), { signal: controller.signal }));
  controller.abort(new RangeError("enough"));
  await settled();
  assertInstanceOf(work.error, RangeError);
  let called = false;
  const late = multi(() => {
    called = true;
    return [];
  }, { signal: controller.signal });
  await assertRejects(() => late, RangeError, "enough");
  assertEquals(called, false);
  assertEquals(await multi((signal) => ({ a: delay(1, signal.aborted) })), { a: false });
});

test("convertYielded and maybeFuture", async () => {
  const promise = delay(1, 1);
  assertStrictEquals<unknown>(convertYielded(promise), promise);
  assertStrictEquals(convertYielded(null), moment);
  assertThrows(() => convertYielded("text"), BadYieldError, 'neither a promise nor a list nor a record: "text"');
  assertStrictEquals(maybeFuture(promise), promise);
  assertEquals(await maybeFuture(2), 2);
});

test("sleep waits so many seconds, or until its signal aborts", async () => {
  using clock = new FakeClock();
  const controller = new AbortController();
  const sleeps = [follow(sleep(2)), follow(sleep(2, { signal: controller.signal }))];
  await clock.advanceAsync(1.9);
  assertEquals(states(sleeps), "pp");
  controller.abort(new RangeError("wake up"));
  await clock.advanceAsync(0.2);
  assertEquals(states(sleeps), "fr");
  assertEquals(clock.timers, 0);
  await assertRejects(() => sleep(2, { signal: controller.signal }), RangeError, "wake up");
  assertEquals(clock.timers, 0);
});

test("a time that is not a number is refused", () => {
  using clock = new FakeClock();
  for (const [wrong, named] of [[NaN, "NaN"], ["1", '"1"'], [undefined, "undefined"], [{}, "{}"]] as const) {
    assertThrows(() => Reflect.apply(sleep, null, [wrong]), TypeError, `duration, not a number of seconds: ${named}`);
  }
  assertThrows(() => withTimeout({ timeout: NaN }, new Promise(() => {})), TypeError, "{ timeout: NaN }");
  assertThrows(() => withTimeout(NaN, new Promise(() => {})), TypeError, "Unsupported time-out");
  assertThrows(() => withTimeout(() => {}, { milliseconds: NaN }), TypeError, "Unsupported time-out");
  assertThrows(() => Reflect.apply(withTimeout, null, [() => {}, { signal: "stop" }]), TypeError, "not an AbortSignal");
  assertEquals(clock.timers, 0);
});

test("withTimeout rejects after its time (test_timeout)", async () => {
  using clock = new FakeClock();
  const result = follow(withTimeout(SOON, new Promise(() => {})));
  await clock.advanceAsync(0.09);
  assertEquals(result.state, "pending");
  await clock.advanceAsync(0.02);
  assertInstanceOf(result.error, TimeoutError);
});

test("withTimeout gives what comes in time (test_completes_before_timeout, test_fails_before_timeout)", async () => {
  using clock = new FakeClock();
  assertEquals(await withTimeout({ timeout: 3600 }, delay(2, "asdf")), "asdf");
  await assertRejects(() => withTimeout({ timeout: 3600 }, fail("in time")), RangeError, "in time");
  assertEquals(clock.timers, 0);
});

test("withTimeout takes what is there already, even without any time (test_already_resolved, test_completed_concurrent_future)", async () => {
  for (const timeout of [{ timeout: 3600 }, { timeout: 0 }, 0]) {
    assertEquals(await withTimeout(timeout, Promise.resolve("asdf")), "asdf");
  }
  assertEquals(await withTimeout({ timeout: 1 }, [delay(1, 1), { a: delay(1, 2) }]), [1, { a: 2 }]);
});

test("withTimeout waits for another thread (test_normal_concurrent_future)", async () => {
  await using executor = new WorkerExecutor({ maxWorkers: 1 });
  const slow = (milliseconds: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  assertEquals(await withTimeout({ timeout: 3600 }, executor.submit(slow, 10)), "timed-out");
});

test("withTimeout takes a deadline that is past (test_timeout_concurrent_future)", async () => {
  await assertRejects(() => withTimeout(Date.now() / 1000, new Promise(() => {})), TimeoutError);
});

test("withTimeout logs an error that comes after the time-out", async (t) => {
  using clock = new FakeClock();
  const late = async (error: unknown, quietExceptions: typeof Error[] = []) => {
    const { promise, reject } = Promise.withResolvers<never>();
    const result = follow(withTimeout(SOON, promise, { quietExceptions }));
    await clock.advanceAsync(1);
    assertInstanceOf(result.error, TimeoutError);
    reject(error);
    await settled();
  };
  t.expectLog("tornado.application", /^Exception in future after timeout$/);
  await late(new RangeError("late"));
  assertEquals(t.logs.map(({ excInfo }) => String(excInfo)), ["RangeError: late"]);
  await late(new RangeError("late"), [Error]);
  await late(new DOMException("cancelled", "AbortError"));
  assertEquals(t.logs.length, 1);
  t.expectLog("tornado.application", /^Exception in future after timeout: "text"$/);
  await late("text");
});

test("withTimeout with a function cancels it", async () => {
  using clock = new FakeClock();
  const reasons: unknown[] = [];
  const orders = [
    withTimeout((signal) => sleep(3600, { signal }).catch((error) => void reasons.push(error)), { timeout: 1 }),
    withTimeout({ timeout: 1 }, (signal) => sleep(3600, { signal })),
    withTimeout((signal) => sleep(3600, { signal }), clock.now() + 1),
    // One that does not listen.
    withTimeout(() => new Promise(() => {}), { timeout: 1 }),
  ].map((promise) => follow<unknown>(promise));
  await clock.advanceAsync(1);
  assertEquals(states(orders), "frrr", "a function that ends well in spite of the abort has a result");
  for (const { error } of orders.slice(1)) assertInstanceOf(error, TimeoutError);
  assertInstanceOf(reasons[0], TimeoutError);
  assertEquals(clock.timers, 0);
});

test("withTimeout with a function gives its result, and throws what it throws", async () => {
  using clock = new FakeClock();
  assertEquals(await withTimeout(() => 42, { timeout: 1 }), 42);
  assertEquals(await withTimeout({ timeout: 0 }, async () => await delay(0, 42)), 42);
  await assertRejects(() => withTimeout(() => fail("in time"), { timeout: 1 }), RangeError);
  const thrown = withTimeout(() => {
    throw new SyntaxError("in the call");
  }, { timeout: 1 });
  await assertRejects(() => thrown, SyntaxError);
  assertEquals(clock.timers, 0);
});

test("withTimeout ends by a signal as well", async () => {
  using clock = new FakeClock();
  const controller = new AbortController();
  const { signal } = controller;
  const works = [
    withTimeout((signal) => sleep(3600, { signal }), { timeout: 60, signal }),
    withTimeout({ signal }, new Promise(() => {})),
  ].map((promise) => follow<unknown>(promise));
  controller.abort(new RangeError("enough"));
  await settled();
  assertEquals(states(works), "rr");
  for (const { error } of works) assertInstanceOf(error, RangeError);
  let called = false;
  await assertRejects(() => withTimeout(() => called = true, { signal }), RangeError, "enough");
  assertEquals([called, clock.timers], [false, 0]);
});

test("withTimeout loses no item that a queue has given out in the turn of the time-out", async () => {
  using clock = new FakeClock();
  const queue = new Queue<number>();
  const item = withTimeout(async (signal) => await queue.get({ signal }), { timeout: 1 });
  const next = withTimeout(async (signal) => await queue.get({ signal }), { timeout: 1 });
  queue.putNowait(1);
  clock.advance(1);
  queue.putNowait(2);
  assertEquals(await item, 1);
  await assertRejects(() => next, TimeoutError);
  assertEquals(queue.getNowait(), 2);
});

test("withTimeout refuses a time-out of another kind", () => {
  for (const wrong of [undefined, "1", null]) {
    assertThrows(() => Reflect.apply(withTimeout, null, [() => 42, wrong]), TypeError, "Unsupported time-out");
  }
});

test("WaitIterator of nothing is done (test_empty_iterator)", async () => {
  const empty = new WaitIterator();
  assertEquals([empty.done(), empty.currentIndex, empty.currentFuture], [true, null, null]);
  await assertRejects(() => empty.next(), RangeError, "all of them were given out");
  assertThrows(
    () => Reflect.construct(WaitIterator, [Promise.resolve(1), { bar: Promise.resolve(2) }]),
    TypeError,
    "it is not a promise",
  );
});

test("WaitIterator gives settled promises in their order (test_already_done)", async () => {
  const futures = [24, 42, 84].map((value) => Promise.resolve(value));
  const results = new WaitIterator(...futures);
  for (const [i, expected] of [24, 42, 84].entries()) {
    assertEquals(results.done(), false);
    assertEquals(await results.next(), expected);
    assertEquals(results.currentIndex, i);
    assertStrictEquals(results.currentFuture, futures[i]);
  }
  assertEquals([results.done(), results.currentIndex, results.currentFuture], [true, null, null]);

  const named = new WaitIterator({ f1: futures[0], f2: futures[1] });
  const seen: unknown[] = [];
  while (!named.done()) seen.push([await named.next(), named.currentIndex]);
  assertEquals(seen, [[24, "f1"], [42, "f2"]]);
  assertEquals([named.currentIndex, named.currentFuture], [null, null]);
});

/** Four promises, and the function that settles the next one: a value, an error, and two values at once. */
function fourFutures(): { futures: Promise<number>[]; settleNext: () => void } {
  const deferred = Array.from({ length: 4 }, () => Promise.withResolvers<number>());
  const steps = [
    () => deferred[2].resolve(24),
    () => deferred[0].reject(new RangeError("of the first")),
    () => {
      deferred[1].resolve(42);
      deferred[3].resolve(84);
    },
  ];
  return { futures: deferred.map(({ promise }) => promise), settleNext: () => steps.shift()?.() };
}

test("WaitIterator gives results as they come, errors too (test_iterator)", async () => {
  const { futures, settleNext } = fourFutures();
  const results = new WaitIterator(...futures);
  const seen: unknown[] = [];
  while (!results.done()) {
    setImmediate(settleNext);
    const value: unknown = await results.next().catch((error: unknown) => error);
    seen.push([value instanceof RangeError ? "error" : value, results.currentIndex]);
    assertStrictEquals(results.currentFuture, futures[Number(results.currentIndex)]);
  }
  assertEquals(seen, [[24, 2], ["error", 0], [42, 1], [84, 3]]);
});

test("for await over a WaitIterator stops at an error, and another loop goes on (test_iterator_async_await)", async () => {
  const { futures, settleNext } = fourFutures();
  const results = new WaitIterator(...futures);
  const seen: unknown[] = [];
  settleNext();
  await assertRejects(async () => {
    for await (const value of results) {
      seen.push([value, results.currentIndex]);
      settleNext();
    }
  }, RangeError);
  settleNext();
  for await (const value of results) seen.push([value, results.currentIndex]);
  assertEquals(seen, [[24, 2], [42, 1], [84, 3]]);
});

test("WaitIterator is kept by its promise alone (test_no_ref)", async () => {
  assertEquals(await withTimeout({ timeout: 10 }, new WaitIterator(sleep(0)).next()), undefined);
});

test("WaitIterator gives the result of one promise as often as it was given", async () => {
  const once = delay(1, "once");
  const results = new WaitIterator(once, delay(3, "other"), once);
  const seen: unknown[] = [];
  while (!results.done()) seen.push([await results.next(), results.currentIndex]);
  assertEquals(seen, [["once", 0], ["once", 2], ["other", 1]]);
});

test("WaitIterator.next may be called before the one before has ended", async () => {
  const { futures, settleNext } = fourFutures();
  const results = new WaitIterator(...futures);
  const nexts = futures.map(() => follow(results.next()));
  await assertRejects(() => results.next(), RangeError);
  for (let i = 0; i < 3; i++) settleNext();
  await settled();
  assertEquals(nexts.map(({ value }) => value), [24, undefined, 42, 84]);
  assertEquals(states(nexts), "frff");
});
