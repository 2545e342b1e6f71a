import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { IOLoop, TimeoutError } from "../../src/net/ioloop.ts";
import { FakeClock, settled } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

const loop = IOLoop.current();

/** Resolves when the callbacks added so far have run. */
function turn(): Promise<void> {
  return new Promise((resolve) => loop.addCallback(resolve));
}

test("IOLoop.current and instance are the one loop", () => {
  assertStrictEquals(IOLoop.current(), IOLoop.current());
  assertStrictEquals(IOLoop.instance(), IOLoop.current());
});

test("IOLoop.time is wall-clock seconds", () => {
  using _clock = new FakeClock({ now: 1234.5 });
  assertEquals(loop.time(), 1234.5);
});

test("IOLoop.addCallback runs later, in order, with its arguments", async () => {
  const order: string[] = [];
  loop.addCallback((a: string, b: number) => order.push(a + b), "first", 1);
  loop.addCallback(() => order.push("second"));
  order.push("caller");
  await Promise.resolve();
  assertEquals(order, ["caller"]);
  await turn();
  assertEquals(order, ["caller", "first1", "second"]);
});

test("IOLoop.addCallback is no microtask: ready promises and their chains run first", async () => {
  const order: string[] = [];
  loop.addCallback(() => order.push("callback"));
  let chain = Promise.resolve();
  for (let i = 0; i < 50; i++) chain = chain.then(() => {});
  await chain;
  order.push("chain");
  await turn();
  assertEquals(order, ["chain", "callback"]);
});

test("IOLoop.addCallback from a callback waits for the next turn, and does not keep time-outs out", async () => {
  let turns = 0;
  let over = false;
  const again = () => {
    turns++;
    if (!over) loop.addCallback(again);
  };
  again();
  assertEquals(turns, 1);
  await new Promise<void>((resolve) => void loop.callLater(0.005, resolve));
  over = true;
  await turn();
  assert(turns > 2);
});

test("IOLoop.addCallback logs what a callback throws, and runs the others", async (t) => {
  t.expectLog("tornado.application", /^Exception in callback broken$/);
  t.expectLog("tornado.application", /^Exception in callback \(anonymous\): "a value"$/);
  let ran = false;
  loop.addCallback(function broken() {
    throw new Error("on purpose");
  });
  loop.addCallback((() => () => {
    throw "a value";
  })());
  loop.addCallback(() => ran = true);
  await turn();
  assert(ran);
  const record = t.logs.find((record) => record.getMessage().endsWith("broken"));
  assert(record?.excInfo instanceof Error && record.excInfo.message === "on purpose");
});

test("IOLoop.addCallback awaits and logs a promise that rejects, thenables too, but no cancellation", async (t) => {
  t.expectLog("tornado.application", /^Exception in callback later$/);
  t.expectLog("tornado.application", /^Exception in callback thenable$/);
  loop.addCallback(async function later() {
    await Promise.resolve();
    throw new RangeError("on purpose");
  });
  loop.addCallback(function thenable() {
    return { then: (_: unknown, reject: (error: Error) => void) => reject(new Error("on purpose")) };
  });
  loop.addCallback(() => Promise.reject(new DOMException("stop", "AbortError")));
  loop.addCallback(() => {
    throw new DOMException("stop", "AbortError");
  });
  await turn();
  await turn();
  assertEquals(t.logs.length, 2);
});

test("IOLoop.spawnCallback and addCallbackFromSignal are addCallback", async () => {
  const order: string[] = [];
  loop.spawnCallback((name: string) => order.push(name), "spawned");
  loop.addCallbackFromSignal((name: string) => order.push(name), "from signal");
  loop.addCallback((name: string) => order.push(name), "added");
  assertEquals(order, []);
  await turn();
  assertEquals(order, ["spawned", "from signal", "added"]);
});

