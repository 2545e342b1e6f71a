/**
 * Locks and queues beside simple models of them: random steps are done to both, and after each of them all that can be
 * seen of them has to be the same.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { BoundedSemaphore, Lock, type Permit, Semaphore } from "../../src/concurrency/locks.ts";
import { LifoQueue, PriorityQueue, Queue, QueueClosed, QueueEmpty, QueueFull } from "../../src/concurrency/queues.ts";
import { TimeoutError } from "../../src/concurrency/gen.ts";
import { FakeClock, settled } from "../support/fake_clock.ts";
import type { Random } from "../support/random.ts";

/** Steps between two looks at the promises, which need a turn of the event loop. */
const STEPS_PER_TURN = 200;

/** The longest time-out in seconds. */
const MAX_TIMEOUT = 4;

/** Steps after which a new queue or lock takes the place of the one before. */
const STEPS_PER_LIFE = 4000;

/** What a promise came to: the item or `true`, or how it failed. */
type End = number | true | "timeout" | "aborted" | "closed";

/** One caller that waits, for the model and in fact. */
interface Waiting {
  readonly controller: AbortController | null;
  /** Time of the clock at which it times out. */
  readonly due: number;
  /** What the model says that has become of it. */
  expected: End | null;
  /** What has become of it. */
  actual: End | null;
}

class AbortedByTest extends Error {}

/** What the models of queues and locks share: the callers, whose ends are compared. */
class Callers {
  readonly random: Random;
  readonly clock: FakeClock;
  /** Callers whose promises were not compared yet. */
  #open: Waiting[] = [];

  constructor(random: Random, clock: FakeClock) {
    this.random = random;
    this.clock = clock;
  }

  /** Begins a call with random limits. `expected` is its end if the model knows it already. */
  call<T>(
    start: (limits: { timeout: number | null; signal: AbortSignal | null } | null) => Promise<T>,
    toEnd: (result: T) => End,
    expected: (limits: { aborted: boolean; timeout: number | null }) => End | null,
  ): Waiting {
    const kind = this.random.below(8);
    const timeout = kind < 2 ? this.random.below(MAX_TIMEOUT + 1) : null;
    const controller = kind === 1 || kind === 2 || kind === 3 ? new AbortController() : null;
    const aborted = controller !== null && this.random.below(8) === 0;
    if (aborted) controller.abort(new AbortedByTest());
    const waiting: Waiting = {
      controller,
      due: timeout === null ? Infinity : this.clock.monotonic() + timeout,
      expected: expected({ aborted, timeout }),
      actual: null,
    };
    const limits = kind < 4 ? { timeout, signal: controller?.signal ?? null } : null;
    start(limits).then((result) => waiting.actual = toEnd(result), (error) => waiting.actual = endOf(error));
    this.#open.push(waiting);
    return waiting;
  }

  /** Compares the ends of all calls, and forgets those that have ended. */
  async compare(what: string): Promise<void> {
    await settled();
    for (const { actual, expected } of this.#open) {
      // Short of a message for each of a million.
      if (actual !== expected) assertEquals(actual, expected, what);
    }
    this.#open = this.#open.filter(({ expected }) => expected === null);
  }
}

function endOf(error: unknown): End {
  if (error instanceof TimeoutError) return "timeout";
  if (error instanceof AbortedByTest) return "aborted";
  if (error instanceof QueueClosed) return "closed";
  throw error;
}

/** Ends the waiting callers whose time is over. */
function expire(waiting: Waiting[], now: number): void {
  for (const one of waiting.filter(({ due }) => due <= now)) {
    one.expected = "timeout";
    waiting.splice(waiting.indexOf(one), 1);
  }
}

/** Aborts one of the callers that have a signal: one that waits, or one that was served in this very turn. */
function abortOne(random: Random, waiting: Waiting[], served: readonly Waiting[]): void {
  const candidates = [...waiting, ...served].filter(({ controller }) => controller !== null);
  if (candidates.length === 0) return;
  const one = random.pick(candidates);
  one.controller?.abort(new AbortedByTest());
  const index = waiting.indexOf(one);
  if (index < 0) return;
  waiting.splice(index, 1);
  one.expected = "aborted";
}

/** The order in which a queue gives out its items: the index of the next one. */
const ORDERS: Record<string, (items: readonly number[]) => number> = {
  Queue: () => 0,
  LifoQueue: (items) => items.length - 1,
  // The number without its last digits is the priority; the first of the smallest goes first.
  PriorityQueue: (items) => items.findIndex((item) => priority(item) === Math.min(...items.map(priority))),
};

