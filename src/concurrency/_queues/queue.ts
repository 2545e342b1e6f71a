import { handled, isThenable } from "../../internal/promises.ts";
import { TimeoutError } from "../../util/util.ts";
import { isAborted, type Timeout } from "../_limits.ts";
import { RingBuffer } from "../_ring_buffer.ts";
import { type Waiter, WaiterList } from "../_waiters.ts";
import { QueueClosed, QueueEmpty, QueueFull } from "./errors.ts";

/** The promise of a `put` that needed no waiting, which all of them can share. */
const STORED: Promise<void> = Promise.resolve();

/**
 * Passes items from the callers that put them to those that get them, first in, first out (`tornado.queues.Queue`).
 *
 * With a `maxsize`, `put` waits while the queue is full. `for await` takes items until the queue is closed and empty.
 *
 * A subclass keeps the items in another way by overriding `_put`, `_get` and {@linkcode Queue.qsize}, as
 * {@linkcode LifoQueue} does. It keeps them in fields of its own, which is why Tornado's `_init` is not needed.
 *
 * @example
 * ```ts
 * import { Queue } from "@twister/twister/queues";
 * import { assertEquals } from "@std/assert";
 *
 * const queue = new Queue<number>(2);
 * async function produce(): Promise<void> {
 *   for (let i = 1; i <= 4; i++) await queue.put(i);
 *   queue.close();
 * }
 * const squares: number[] = [];
 * async function consume(): Promise<void> {
 *   for await (const item of queue) squares.push(item * item);
 * }
 * await Promise.all([produce(), consume()]);
 * assertEquals(squares, [1, 4, 9, 16]);
 * ```
 */
