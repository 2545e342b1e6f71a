// The 31 cases of Tornado's queues_test.py, named in brackets, and what this library adds.
import { assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { coroutine, moment, sleep } from "../../src/concurrency/gen.ts";
import {
  LifoQueue,
  PriorityQueue,
  Queue,
  QueueClosed,
  QueueEmpty,
  QueueFull,
  TimeoutError,
} from "../../src/concurrency/queues.ts";
import { FakeClock, settled } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { follow, states } from "./support.ts";

const SOON = { milliseconds: 10 };

test("Queue.toString counts items, getters, putters and tasks (test_repr_and_str)", () => {
  const queue = new Queue<null>(1);
  queue.get();
  assertEquals(String(queue), "<Queue maxsize=1 getters[1]>");
  queue.put(null);
  queue.put(null);
  queue.put(null);
  assertEquals(String(queue), "<Queue maxsize=1 queue[1] putters[1] tasks=2>");
});

test("Queue gives out what came first (test_order)", () => {
  const queue = new Queue<number>();
  for (const item of [1, 3, 2]) queue.putNowait(item);
  assertEquals([queue.getNowait(), queue.getNowait(), queue.getNowait()], [1, 3, 2]);
});

test("Queue.put waits while the queue is full (test_maxsize)", async () => {
  for (const maxsize of [-1, NaN]) assertThrows(() => new Queue(maxsize), RangeError, String(maxsize));
  const queue = new Queue<number>(2);
  assertEquals([queue.maxsize, queue.empty(), queue.full()], [2, true, false]);
  const puts = [0, 1, 2].map((item) => follow(queue.put(item)));
  await settled();
  assertEquals(states(puts), "ffp");
  assertEquals([queue.empty(), queue.full()], [false, true]);
  assertEquals(await queue.get(), 0);
  await settled();
  assertEquals(states(puts), "fff");
  assertEquals([queue.empty(), queue.full(), queue.qsize()], [false, true, 2]);
});

test("Queue.get takes what is there (test_blocking_get, test_nonblocking_get, test_blocking_put)", async () => {
  const queue = new Queue<number>();
  queue.putNowait(0);
  assertEquals(await queue.get(), 0);
  await queue.put(1);
  assertEquals(queue.getNowait(), 1);
});

test("Queue.getNowait of an empty queue throws (test_nonblocking_get_exception)", () => {
  assertThrows(() => new Queue().getNowait(), QueueEmpty, "the queue is empty");
});

test("Queue.get lets the next putter in (test_get_with_putters)", async () => {
  const queue = new Queue<number>(1);
  queue.putNowait(0);
  const put = queue.put(1);
  assertEquals(await queue.get(), 0);
  await put;
  assertEquals(queue.qsize(), 1);
});

test("Queue.get waits for an item (test_blocking_get_wait)", async () => {
  using clock = new FakeClock();
  const queue = new Queue<number>();
  queue.put(0);
  clock.setTimer(() => queue.putNowait(1), 0.01);
  assertEquals(await queue.get({ timeout: 1 }), 0);
  const waiting = queue.get({ timeout: 1 });
  clock.advance(0.01);
  assertEquals(await waiting, 1);
  assertEquals(clock.timers, 0);
});

test("Queue.get rejects after its time and takes no item (test_get_timeout)", async () => {
  using clock = new FakeClock();
  const queue = new Queue<number>();
  const late = queue.get(SOON);
  const patient = queue.get();
  clock.advance(0.01);
  await assertRejects(() => late, TimeoutError, "none was put in time");
  queue.putNowait(0);
  assertEquals(await patient, 0);
});

test("Queue.get in time leaves no timer (test_get_timeout_preempted)", async () => {
  using clock = new FakeClock();
  const queue = new Queue<number>();
  const waiting = queue.get(SOON);
  queue.put(0);
  assertEquals(clock.timers, 0);
  clock.advance(0.02);
  assertEquals(await waiting, 0);
});

// Tornado drops them at the next get or put, which the cases named here check; here they are dropped at once.
test("Queue drops putters that have timed out (test_get_clears_timed_out_putters, test_put_clears_timed_out_putters)", async () => {
  using clock = new FakeClock();
  const queue = new Queue<number>(1);
  const puts = Array.from({ length: 10 }, (_, i) => follow(queue.put(i, SOON)));
  const last = follow(queue.put(10));
  assertEquals(String(queue), "<Queue maxsize=1 queue[1] putters[10] tasks=1>");
  await clock.advanceAsync(0.02);
  assertEquals(String(queue), "<Queue maxsize=1 queue[1] putters[1] tasks=1>");
  assertEquals(states([...puts, last]), "f" + "r".repeat(9) + "p");
  queue.put(11);
  assertEquals(await queue.get(), 0);
  assertEquals(await queue.get(), 10, "no item of a late putter comes out");
  assertEquals(await queue.get(), 11);
});

test("Queue drops getters that have timed out (test_get_clears_timed_out_getters, test_put_clears_timed_out_getters)", async () => {
  using clock = new FakeClock();
  const queue = new Queue<number>();
  const gets = Array.from({ length: 10 }, () => follow(queue.get(SOON)));
  const last = [follow(queue.get()), follow(queue.get())];
  assertEquals(String(queue), "<Queue maxsize=0 getters[12]>");
  await clock.advanceAsync(0.02);
  assertEquals(String(queue), "<Queue maxsize=0 getters[2]>");
  queue.put(0);
  await settled();
  assertEquals(states([...gets, ...last]), "r".repeat(10) + "fp");
  assertEquals(last[0].value, 0);
});

test("for await takes the items of a queue (test_async_for)", async () => {
  const queue = new Queue<number>();
  for (let i = 0; i < 5; i++) queue.put(i);
  const results: number[] = [];
  for await (const item of queue) {
    results.push(item);
    if (item === 4) break;
  }
  assertEquals(results, [0, 1, 2, 3, 4]);
});

test("Queue.putNowait into a full queue throws (test_nonblocking_put_exception)", () => {
  const queue = new Queue<number>(1);
  queue.put(0);
  assertThrows(() => queue.putNowait(1), QueueFull, "the queue is full with 1 items");
});

test("Queue.put serves getters in their order (test_put_with_getters, test_nonblocking_put_with_getters)", async () => {
  const queue = new Queue<number>();
  const gets = [queue.get(), queue.get(), queue.get(), queue.get()];
  await queue.put(0);
  assertEquals(await gets[0], 0);
  await queue.put(1);
  queue.putNowait(2);
  await moment;
  queue.putNowait(3);
  assertEquals(await Promise.all(gets), [0, 1, 2, 3]);
});

test("Queue.put waits for room (test_blocking_put_wait)", async () => {
  const queue = new Queue<number>(1);
  queue.putNowait(0);
  const puts = [follow(queue.put(0)), follow(queue.put(1))];
  await settled();
  assertEquals(states(puts), "pp");
  queue.get();
  await settled();
  assertEquals(states(puts), "fp");
  queue.get();
  await settled();
  assertEquals(states(puts), "ff");
});

test("Queue.put rejects after its time, and the item was never put (test_put_timeout)", async () => {
  using clock = new FakeClock();
  const queue = new Queue<number>(1);
  queue.putNowait(0);
  const late = queue.put(1, SOON);
  const patient = queue.put(2);
  clock.advance(0.01);
  await assertRejects(() => late, TimeoutError, "the queue stayed full");
  assertEquals(queue.getNowait(), 0);
  assertEquals(await queue.get(), 2);
  await patient;
  queue.taskDone();
  queue.taskDone();
  await queue.join();
});

test("Queue.put in time leaves no timer (test_put_timeout_preempted)", async () => {
  using clock = new FakeClock();
  const queue = new Queue<number>(1);
  queue.putNowait(0);
  const put = queue.put(1, SOON);
  queue.get();
  assertEquals(clock.timers, 0);
  clock.advance(0.02);
  await put;
});

test("Queue rounds a maxsize with a fraction up (test_float_maxsize)", async () => {
  const queue = new Queue<number>(1.3);
  queue.putNowait(0);
  assertEquals([queue.empty(), queue.full()], [false, false]);
  queue.putNowait(1);
  assertEquals(queue.full(), true);
  assertThrows(() => queue.putNowait(2), QueueFull);
  assertEquals(queue.getNowait(), 0);
  await queue.put(2);
  const put = follow(queue.put(3));
  await settled();
  assertEquals(put.state, "pending");
  assertEquals(await queue.get(), 1);
  await settled();
  assertEquals([put.state, queue.full()], ["resolved", true]);
});

for (const QueueClass of [Queue, PriorityQueue, LifoQueue]) {
  const { name } = QueueClass;

  test(`${name}.taskDone refuses to be called too often (test_task_done_underflow)`, () => {
    assertThrows(() => new QueueClass<number>().taskDone(), RangeError, "once for every item");
  });

  test(`${name}.join waits until two workers have done everything (test_task_done)`, async () => {
    const queue = new QueueClass<number>();
    for (let i = 0; i < 100; i++) queue.putNowait(i);
    let sum = 0;
    const worker = coroutine(function* () {
      for (;;) {
        const item: number = yield queue.get();
        sum += item;
        queue.taskDone();
        yield sleep(0);
      }
    });
    const workers = [worker(), worker()];
    await queue.join();
    assertEquals(sum, 4950);
    queue.close();
    for (const done of workers) await assertRejects(() => done, QueueClosed);
  });

  test(`${name}.join ends by taskDone and not by get (test_task_done_delay)`, async () => {
    const queue = new QueueClass<number>();
    queue.putNowait(0);
    const join = follow(queue.join());
    await queue.get();
    await settled();
    assertEquals(join.state, "pending");
    queue.taskDone();
    await settled();
    assertEquals(join.state, "resolved");
  });

  test(`${name}.join does not wait for an empty queue (test_join_empty_queue)`, async () => {
    const queue = new QueueClass<number>();
    await queue.join();
    await queue.join(0);
  });

  test(`${name}.join rejects after its time (test_join_timeout)`, async () => {
    using clock = new FakeClock();
    const queue = new QueueClass<number>();
    queue.put(0);
    const late = queue.join(SOON);
    clock.advance(0.01);
    await assertRejects(() => late, TimeoutError, "Cannot join the queue: 1 of its tasks were not done in time");
    await assertRejects(() => queue.join({ timeout: 0 }), TimeoutError, "Cannot join the queue");
    await assertRejects(
      () => queue.join({ signal: AbortSignal.abort(new RangeError("enough")) }),
      RangeError,
      "enough",
    );
  });
}

test("PriorityQueue gives out the smallest item first (test_order)", async () => {
  const queue = new PriorityQueue<[number, string]>(2);
  queue.putNowait([1, "a"]);
  queue.putNowait([0, "b"]);
  assertEquals(queue.full(), true);
  queue.put([3, "c"]);
  queue.put([2, "d"]);
  assertEquals(queue.getNowait(), [0, "b"]);
  assertEquals(await queue.get(), [1, "a"]);
  assertEquals(queue.getNowait(), [2, "d"]);
  assertEquals(await queue.get(), [3, "c"]);
  assertEquals(queue.empty(), true);
});

test("LifoQueue gives out the newest item first (test_order)", async () => {
  const queue = new LifoQueue<number>(2);
  queue.putNowait(1);
  queue.putNowait(0);
  assertEquals(queue.full(), true);
  queue.put(3);
  queue.put(2);
  assertEquals(queue.getNowait(), 3);
  assertEquals(await queue.get(), 2);
  assertEquals(queue.getNowait(), 0);
  assertEquals(await queue.get(), 1);
  assertEquals(queue.empty(), true);
});

test("Queue passes items from coroutine to coroutine (test_producer_consumer)", async () => {
  const queue = new Queue<number>(3);
  const history: number[] = [];
  const consumer = coroutine(function* () {
    for (;;) {
      history.push(yield queue.get());
      queue.taskDone();
    }
  });
  const producer = coroutine(function* () {
    for (let item = 0; item < 10; item++) yield queue.put(item);
  });
  const consuming = consumer();
  await producer();
  await queue.join();
  assertEquals(history, Array.from({ length: 10 }, (_, i) => i));
  queue.close();
  await assertRejects(() => consuming, QueueClosed);
});

// What this library adds.

test("Queue.get and put decide at once if the time-out is zero or past (test_get_zero_timeout)", async () => {
  using clock = new FakeClock();
  for (const zero of [0, { timeout: 0 }, { milliseconds: 0 }, clock.now() - 1]) {
    const queue = new Queue<number>(1);
    await assertRejects(() => queue.get(zero), TimeoutError);
    await queue.put(1, zero);
    await assertRejects(() => queue.put(2, zero), TimeoutError);
    assertEquals(await queue.get(zero), 1);
    await assertRejects(() => queue.join(zero), TimeoutError);
    assertEquals([String(queue), clock.timers], ["<Queue maxsize=1 tasks=1>", 0]);
  }
});

test("Queue.get and put reject with the reason of their signal", async () => {
  const queue = new Queue<number>(1);
  const controller = new AbortController();
  const { signal } = controller;
  const get = follow(queue.get({ signal }));
  const other = follow(queue.get());
  controller.abort(new RangeError("enough"));
  await queue.put(1);
  await settled();
  assertInstanceOf(get.error, RangeError);
  assertEquals(other.value, 1);
  await queue.put(2);
  await assertRejects(() => queue.get({ signal }), RangeError);
  await assertRejects(() => queue.put(3, { signal }), RangeError);
  assertEquals([queue.getNowait(), queue.qsize()], [2, 0]);
  await assertRejects(() => queue.put(3, { signal }), RangeError);
  assertEquals(queue.qsize(), 0);
});

test("Many callers that wait with one signal share one listener of it", async () => {
  const queue = new Queue<number>();
  const { signal, added, removed, abort } = countListeners();
  const served = [queue.get({ signal }), queue.get({ signal })];
  const cancelled = [queue.get({ signal }), queue.get({ signal, timeout: 60 })].map(follow);
  queue.putNowait(1);
  queue.putNowait(2);
  assertEquals(await Promise.all(served), [1, 2]);
  assertEquals([added(), removed()], [1, 0]);
  abort(new RangeError("enough"));
  await settled();
  assertEquals(states(cancelled), "rr");
  assertEquals([added(), removed(), String(queue)], [1, 1, "<Queue maxsize=0 tasks=2>"]);
});

test("A signal has no listener when nobody waits with it", async () => {
  const queue = new Queue<number>();
  const { signal, added, removed } = countListeners();
  for (let i = 1; i <= 3; i++) {
    const get = queue.get({ signal });
    queue.putNowait(i);
    assertEquals(await get, i);
    assertEquals([added(), removed()], [i, i]);
  }
});

/** A signal, and how often a listener was added to it and removed. */
function countListeners() {
  const controller = new AbortController();
  const { signal } = controller;
  const { addEventListener, removeEventListener } = signal;
  let added = 0;
  let removed = 0;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    added++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    removed++;
    removeEventListener.apply(signal, args);
  };
  const abort = (reason: Error) => controller.abort(reason);
  return { signal, abort, added: () => added, removed: () => removed };
}