test("IOLoop.callLater, callAt and addTimeout count seconds, and pass arguments", () => {
  using clock = new FakeClock({ now: 1000 });
  const fired: [string, number][] = [];
  const note = (name: string) => fired.push([name, clock.monotonic()]);
  loop.callLater(3, note, "later");
  loop.callAt(1001, note, "at");
  loop.addTimeout(1004, note, "absolute");
  loop.addTimeout({ milliseconds: 1500 }, note, "milliseconds");
  loop.addTimeout(Temporal.Duration.from({ seconds: 4, milliseconds: 500 }), note, "Temporal");
  clock.advance(10);
  assertEquals(fired, [["at", 1], ["milliseconds", 1.5], ["later", 3], ["absolute", 4], ["Temporal", 4.5]]);
});

test("IOLoop.callAt with a time that has passed runs in the next turn, never synchronously", () => {
  using clock = new FakeClock({ now: 1000 });
  let ran = 0;
  loop.callAt(-5, () => ran++);
  loop.callLater(-5, () => ran++);
  loop.addTimeout(0, () => ran++);
  loop.addTimeout({ milliseconds: -1 }, () => ran++);
  assertEquals(ran, 0);
  clock.advance(0);
  assertEquals(ran, 4);
});

test("IOLoop.callLater: time-outs of the same deadline run in the order of the calls", () => {
  using clock = new FakeClock();
  const order: number[] = [];
  for (let i = 0; i < 5; i++) loop.callLater(1, (n: number) => order.push(n), i);
  clock.advance(1);
  assertEquals(order, [0, 1, 2, 3, 4]);
});

test("IOLoop.addTimeout refuses what is neither a number nor a duration", () => {
  // deno-lint-ignore no-explicit-any -- what a program without types might pass
  for (const deadline of ["1", null, undefined, {}, [], new Date(), { milliseconds: "1" }] as any[]) {
    assertThrows(() => loop.addTimeout(deadline, () => {}), TypeError, "Unsupported deadline");
  }
});

test("IOLoop.removeTimeout prevents a time-out, and is safe after it ran and when repeated", () => {
  using clock = new FakeClock();
  let ran = 0;
  const [kept, removed] = [loop.callLater(1, () => ran++), loop.callLater(1, () => ran++)];
  loop.removeTimeout(removed);
  loop.removeTimeout(removed);
  clock.advance(2);
  assertEquals([ran, kept.active, removed.active], [1, false, false]);
  loop.removeTimeout(kept);
  assertEquals(clock.timers, 0);
});

test("IOLoop.removeTimeout from another callback of the same time", () => {
  using clock = new FakeClock();
  let ran = 0;
  loop.callLater(1, () => loop.removeTimeout(second));
  const second = loop.callLater(1, () => ran++);
  clock.advance(2);
  assertEquals(ran, 0);
});

test("IOLoop.callLater logs what a callback fails with, at once or later", async (t) => {
  using clock = new FakeClock();
  t.expectLog("tornado.application", /^Exception in callback broken$/);
  t.expectLog("tornado.application", /^Exception in callback rejected$/);
  loop.callLater(1, function broken() {
    throw new Error("on purpose");
  });
  loop.callLater(1, function rejected() {
    return Promise.reject(new Error("on purpose"));
  });
  clock.advance(1);
  await settled();
});

test("IOLoop.callLater takes days beyond 2^31 ms on the real clock", async () => {
  let ran = false;
  const handle = loop.callLater(2 ** 31 / 1000 + 1, () => ran = true);
  await new Promise<void>((resolve) => void loop.callLater(0.005, resolve));
  loop.removeTimeout(handle);
  assert(!ran);
});

test("IOLoop.addFuture gives the settled promise to the callback, in a turn of the loop", async (t) => {
  t.expectLog("tornado.application", /^Exception in callback takes$/);
  const results: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<number>();
  loop.addFuture(promise, async (future) => results.push(await future));
  const failure = Promise.reject(new Error("on purpose"));
  loop.addFuture(failure, (future) => future.catch((error) => results.push(error.message)));
  loop.addFuture(failure, async function takes(future) {
    await future;
  });
  // A rejection nobody looks at counts as handled.
  loop.addFuture(failure, () => results.push("seen"));
  resolve(42);
  await promise;
  assertEquals(results, []);
  await turn();
  await turn();
  assertEquals(results.length, 3);
  assertEquals(new Set(results), new Set([42, "on purpose", "seen"]));
});

