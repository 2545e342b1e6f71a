// The 40 cases of Tornado's locks_test.py, named in brackets, and what this library adds.
import {
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { BadYieldError, coroutine, sleep } from "../../src/concurrency/gen.ts";
import { BoundedSemaphore, Condition, Event, Lock, Semaphore, TimeoutError } from "../../src/concurrency/locks.ts";
import { FakeClock, settled } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { follow, states } from "./support.ts";

const SOON = { milliseconds: 10 };

/** Notes what each `wait` resolves with: its name, or that it timed out. */
function record(history: unknown[], waiting: Promise<boolean>, name: unknown): void {
  waiting.then((notified) => history.push(notified ? name : "timeout"));
}

test("Condition.toString counts the waiters (test_repr)", () => {
  const condition = new Condition();
  assertEquals(String(condition), "<Condition>");
  condition.wait();
  assertEquals(String(condition), "<Condition waiters[1]>");
});

test("Condition.notify wakes a waiter (test_notify)", async () => {
  using clock = new FakeClock();
  const condition = new Condition();
  clock.setTimer(() => condition.notify(), 0.01);
  const waiting = condition.wait();
  clock.advance(0.01);
  assertEquals(await waiting, true);
});

test("Condition.notify wakes as many waiters as it is told to, in their order (test_notify_1, test_notify_n)", async () => {
  const condition = new Condition();
  const history: unknown[] = [];
  for (let i = 0; i < 8; i++) record(history, condition.wait(), i);
  for (const [n, woken] of [[1, 1], [1, 2], [3, 5], [0, 5], [-1, 5], [1, 6], [9, 8]] as const) {
    const before = history.length;
    condition.notify(n);
    assertEquals(history.length, before, "it does not wake within the call");
    await settled();
    assertEquals(history, Array.from({ length: woken }, (_, i) => i));
  }
});

test("Condition.notifyAll wakes everybody (test_notify_all)", async () => {
  const condition = new Condition();
  const history: unknown[] = [];
  for (let i = 0; i < 4; i++) record(history, condition.wait(), i);
  condition.notifyAll();
  await settled();
  assertEquals(history, [0, 1, 2, 3]);
});

test("Condition.wait is false after its time, and a later notify is not for it (test_wait_timeout)", async () => {
  using clock = new FakeClock();
  const condition = new Condition();
  const waiting = condition.wait(SOON);
  clock.advance(0.02);
  condition.notify();
  assertEquals(await waiting, false);
  assertEquals(clock.timers, 0);
});

test("Condition.wait leaves no timer when it is notified in time (test_wait_timeout_preempted)", async () => {
  using clock = new FakeClock();
  const condition = new Condition();
  const waiting = condition.wait({ milliseconds: 20 });
  condition.notify();
  assertEquals(clock.timers, 0);
  clock.advance(0.03);
  assertEquals(await waiting, true);
});

test("Condition.notify does not count a waiter that has timed out (test_notify_n_with_timeout)", async () => {
  using clock = new FakeClock();
  const condition = new Condition();
  const history: unknown[] = [];
  record(history, condition.wait(), 0);
  record(history, condition.wait(SOON), 1);
  record(history, condition.wait(), 2);
  record(history, condition.wait(), 3);
  await clock.advanceAsync(0.02);
  assertEquals(history, ["timeout"]);
  condition.notify(2);
  await settled();
  assertEquals(history, ["timeout", 0, 2]);
  condition.notify();
  await settled();
  assertEquals(history, ["timeout", 0, 2, 3]);
});

test("Condition.notifyAll leaves out a waiter that has timed out (test_notify_all_with_timeout)", async () => {
  using clock = new FakeClock();
  const condition = new Condition();
  const history: unknown[] = [];
  record(history, condition.wait(), 0);
  record(history, condition.wait(SOON), 1);
  record(history, condition.wait(), 2);
  await clock.advanceAsync(0.02);
  condition.notifyAll();
  await settled();
  assertEquals(history, ["timeout", 0, 2]);
});

test("Condition.notify called by a waiter wakes another one (test_nested_notify)", async () => {
  const condition = new Condition();
  const waiting = [condition.wait(), condition.wait(), condition.wait()];
  waiting[1].then(() => condition.notify());
  condition.notify(2);
  assertEquals(await Promise.all(waiting), [true, true, true]);
});

test("Condition drops the waiters that have timed out (test_garbage_collection)", async () => {
  using clock = new FakeClock();
  const condition = new Condition();
  for (let i = 0; i < 101; i++) condition.wait(SOON);
  const last = condition.wait();
  assertEquals(String(condition), "<Condition waiters[102]>");
  clock.advance(0.02);
  assertEquals(String(condition), "<Condition waiters[1]>");
  condition.notify();
  assertEquals(await last, true);
});

test("Event.toString says set or clear (test_repr)", () => {
  const event = new Event();
  assertEquals(String(event), "<Event clear>");
  event.set();
  assertEquals(String(event), "<Event set>");
});

test("Event.wait ends when the event is set, and waits again after clear (test_event)", async () => {
  const event = new Event();
  const waits = [follow(event.wait())];
  event.set();
  waits.push(follow(event.wait()));
  event.clear();
  waits.push(follow(event.wait()));
  await settled();
  assertEquals(states(waits), "ffp");
});

test("Event.wait rejects after its time, and works later (test_event_timeout)", async () => {
  using clock = new FakeClock();
  const event = new Event();
  const late = event.wait(SOON);
  clock.advance(0.01);
  await assertRejects(() => late, TimeoutError, "the event was not set in time");
  const waiting = event.wait({ timeout: 1 });
  event.set();
  await waiting;
  assertEquals(clock.timers, 0);
});

test("Event.set may be called twice (test_event_set_multiple)", () => {
  const event = new Event();
  event.set();
  event.set();
  assertEquals(event.isSet(), true);
});

test("Event.set wakes waiters from before and after a clear (test_event_wait_clear)", async () => {
  const event = new Event();
  const first = event.wait();
  event.clear();
  const second = event.wait();
  event.set();
  await Promise.all([first, second]);
});

test("Semaphore refuses a number of permits that is none (test_negative_value)", () => {
  for (const value of [-1, 0.5, NaN, Infinity]) {
    assertThrows(() => new Semaphore(value), RangeError, String(value));
    assertThrows(() => new Semaphore().resize(value), RangeError, String(value));
  }
});

test("Semaphore.toString tells permits and waiters (test_repr)", () => {
  const semaphore = new Semaphore();
  assertEquals(String(semaphore), "<Semaphore [unlocked,value:1]>");
  semaphore.acquire();
  assertEquals(String(semaphore), "<Semaphore [locked]>");
  semaphore.acquire();
  assertEquals(String(semaphore), "<Semaphore [locked,waiters:1]>");
});

test("Semaphore.release hands the permit to the one who waits longest (test_acquire)", async () => {
  const semaphore = new Semaphore();
  const acquired = [follow(semaphore.acquire()), follow(semaphore.acquire()), follow(semaphore.acquire())];
  await settled();
  assertEquals(states(acquired), "fpp");
  semaphore.release();
  await settled();
  assertEquals(states(acquired), "ffp");
  semaphore.release();
  semaphore.release();
  acquired.push(follow(semaphore.acquire()));
  await settled();
  assertEquals(states(acquired), "ffff");
  assertEquals([semaphore.available, semaphore.waiting], [0, 0]);
});

test("Semaphore.acquire rejects after its time and takes no permit (test_acquire_timeout)", async () => {
  using clock = new FakeClock();
  const semaphore = new Semaphore(2);
  await semaphore.acquire();
  await semaphore.acquire();
  const late = semaphore.acquire(SOON);
  clock.advance(0.02);
  semaphore.release();
  await assertRejects(() => late, TimeoutError, "none was released in time");
  await semaphore.acquire();
  const next = follow(semaphore.acquire());
  await settled();
  assertEquals(next.state, "pending");
  semaphore.release();
  await settled();
  assertEquals(next.state, "resolved");
});

test("Semaphore.acquire in time leaves no timer (test_acquire_timeout_preempted)", async () => {
  using clock = new FakeClock();
  const semaphore = new Semaphore(1);
  await semaphore.acquire();
  const acquired = semaphore.acquire({ milliseconds: 20 });
  semaphore.release();
  assertEquals(clock.timers, 0);
  clock.advance(0.03);
  await acquired;
});

test("Semaphore.release may come before any acquire (test_release_unacquired)", async () => {
  const semaphore = new Semaphore();
  semaphore.release();
  semaphore.release();
  const acquired = Array.from({ length: 4 }, () => follow(semaphore.acquire()));
  await settled();
  assertEquals(states(acquired), "fffp");
});

test("Semaphore drops the waiters that have timed out (test_garbage_collection)", async () => {
  using clock = new FakeClock();
  const semaphore = new Semaphore(0);
  const late = Array.from({ length: 101 }, () => follow(semaphore.acquire(SOON)));
  const last = follow(semaphore.acquire());
  assertEquals(semaphore.waiting, 102);
  await clock.advanceAsync(0.02);
  assertEquals(semaphore.waiting, 1);
  semaphore.release();
  await settled();
  assertEquals(states([...late, last]), "r".repeat(101) + "f");
});

test("Permit is released at the end of a block (test_context_manager, test_context_manager_async_await)", async () => {
  const semaphore = new Semaphore();
  {
    using _permit = await semaphore.acquire();
    assertEquals(semaphore.available, 0);
  }
  assertEquals(semaphore.available, 1);
  {
    await using _permit = await semaphore.acquire();
    assertEquals(semaphore.available, 0);
  }
  assertEquals(semaphore.available, 1);
});

test("Permit is released when the block throws (test_context_manager_exception)", async () => {
  const semaphore = new Semaphore();
  await assertRejects(async () => {
    using _permit = await semaphore.acquire();
    throw new RangeError("in the block");
  }, RangeError);
  assertEquals(semaphore.available, 1);
});

test("Permit with a time-out (test_context_manager_timeout, test_context_manager_timeout_error)", async () => {
  using clock = new FakeClock();
  const semaphore = new Semaphore();
  {
    using _permit = await semaphore.acquire(SOON);
  }
  assertEquals([semaphore.available, clock.timers], [1, 0]);
  using _permit = await semaphore.acquire();
  const late = semaphore.acquire(SOON);
  clock.advance(0.01);
  await assertRejects(() => late, TimeoutError);
  assertEquals([semaphore.available, semaphore.waiting], [0, 0]);
});

test("Semaphore lets coroutines in one after the other (test_context_manager_contended)", async () => {
  const semaphore = new Semaphore();
  const history: string[] = [];
  const work = coroutine(function* (name: string) {
    using _permit = yield semaphore.acquire();
    history.push(`${name} in`);
    yield sleep(0.001);
    history.push(`${name} out`);
  });
  await Promise.all([work("a"), work("b")]);
  assertEquals(history, ["a in", "a out", "b in", "b out"]);
});

test("Semaphore and Lock themselves cannot be yielded (test_yield_sem, test_yield_lock)", async () => {
  for (const wrong of [new Semaphore(), new Lock()]) {
    const work = coroutine(function* () {
      yield wrong;
    });
    await assertRejects(() => work(), BadYieldError);
  }
});

test("Semaphore and Lock themselves are not disposable (test_context_manager_misuse, and test_context_manager_misuse of LockTests)", () => {
  for (const wrong of [new Semaphore(), new Lock()]) assertEquals(Symbol.dispose in wrong, false);
});

test("BoundedSemaphore refuses the release of a permit that is not in use (test_release_unacquired)", async () => {
  const semaphore = new BoundedSemaphore();
  assertThrows(() => semaphore.release(), RangeError, "no permit is in use");
  await semaphore.acquire();
  const second = semaphore.acquire();
  semaphore.release();
  await second;
  semaphore.release();
  assertThrows(() => semaphore.release(), RangeError);
  assertEquals(semaphore.available, 1);
});

test("Lock.toString shows its semaphore (test_repr)", () => {
  const lock = new Lock();
  assertEquals(String(lock), "<Lock _block=<BoundedSemaphore [unlocked,value:1]>>");
  lock.acquire();
  assertMatch(String(lock), /\[locked\]/);
});

test("Lock.acquire waits for release (test_acquire_release)", async () => {
  const lock = new Lock();
  const acquired = [follow(lock.acquire()), follow(lock.acquire())];
  await settled();
  assertEquals(states(acquired), "fp");
  lock.release();
  await settled();
  assertEquals(states(acquired), "ff");
});

test("Lock is given in the order of the calls (test_acquire_fifo, test_acquire_fifo_async_with)", async () => {
  const lock = new Lock();
  const held = await lock.acquire();
  const history: number[] = [];
  const generator = coroutine(function* (i: number) {
    using _permit = yield lock.acquire();
    history.push(i);
  });
  async function native(i: number): Promise<void> {
    using _permit = await lock.acquire();
    history.push(i);
  }
  const all = Array.from({ length: 10 }, (_, i) => i % 2 === 0 ? generator(i) : native(i));
  held.release();
  await Promise.all(all);
  assertEquals(history, Array.from({ length: 10 }, (_, i) => i));
});

test("Lock.acquire rejects after its time, and the lock stays locked (test_acquire_timeout)", async () => {
  using clock = new FakeClock();
  const lock = new Lock();
  await lock.acquire();
  const late = lock.acquire(SOON);
  clock.advance(0.01);
  await assertRejects(() => late, TimeoutError);
  assertEquals(lock.tryAcquire(), null);
});

test("Lock.release refuses to unlock twice (test_multi_release)", async () => {
  const lock = new Lock();
  assertThrows(() => lock.release(), Error, "nobody holds it");
  await lock.acquire();
  lock.release();
  assertThrows(() => lock.release(), Error, "nobody holds it");
});

// What this library adds.

test("Permit releases once, whatever it is told", async () => {
  const semaphore = new Semaphore(1);
  {
    using permit = await semaphore.acquire();
    permit.release();
    permit.release();
  }
  assertEquals(semaphore.available, 1);
});

test("Semaphore.acquire decides at once if the time-out is zero or past", async () => {
  using clock = new FakeClock();
  const semaphore = new Semaphore(1);
  for (const zero of [0, { timeout: 0 }, { timeout: -1 }, { milliseconds: 0 }, clock.now()]) {
    const permit = await semaphore.acquire(zero);
    await assertRejects(() => semaphore.acquire(zero), TimeoutError);
    assertEquals([semaphore.waiting, clock.timers], [0, 0]);
    permit.release();
  }
});

test("Condition.wait and Event.wait decide at once if the time-out is zero", async () => {
  using clock = new FakeClock();
  assertEquals(await new Condition().wait(0), false);
  assertEquals(await new Condition().wait({ timeout: 0 }), false);
  const event = new Event();
  await assertRejects(() => event.wait(0), TimeoutError);
  event.set();
  await event.wait(0);
  assertEquals(clock.timers, 0);
});

test("Semaphore.acquire takes a deadline, a duration, or seconds in options", async () => {
  using clock = new FakeClock();
  const semaphore = new Semaphore(0);
  const kinds = [clock.now() + 2, Temporal.Duration.from({ seconds: 2 }), { milliseconds: 2000 }, { timeout: 2 }];
  const acquired = kinds.map((timeout) => follow(semaphore.acquire(timeout)));
  const patient = follow(semaphore.acquire({ timeout: null }));
  await clock.advanceAsync(1.9);
  assertEquals(states(acquired), "pppp");
  await clock.advanceAsync(0.2);
  assertEquals(states(acquired), "rrrr");
  assertEquals(patient.state, "pending");
});

test("a wait refuses a time-out of another kind, even if it has not to wait", () => {
  const semaphore = new Semaphore(0);
  const condition = new Condition();
  const events = [new Event(), new Event()];
  events[0].set();
  // What a program without types passes.
  for (const wrong of ["1", { timeout: "1" }, true, NaN, { timeout: NaN }]) {
    assertThrows(() => Reflect.apply(semaphore.acquire, semaphore, [wrong]), TypeError, "Unsupported time-out");
    assertThrows(() => Reflect.apply(condition.wait, condition, [wrong]), TypeError, "Unsupported time-out");
    for (const event of events) {
      assertThrows(() => Reflect.apply(event.wait, event, [wrong]), TypeError, "Unsupported time-out");
    }
  }
  assertThrows(() => Reflect.apply(semaphore.acquire, semaphore, [{ signal: 1 }]), TypeError, "not an AbortSignal: 1");
  assertEquals(semaphore.waiting, 0);
});

test("a wait rejects with the reason of its signal, and leaves nothing behind", async () => {
  using clock = new FakeClock();
  const semaphore = new Semaphore(0);
  const waits: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
    semaphore: (signal) => semaphore.acquire({ signal, timeout: 5 }),
    lock: (signal) => {
      const lock = new Lock();
      lock.acquire();
      return lock.acquire({ signal, timeout: 5 });
    },
    event: (signal) => new Event().wait({ signal, timeout: 5 }),
    condition: (signal) => new Condition().wait({ signal, timeout: 5 }),
  };
  for (const [name, wait] of Object.entries(waits)) {
    const controller = new AbortController();
    const waiting = follow(wait(controller.signal));
    assertEquals(clock.timers, 1, name);
    controller.abort(new RangeError(name));
    await settled();
    assertInstanceOf(waiting.error, RangeError, name);
    assertEquals([clock.timers, semaphore.waiting], [0, 0], name);
  }
});