test("Queue.get keeps its item if it is cancelled in the turn in which it is served", async () => {
  using clock = new FakeClock();
  const queue = new Queue<string>();
  const controller = new AbortController();
  const served = queue.get({ signal: controller.signal, timeout: 1 });
  const other = follow(queue.get());
  queue.putNowait("first");
  controller.abort();
  clock.advance(1);
  assertEquals(await served, "first");
  assertEquals(other.state, "pending");
});

test("Queue gives the item to the next one if a getter is cancelled in the turn before it is served", async () => {
  const queue = new Queue<string>();
  const controller = new AbortController();
  const cancelled = follow(queue.get({ signal: controller.signal }));
  const other = queue.get();
  controller.abort();
  queue.putNowait("first");
  assertEquals(await other, "first");
  assertEquals(cancelled.state, "rejected");
});

test("Queue.close lets the items be taken, and nothing be put", async () => {
  const queue = new Queue<number>(2);
  queue.putNowait(1);
  queue.putNowait(2);
  const waiting = follow(queue.put(3));
  queue.close();
  queue.close();
  assertEquals(queue.closed, true);
  await settled();
  assertInstanceOf(waiting.error, QueueClosed);
  await assertRejects(() => queue.put(4), QueueClosed, "the queue is closed");
  assertThrows(() => queue.putNowait(4), QueueClosed);
  assertEquals([await queue.get(), queue.getNowait()], [1, 2]);
  await assertRejects(() => queue.get(), QueueClosed);
  assertThrows(() => queue.getNowait(), QueueClosed);
  queue.taskDone();
  queue.taskDone();
  await queue.join();
});