/** Few priorities, so that many items are equal. */
function priority(item: number): number {
  return item % 5;
}

function newQueue(name: string, maxsize: number): Queue<number> {
  if (name === "LifoQueue") return new LifoQueue(maxsize);
  if (name === "PriorityQueue") {
    return new PriorityQueue({ maxsize, compare: (a, b) => priority(a) - priority(b) });
  }
  return new Queue(maxsize);
}

/**
 * Does random steps of put, get, abort, time-out, taskDone and close to queues. Every item is a number of its own.
 *
 * @throws {Error} A queue is not as its model.
 */
export async function runQueueSteps(random: Random, steps: number): Promise<void> {
  using clock = new FakeClock();
  const callers = new Callers(random, clock);
  let nextItem = 0;
  for (let done = 0; done < steps; done += STEPS_PER_LIFE) {
    const name = random.pick(Object.keys(ORDERS));
    const maxsize = random.pick([0, 1, 2, 5]);
    const queue = newQueue(name, maxsize);
    const items: number[] = [];
    const getters: Waiting[] = [];
    const putters: (Waiting & { item: number })[] = [];
    let served: Waiting[] = [];
    let unfinished = 0;
    let closed = false;
    const full = () => maxsize > 0 && items.length >= maxsize;
    const pop = () => items.splice(ORDERS[name](items), 1)[0];
    const store = (item: number) => {
      unfinished++;
      items.push(item);
      const getter = getters.shift();
      if (getter === undefined) return;
      getter.expected = pop();
      served.push(getter);
    };
    const take = () => {
      const putter = putters.shift();
      if (putter !== undefined) {
        unfinished++;
        items.push(putter.item);
        putter.expected = true;
        served.push(putter);
      }
      return pop();
    };
    const actions: (() => void)[] = [
      () => {
        const item = nextItem++;
        const putter = callers.call(
          (limits) => queue.put(item, limits),
          () => true as const,
          ({ aborted, timeout }) => {
            if (closed) return "closed";
            if (aborted) return "aborted";
            if (!full()) return true;
            return timeout === 0 ? "timeout" : null;
          },
        );
        if (putter.expected === true) store(item);
        else if (putter.expected === null) putters.push(Object.assign(putter, { item }));
      },
      () => {
        const getter = callers.call((limits) => queue.get(limits), (item) => item, ({ aborted, timeout }) => {
          if (aborted) return "aborted";
          if (items.length > 0 || putters.length > 0) return take();
          if (closed) return "closed";
          return timeout === 0 ? "timeout" : null;
        });
        if (getter.expected === null) getters.push(getter);
      },
      () => {
        const item = nextItem++;
        const expected = closed ? QueueClosed : full() ? QueueFull : null;
        assertEquals(thrown(() => queue.putNowait(item)), expected);
        if (expected === null) store(item);
      },
      () => {
        const expected = items.length > 0 || putters.length > 0 ? null : closed ? QueueClosed : QueueEmpty;
        let item: number | undefined;
        assertEquals(thrown(() => item = queue.getNowait()), expected);
        if (expected === null) assertEquals(item, take());
      },
      () => abortOne(random, random.below(2) === 0 ? getters : putters, served),
      () => {
        clock.advance(random.below(3) / 2);
        expire(getters, clock.monotonic());
        expire(putters, clock.monotonic());
      },
      () => {
        assertEquals(thrown(() => queue.taskDone()), unfinished > 0 ? null : RangeError);
        if (unfinished > 0) unfinished--;
      },
    ];
    // Puts and gets in turns that prefer one of them, so that queues are full for a while and empty for another.
    let prefer = 0;
    const lifetime = Math.min(STEPS_PER_LIFE, steps - done);
    for (let step = 0; step < lifetime; step++) {
      if (step % 50 === 0) prefer = random.below(2);
      if (step === lifetime - 100) {
        queue.close();
        closed = true;
        for (const one of [...getters.splice(0), ...putters.splice(0)]) one.expected = "closed";
      }
      const action = random.below(10) < 4 ? actions[prefer] : random.pick(actions);
      action();
      const state = `<${name} maxsize=${maxsize}${count("queue", items)}${count("getters", getters)}${
        count("putters", putters)
      }${unfinished > 0 ? ` tasks=${unfinished}` : ""}>`;
      if (String(queue) !== state) assertEquals(String(queue), state, `step ${done + step}`);
      if (step % STEPS_PER_TURN === 0 || step === lifetime - 1) {
        await callers.compare(`${name} at step ${done + step}`);
        served = [];
      }
    }
    while (!queue.empty()) assertEquals(queue.getNowait(), take());
    assertEquals(items.length, 0);
  }
  assertEquals(clock.timers, 0);
}