export class Queue<T> implements AsyncIterable<T> {
  readonly #maxsize: number;
  readonly #items: RingBuffer<T> = new RingBuffer();
  readonly #getters: WaiterList<T> = new WaiterList((waiter) =>
    waiter.fail(new TimeoutError("Cannot get an item: none was put in time"))
  );
  readonly #putters: WaiterList<void, T> = new WaiterList((waiter) =>
    waiter.fail(new TimeoutError("Cannot put the item: the queue stayed full until the time-out"))
  );
  #unfinished = 0;
  readonly #joiners: WaiterList<void> = new WaiterList((waiter) =>
    waiter.fail(new TimeoutError(`Cannot join the queue: ${this.#unfinished} of its tasks were not done in time`))
  );
  #closed = false;

  /**
   * Makes an empty queue.
   *
   * @param maxsize Number of items that the queue holds; 0 means any number.
   * @throws {RangeError} If `maxsize` is negative or not a number.
   */
  constructor(maxsize = 0) {
    if (!(maxsize >= 0)) throw new RangeError(`Cannot make a queue: its maxsize must be 0 or more: ${maxsize}`);
    this.#maxsize = maxsize;
  }

  /** Number of items that the queue holds, 0 if there is no limit. */
  get maxsize(): number {
    return this.#maxsize;
  }

  /** Tells whether {@linkcode Queue.close} was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Returns the number of items in the queue. */
  qsize(): number {
    return this.#items.size;
  }

  /** Returns whether the queue has no item. */
  empty(): boolean {
    return this.qsize() === 0;
  }

  /** Returns whether the queue holds as many items as it may. */
  full(): boolean {
    return this.#maxsize > 0 && this.qsize() >= this.#maxsize;
  }

  /**
   * Puts an item into the queue, as soon as there is room. If the promise rejects, the item is not in the queue.
   *
   * @throws {TimeoutError} If the time-out passes first.
   * @throws {QueueClosed} If the queue is closed, or gets closed before there is room.
   */
  put(item: T, timeout: Timeout | null = null): Promise<void> {
    if (this.#closed) return handled(Promise.reject(closedError("put the item")));
    if (this.full() || isAborted(timeout)) return this.#putters.wait(timeout, item);
    try {
      this.#accept(item);
    } catch (error) {
      return Promise.reject(error);
    }
    return STORED;
  }

  /**
   * Puts an item into the queue without waiting.
   *
   * @throws {QueueFull} If there is no room.
   * @throws {QueueClosed} If the queue is closed.
   */
  putNowait(item: T): void {
    if (this.#closed) throw closedError("put the item");
    if (this.full()) throw new QueueFull(`Cannot put the item: the queue is full with ${this.qsize()} items`);
    this.#accept(item);
  }

  /**
   * Takes the next item, as soon as there is one. If the promise rejects, no item was taken. If an item is a promise,
   * the result is that of the item.
   *
   * @throws {TimeoutError} If the time-out passes first.
   * @throws {QueueClosed} If the queue is closed and empty.
   */
  get(timeout: Timeout | null = null): Promise<T> {
    const aborted = isAborted(timeout);
    if (!aborted && this.#hasNext()) return Promise.resolve(this.#take());
    if (this.#closed && !aborted) return handled(Promise.reject(closedError("get an item")));
    return this.#getters.wait(timeout);
  }

  /**
   * Takes the next item without waiting.
   *
   * @throws {QueueEmpty} If there is no item.
   * @throws {QueueClosed} If there is no item and the queue is closed.
   */
  getNowait(): T {
    if (this.#hasNext()) return this.#take();
    throw this.#closed ? closedError("get an item") : new QueueEmpty("Cannot get an item: the queue is empty");
  }

  /**
   * Says that the work on an item that was taken is done.
   *
   * @throws {RangeError} If it is called more often than items were put.
   */
  taskDone(): void {
    if (this.#unfinished <= 0) throw new RangeError("Cannot end the task: taskDone was called once for every item put");
    if (--this.#unfinished > 0) return;
    for (let joiner = this.#joiners.shift(); joiner !== null; joiner = this.#joiners.shift()) joiner.serve();
  }

  /**
   * Resolves when {@linkcode Queue.taskDone} was called for every item that was put.
   *
   * @throws {TimeoutError} If the time-out passes first.
   */
  join(timeout: Timeout | null = null): Promise<void> {
    if (this.#unfinished === 0 && !isAborted(timeout)) return Promise.resolve();
    return this.#joiners.wait(timeout);
  }

  /**
   * Closes the queue: it takes no more items, those in it can still be taken, and a `for await` ends after the last of
   * them. Callers that wait get a {@linkcode QueueClosed}. Later calls do nothing.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#putters.failAll(closedError("put the item"));
    this.#getters.failAll(closedError("get an item"));
  }

  /** Takes items until the queue is closed and empty. Several loops share the items. */
  [Symbol.asyncIterator](): AsyncIterator<T> {
    return { next: () => this.#next() };
  }

  /** Describes the state, as `<Queue maxsize=2 queue[2] putters[1] tasks=2>`. */
  toString(): string {
    const parts = [
      ["queue", this.qsize()],
      ["getters", this.#getters.size],
      ["putters", this.#putters.size],
    ].filter(([, count]) => count !== 0).map(([name, count]) => ` ${name}[${count}]`).join("");
    const tasks = this.#unfinished > 0 ? ` tasks=${this.#unfinished}` : "";
    return `<${this.constructor.name} maxsize=${this.#maxsize}${parts}${tasks}>`;
  }

  /** Stores an item. A subclass overrides it together with `_get` and {@linkcode Queue.qsize}. */
  protected _put(item: T): void {
    this.#items.push(item);
  }

  /** Removes the next item and returns it. It is called only if {@linkcode Queue.qsize} is not 0. */
  protected _get(): T {
    return this.#items.shift();
  }

  /** Stores an item, and passes the next one to the caller that waits longest. */
  #accept(item: T): void {
    this.#store(item);
    if (this.#getters.size > 0 && this.qsize() > 0) this.#getters.shift()?.serve(this._get());
  }

  #store(item: T): void {
    this._put(item);
    this.#unfinished++;
  }

  #next(): Promise<IteratorResult<T>> {
    if (!this.#hasNext()) return this.get().then(toResult, endIfClosed);
    const item = this.#take();
    // An item that is no promise saves one.
    return isThenable(item) ? Promise.resolve(item).then(toResult) : Promise.resolve({ done: false, value: item });
  }

  #hasNext(): boolean {
    return this.qsize() > 0 || this.#putters.size > 0;
  }

  #take(): T {
    // The item of the putter that waits longest comes in before the next one goes out, which may be that very item.
    const putter = this.#putters.shift();
    if (putter !== null) this.#admit(putter);
    return this._get();
  }

  #admit(putter: Waiter<void, T>): void {
    try {
      this.#store(putter.payload);
    } catch (error) {
      return putter.fail(error);
    }
    putter.serve();
  }
}

function toResult<T>(value: T): IteratorResult<T> {
  return { done: false, value };
}

function endIfClosed(error: unknown): IteratorReturnResult<undefined> {
  if (error instanceof QueueClosed) return { done: true, value: undefined };
  throw error;
}

function closedError(what: string): QueueClosed {
  return new QueueClosed(`Cannot ${what}: the queue is closed`);
}