test("Queue.close ends getters and loops that wait", async () => {
  const queue = new Queue<number>();
  const loops = [1, 2].map(async () => {
    const items: number[] = [];
    for await (const item of queue) items.push(item);
    return items;
  });
  const get = follow(queue.get());
  for (let item = 0; item < 5; item++) queue.putNowait(item);
  queue.close();
  const [first, second] = await Promise.all(loops);
  assertEquals([...first, ...second, get.value].toSorted(), [0, 1, 2, 3, 4]);
  await assertRejects(() => queue.get(), QueueClosed);
});

test("for await waits for an item that is a promise, as get does", async () => {
  const queue = new Queue<Promise<string>>();
  queue.putNowait(sleep(0.001).then(() => "slow"));
  queue.putNowait(Promise.resolve("quick"));
  const items: string[] = [];
  for await (const item of queue) if (items.push(await item) === 2) queue.close();
  assertEquals(items, ["slow", "quick"]);
  const taken = new Queue<Promise<string>>();
  taken.putNowait(sleep(0.001).then(() => "slow"));
  assertEquals<unknown>(await taken[Symbol.asyncIterator]().next(), { done: false, value: "slow" });
});

test("for await passes on an item that is a rejected promise, as get does", async () => {
  const queue = new Queue<Promise<number>>();
  queue.putNowait(Promise.reject(new RangeError("the item")));
  await assertRejects(
    async () => {
      for await (const _item of queue) throw new Error("there is no item");
    },
    RangeError,
    "the item",
  );
});