test("a wait whose signal has aborted takes nothing, even if it could", async () => {
  const semaphore = new Semaphore(1);
  const event = new Event();
  event.set();
  const signal = AbortSignal.abort();
  await assertRejects(() => semaphore.acquire({ signal }), DOMException);
  await assertRejects(() => event.wait({ signal }), DOMException);
  assertEquals(semaphore.available, 1);
});

test("Semaphore loses no permit if a waiter is cancelled in the turn in which it is served", async () => {
  using clock = new FakeClock();
  const semaphore = new Semaphore(1);
  const held = await semaphore.acquire();
  const controller = new AbortController();
  const served = semaphore.acquire({ signal: controller.signal, timeout: 1 });
  const behind = follow(semaphore.acquire());
  held.release();
  controller.abort();
  clock.advance(1);
  const permit = await served;
  assertEquals(behind.state, "pending");
  permit.release();
  await settled();
  assertEquals(behind.state, "resolved");
});

test("Semaphore gives no permit to one who is cancelled in the turn before it is served", async () => {
  const semaphore = new Semaphore(1);
  const held = await semaphore.acquire();
  const controller = new AbortController();
  const cancelled = follow(semaphore.acquire({ signal: controller.signal }));
  const behind = follow(semaphore.acquire());
  controller.abort();
  held.release();
  await settled();
  assertEquals(states([cancelled, behind]), "rf");
});