test("IOLoop.start resolves on stop, and both may be used again", async () => {
  for (let i = 0; i < 2; i++) {
    let stopped = false;
    const started = loop.start().then(() => stopped = true);
    assertStrictEquals(loop.start(), loop.start());
    await turn();
    assert(!stopped);
    loop.stop();
    await started;
  }
});

test("IOLoop.stop before start makes start resolve after one turn", async () => {
  loop.stop();
  let ran = false;
  loop.addCallback(() => ran = true);
  await loop.start();
  assert(ran);
  let resolved = false;
  const started = loop.start().then(() => resolved = true);
  await turn();
  assert(!resolved);
  loop.stop();
  await started;
});

test("IOLoop.runSync runs in a turn of the loop and resolves with the result", async () => {
  let ran = false;
  const result = loop.runSync(() => {
    ran = true;
    return Promise.resolve("done");
  });
  assert(!ran);
  assertEquals(await result, "done");
  assertEquals(await loop.runSync(() => 42), 42);
});

test("IOLoop.runSync rejects with what the function fails with", async () => {
  await assertRejects(() => loop.runSync(() => Promise.reject(new RangeError("later"))), RangeError, "later");
  const thrower = (): number => {
    throw new RangeError("at once");
  };
  await assertRejects(() => loop.runSync(thrower, { timeout: 5 }), RangeError, "at once");
});

test("IOLoop.runSync times out with Tornado's words, aborts its signal, and lets the rest run", async () => {
  using clock = new FakeClock();
  const { promise, resolve } = Promise.withResolvers<AbortSignal>();
  const result = loop.runSync((signal) => {
    resolve(signal);
    return new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  }, { timeout: 1.5 });
  const signal = await promise;
  assert(!signal.aborted);
  clock.advance(1.5);
  const error = await assertRejects(() => result, TimeoutError, "Operation timed out after 1.5 seconds");
  assertStrictEquals(signal.reason, error);
});

test("IOLoop.runSync logs an error that comes after its time-out", async (t) => {
  t.expectLog("tornado.application", /^Exception in runSync after its time-out$/);
  using clock = new FakeClock();
  const { promise, reject } = Promise.withResolvers<void>();
  const result = loop.runSync(() => promise, { timeout: 1 });
  await turn();
  clock.advance(1);
  await assertRejects(() => result, TimeoutError);
  reject(new Error("late"));
  await settled();
});

test("IOLoop.runSync leaves no timer behind", async () => {
  using clock = new FakeClock();
  await loop.runSync(() => {}, { timeout: 100 });
  await loop.runSync(() => {});
  await loop.runSync(() => Promise.reject(new Error("x")), { timeout: 1 }).catch(() => {});
  assertEquals(clock.timers, 0);
});

test("IOLoop.start and runSync keep the process alive, and end it in order", async () => {
  const module = new URL("../../src/net/ioloop.ts", import.meta.url);
  const code = `
    import { IOLoop } from "${module}";
    const loop = IOLoop.current();
    const id = setTimeout(() => loop.stop(), 50);
    Deno.unrefTimer(id);
    await loop.start();
    const { promise, resolve } = Promise.withResolvers();
    Deno.unrefTimer(setTimeout(resolve, 50));
    await loop.runSync(() => promise);
    console.log("end");`;
  const { code: status, stdout } = await new Deno.Command(Deno.execPath(), { args: ["eval", code] }).output();
  assertEquals([status, new TextDecoder().decode(stdout).trim()], [0, "end"]);
});

test("IOLoop.addSignalCallback runs in the loop each time, until it is removed", async () => {
  if (Deno.build.os === "windows") return;
  const received: string[] = [];
  let next = Promise.withResolvers<void>();
  const remove = loop.addSignalCallback("SIGUSR2", (name: string) => {
    received.push(name);
    next.resolve();
  }, "again");
  // A signal listener alone would not keep the event loop running.
  const running = loop.start();
  for (let i = 0; i < 2; i++) {
    Deno.kill(Deno.pid, "SIGUSR2");
    await next.promise;
    next = Promise.withResolvers<void>();
  }
  loop.stop();
  await running;
  remove();
  remove();
  assertEquals(received, ["again", "again"]);
  assertThrows(() => loop.addSignalCallback("SIGKILL", () => {}), TypeError);
});