test("a put or get that nobody looks at may reject", async () => {
  using clock = new FakeClock();
  const queue = new Queue<number>(1);
  queue.get(SOON);
  await clock.advanceAsync(1);
  queue.put(1);
  queue.put(2, SOON);
  await clock.advanceAsync(1);
  queue.put(3);
  queue.close();
  queue.put(4);
  queue.getNowait();
  queue.get();
  await settled();
  assertEquals(String(queue), "<Queue maxsize=1 tasks=1>");
});

test("PriorityQueue is stable, and takes an order of its own", () => {
  const byLength = new PriorityQueue<string>({ compare: (a, b) => a.length - b.length });
  for (const word of ["ccc", "b", "aa", "a", "bb", "aaa"]) byLength.putNowait(word);
  assertEquals(Array.from({ length: 6 }, () => byLength.getNowait()), ["b", "a", "aa", "bb", "ccc", "aaa"]);
});

test("PriorityQueue compares as Tornado, and objects in arrays not at all", () => {
  const take = <T>(items: readonly T[]) => {
    const queue = new PriorityQueue<T>();
    for (const item of items) queue.putNowait(item);
    return items.map(() => queue.getNowait());
  };
  assertEquals(take([3, 1, 2, -1, 10]), [-1, 1, 2, 3, 10]);
  assertEquals(take(["b", "a", "ab"]), ["a", "ab", "b"]);
  assertEquals(take([3n, 1n]), [1n, 3n]);
  assertEquals(take([[1, "b"], [1, "a"], [0, "z"], [1]]), [[0, "z"], [1], [1, "a"], [1, "b"]]);
  assertEquals(take([new Date(2), new Date(1)]), [new Date(1), new Date(2)]);
  const jobs = [[1, { job: "x" }], [0, { job: "y" }], [1, { job: "a" }]] as const;
  assertEquals(take(jobs), [jobs[1], jobs[0], jobs[2]]);
});

