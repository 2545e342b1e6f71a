// Mistakes with coroutines, locks and queues. Behind each directive stands a part of the message that the compiler
// shows.
import {
  coroutine,
  type CoroutineGenerator,
  multi,
  sleep,
  WaitIterator,
  withTimeout,
} from "../../src/concurrency/gen.ts";
import { type Lock, Semaphore } from "../../src/concurrency/locks.ts";
import { PriorityQueue, type Queue } from "../../src/concurrency/queues.ts";

// A time-out is a deadline, a duration, or options.

export async function timeouts(queue: Queue<string>, semaphore: Semaphore): Promise<void> {
  // @ts-expect-error: 'timout' does not exist in type
  await queue.get({ timout: 1 });
  // @ts-expect-error: is not assignable to parameter of type 'Timeout | null | undefined'
  await semaphore.acquire("1");
  // @ts-expect-error: Argument of type '{ seconds: number; }' is not assignable to parameter of type 'Timeout'
  await withTimeout({ seconds: 5 }, Promise.resolve(1));
  // @ts-expect-error: Type 'AbortController' is missing the following properties from type 'AbortSignal'
  await queue.put("a", { signal: new AbortController() });
  // @ts-expect-error: Type 'AbortController' is missing the following properties from type 'AbortSignal'
  await sleep(1, { signal: new AbortController() });
}

// Items have the type of the queue.

export async function items(queue: Queue<string>): Promise<void> {
  // @ts-expect-error: Argument of type 'number' is not assignable to parameter of type 'string'
  await queue.put(1);
  // @ts-expect-error: Type 'string' is not assignable to type 'number'
  const item: number = await queue.get();
  // @ts-expect-error: Argument of type 'string' is not assignable to parameter of type 'number'
  for await (const other of queue) take(other, item);
  // @ts-expect-error: Type '(a: string) => boolean' is not assignable to type '(a: string, b: string) => number'
  new PriorityQueue<string>({ compare: (a: string): boolean => a === "" });
  // @ts-expect-error: Property '_put' is protected
  queue._put("past the limit");
}

function take(..._numbers: number[]): void {}

// The lock itself is not the permit, and the promise of the permit is not it either.

export async function permits(lock: Lock): Promise<void> {
  // @ts-expect-error: must be either an object with a '[Symbol.dispose]()' method
  using a = lock;
  // @ts-expect-error: must be either an object with a '[Symbol.dispose]()' method
  using b = lock.acquire();
  using _c = await lock.acquire();
  // @ts-expect-error: must be either an object with a '[Symbol.dispose]()' method
  using d = await new Semaphore().acquire;
  await Promise.all([a, b, d]);
}

// What is waited for.

export async function waits(): Promise<void> {
  // @ts-expect-error: Type 'number' is not assignable to type 'Yieldable'
  await multi([Promise.resolve(1), 2]);
  // @ts-expect-error: Type 'string' is not assignable to type 'number'
  const [, text]: [number, number] = await multi([Promise.resolve(1), Promise.resolve("a")]);
  // @ts-expect-error: Property 'c' does not exist on type
  take((await multi({ a: Promise.resolve(1), b: Promise.resolve(text) })).c);
  // @ts-expect-error: Type 'string' is not assignable to type 'number'
  const limited: number = await withTimeout(() => Promise.resolve("a"), { timeout: 1 });
  // @ts-expect-error: Argument of type 'number' is not assignable to parameter of type
  take(await new WaitIterator(limited).next());
}

// Coroutines.

export async function coroutines(): Promise<void> {
  const double = coroutine(function* (x: number): CoroutineGenerator<number> {
    return x * (yield Promise.resolve(2));
  });
  // @ts-expect-error: Argument of type 'string' is not assignable to parameter of type 'number'
  await double("1");
  // @ts-expect-error: Type 'number' is not assignable to type 'string'
  const text: string = await double(1);
  // @ts-expect-error: Argument of type 'Promise<number>' is not assignable to parameter of type 'number'
  take(Number(text), double(1));
}

export class Decorated {
  // @ts-expect-error: Type 'Promise<number>' is not assignable to type 'number'
  @coroutine
  plain(): number {
    return 1;
  }

  // @ts-expect-error: Type 'Promise<AsyncGenerator<number, void, void>>' is missing
  @coroutine
  async *asynchronous(): AsyncGenerator<number, void, void> {
    yield await Promise.resolve(1);
  }

  // @ts-expect-error: Unable to resolve signature of property decorator when called as an expression
  @coroutine
  field: number = 1;
}