test("Semaphore lets nobody in between a release and the one it is for", async () => {
  const semaphore = new Semaphore(1);
  const held = await semaphore.acquire();
  const waiting = semaphore.acquire();
  held.release();
  assertEquals(semaphore.tryAcquire(), null);
  await waiting;
});

test("Semaphore.resize adds permits, and waits for those in use before it has fewer", async () => {
  const semaphore = new Semaphore(1);
  const first = await semaphore.acquire();
  const waiting = [follow(semaphore.acquire()), follow(semaphore.acquire()), follow(semaphore.acquire())];
  semaphore.resize(3);
  await settled();
  assertEquals(states(waiting), "ffp");
  semaphore.resize(1);
  first.release();
  semaphore.release();
  await settled();
  assertEquals(states(waiting), "ffp", "two more were in use than there are");
  semaphore.release();
  await settled();
  assertEquals(states(waiting), "fff");
  assertEquals(semaphore.available, 0);
});

test("BoundedSemaphore.resize moves the bound", () => {
  const semaphore = new BoundedSemaphore(1);
  semaphore.resize(2);
  assertEquals(semaphore.available, 2);
  assertThrows(() => semaphore.release(), RangeError);
  semaphore.tryAcquire();
  semaphore.tryAcquire();
  semaphore.resize(1);
  semaphore.release();
  semaphore.release();
  assertThrows(() => semaphore.release(), RangeError);
  assertEquals(semaphore.available, 1);
});

test("a wait that nobody looks at may reject", async () => {
  using clock = new FakeClock();
  const controller = new AbortController();
  const semaphore = new Semaphore(0);
  semaphore.acquire(SOON);
  semaphore.acquire({ signal: controller.signal });
  new Event().wait(SOON);
  await clock.advanceAsync(1);
  controller.abort();
  await settled();
  assertEquals(semaphore.waiting, 0);
});

test("an aborted wait does not stay with its signal", async () => {
  const semaphore = new Semaphore(0);
  const controller = new AbortController();
  let listeners = 0;
  const { signal } = controller;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<AbortSignal["addEventListener"]>) => {
    listeners++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<AbortSignal["removeEventListener"]>) => {
    listeners--;
    removeEventListener.apply(signal, args);
  };
  const served = semaphore.acquire({ signal });
  assertEquals(listeners, 1);
  semaphore.release();
  assertStrictEquals(typeof (await served).release, "function");
  assertEquals(listeners, 0);
});