test("PriorityQueue refuses an item that it cannot compare, and keeps the others", async () => {
  const queue = new PriorityQueue<unknown>({ maxsize: 2 });
  queue.putNowait(1);
  for (const item of ["text", { job: "x" }, [1], null]) {
    assertThrows(() => queue.putNowait(item), TypeError, "without a compare function");
    await assertRejects(() => queue.put(item), TypeError);
  }
  queue.putNowait(2);
  const late = follow(queue.put("text"));
  const good = queue.put(3);
  assertEquals([queue.getNowait(), queue.getNowait()], [1, 2]);
  await good;
  await settled();
  assertInstanceOf(late.error, TypeError);
  assertEquals([queue.getNowait(), queue.empty()], [3, true]);
});

test("PriorityQueue and LifoQueue close as Queue does", async () => {
  for (const queue of [new PriorityQueue<number>(), new LifoQueue<number>()]) {
    queue.putNowait(1);
    queue.close();
    const items: number[] = [];
    for await (const item of queue) items.push(item);
    assertEquals(items, [1]);
  }
});

test("Queue can keep its items in another way: each once", async () => {
  class UniqueQueue extends Queue<string> {
    readonly #set: Set<string> = new Set();
    override qsize(): number {
      return this.#set.size;
    }
    protected override _put(item: string): void {
      this.#set.add(item);
    }
    protected override _get(): string {
      const [item] = this.#set;
      this.#set.delete(item);
      return item;
    }
  }
  const queue = new UniqueQueue(2);
  const get = queue.get();
  for (const item of ["a", "b", "b", "c"]) queue.putNowait(item);
  const waiting = queue.put("c");
  assertEquals([await get, await queue.get(), await queue.get()], ["a", "b", "c"]);
  await waiting;
  assertEquals(queue.empty(), true);
});

test("Queue keeps the order of many items, as it grows and shrinks", () => {
  const queue = new Queue<number>();
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 1000; i++) queue.putNowait(i);
    for (let i = 0; i < 1000; i++) assertEquals(queue.getNowait(), i);
  }
  assertEquals(queue.empty(), true);
});