function count(name: string, things: readonly unknown[]): string {
  return things.length > 0 ? ` ${name}[${things.length}]` : "";
}

function thrown(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error instanceof Error ? error.constructor : error;
  }
  return null;
}

/** The lock of one life of {@linkcode runLockSteps}, as a semaphore. */
interface AnyLock {
  acquire(limits: { timeout: number | null; signal: AbortSignal | null } | null): Promise<Permit>;
  tryAcquire(): Permit | null;
  release(): void;
}

/**
 * Does random steps of acquire, release, abort, time-out and resize to locks and semaphores. The permits are counted.
 *
 * @throws {Error} A lock is not as its model.
 */
export async function runLockSteps(random: Random, steps: number): Promise<void> {
  using clock = new FakeClock();
  const callers = new Callers(random, clock);
  for (let done = 0; done < steps; done += STEPS_PER_LIFE) {
    const kind = random.pick(["Semaphore", "BoundedSemaphore", "Lock"]);
    let size = kind === "Lock" ? 1 : random.below(5);
    const semaphore = kind === "Semaphore" ? new Semaphore(size) : new BoundedSemaphore(size);
    const lock: AnyLock = kind === "Lock" ? new Lock() : semaphore;
    const permits: Permit[] = [];
    const waiting: Waiting[] = [];
    let served: Waiting[] = [];
    let available = size;
    /** Permits that the model has given out, whose promises may not have resolved yet. */
    let used = 0;
    const serve = () => {
      while (available > 0) {
        const one = waiting.shift();
        if (one === undefined) return;
        one.expected = true;
        served.push(one);
        available--;
        used++;
      }
    };
    const actions: (() => void)[] = [
      () => {
        const one = callers.call((limits) => lock.acquire(limits), (permit) => {
          permits.push(permit);
          return true;
        }, ({ aborted, timeout }) => {
          if (aborted) return "aborted";
          if (available > 0) return true;
          return timeout === 0 ? "timeout" : null;
        });
        if (one.expected === true) {
          available--;
          used++;
        } else if (one.expected === null) {
          waiting.push(one);
        }
      },
      () => {
        const permit = lock.tryAcquire();
        assertEquals(permit !== null, available > 0);
        if (permit === null) return;
        permits.push(permit);
        available--;
        used++;
      },
      () => {
        const permit = permits.pop();
        if (permit === undefined) return;
        permit.release();
        if (random.below(2) === 0) permit[Symbol.dispose]();
        used--;
        available++;
        serve();
      },
      () => abortOne(random, waiting, served),
      () => {
        clock.advance(random.below(3) / 2);
        expire(waiting, clock.monotonic());
      },
      () => {
        if (used > 0) return;
        // Nothing is in use: a release makes a permit, or is refused.
        const refused = kind === "Semaphore" ? null : kind === "Lock" ? Error : RangeError;
        assertEquals(thrown(() => lock.release()), refused);
        if (refused === null) {
          available++;
          serve();
        }
      },
      () => {
        if (kind === "Lock" || random.below(4) > 0) return;
        const next = random.below(5);
        semaphore.resize(next);
        available += next - size;
        size = next;
        serve();
      },
    ];
    const lifetime = Math.min(STEPS_PER_LIFE, steps - done);
    for (let step = 0; step < lifetime; step++) {
      random.pick(actions)();
      const state = `[${available > 0 ? `unlocked,value:${available}` : "locked"}${
        waiting.length > 0 ? `,waiters:${waiting.length}` : ""
      }]`;
      if (!String(lock).includes(state)) assertEquals(String(lock), state, `step ${done + step}`);
      if (step % STEPS_PER_TURN === 0 || step === lifetime - 1) {
        await callers.compare(`${kind} at step ${done + step}`);
        served = [];
        assertEquals(permits.length, used);
      }
    }
    clock.advance(MAX_TIMEOUT);
    expire(waiting, clock.monotonic());
    assertEquals(clock.timers, 0);
    // The others have no time-out and would wait for ever.
    for (const one of waiting) one.expected = one.actual = "aborted";
    await callers.compare(`${kind} at its end`);
  }
}
