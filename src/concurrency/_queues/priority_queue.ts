import { Queue } from "./queue.ts";

/** Options of {@linkcode PriorityQueue}. */
export interface PriorityQueueOptions<T> {
  /**
   * Number of items that the queue holds; 0 means any number.
   * @default {0}
   */
  maxsize?: number;
  /**
   * Returns a negative number if `a` comes out before `b`, and a positive one if it comes out after `b`. It must not
   * throw. By default the order is that of Tornado: numbers, texts and dates by size, arrays by their first elements
   * that differ.
   */
  compare?: (a: T, b: T) => number;
}

interface Entry<T> {
  readonly item: T;
  /** Grows with each item, so that equal ones come out as they went in. */
  readonly order: number;
}

/**
 * A {@linkcode Queue} that gives out the smallest item first (`tornado.queues.PriorityQueue`). Equal items come out in
 * the order in which they were put.
 *
 * Items are often arrays of a priority and data. Where two priorities are equal, data without an order, such as plain
 * objects, counts as equal.
 *
 * @example
 * ```ts
 * import { PriorityQueue } from "@twister/twister/queues";
 * import { assertEquals } from "@std/assert";
 *
 * const queue = new PriorityQueue<[number, string]>();
 * queue.putNowait([10, "low"]);
 * queue.putNowait([0, "high"]);
 * assertEquals(queue.getNowait(), [0, "high"]);
 * ```
 *
 * @example An order of its own
 * ```ts
 * import { PriorityQueue } from "@twister/twister/queues";
 * import { assertEquals } from "@std/assert";
 *
 * const longestFirst = new PriorityQueue<string>({ compare: (a, b) => b.length - a.length });
 * for (const word of ["a", "ccc", "bb", "ddd"]) longestFirst.putNowait(word);
 * assertEquals([longestFirst.getNowait(), longestFirst.getNowait()], ["ccc", "ddd"]);
 * ```
 */
export class PriorityQueue<T> extends Queue<T> {
  readonly #compare: (a: T, b: T) => number;
  /** A binary heap: no entry comes before its parent, which is at `(index - 1) >> 1`. */
  readonly #heap: Entry<T>[] = [];
  #order = 0;

  /**
   * Makes an empty queue.
   *
   * @param options The `maxsize` as in Tornado, or it and the order.
   * @throws {RangeError} If `maxsize` is negative or not a number.
   */
  constructor(options: number | PriorityQueueOptions<T> = {}) {
    const { maxsize = 0, compare = compareValues } = typeof options === "number" ? { maxsize: options } : options;
    super(maxsize);
    this.#compare = compare;
  }

  /** Returns the number of items in the queue. */
  override qsize(): number {
    return this.#heap.length;
  }

  /**
   * Stores an item.
   *
   * @throws {TypeError} If there is no `compare` and the item has no order.
   */
  protected override _put(item: T): void {
    const entry = { item, order: this.#order++ };
    const heap = this.#heap;
    // Found before anything moves, so that an item that cannot be compared leaves the heap as it was.
    const path: number[] = [];
    let index = heap.length;
    for (let parent = (index - 1) >> 1; index > 0 && this.#before(entry, heap[parent]); parent = (index - 1) >> 1) {
      path.push(index);
      index = parent;
    }
    for (const to of path) heap[to] = heap[(to - 1) >> 1];
    heap[index] = entry;
  }

  /** Removes the smallest item and returns it. */
  protected override _get(): T {
    const heap = this.#heap;
    const { item } = heap[0];
    const last = heap[heap.length - 1];
    heap.length--;
    const size = heap.length;
    if (size === 0) return item;
    let index = 0;
    for (let child = 1; child < size; child = 2 * index + 1) {
      if (child + 1 < size && this.#before(heap[child + 1], heap[child])) child++;
      if (!this.#before(heap[child], last)) break;
      heap[index] = heap[child];
      index = child;
    }
    heap[index] = last;
    return item;
  }

  #before(a: Entry<T>, b: Entry<T>): boolean {
    return (this.#compare(a.item, b.item) || a.order - b.order) < 0;
  }
}

/** Compares as Python does, but for values without an order within arrays, which are equal. */
function compareValues(a: unknown, b: unknown): number {
  if (Array.isArray(a) && Array.isArray(b)) return compareArrays(a, b);
  if (isOrdered(a) && isOrdered(b) && typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
  throw new TypeError(
    `Cannot compare two items of a PriorityQueue without a compare function: ${typeof a}, ${typeof b}`,
  );
}

function compareArrays(a: readonly unknown[], b: readonly unknown[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (isPlain(a[i]) && isPlain(b[i])) continue;
    const order = compareValues(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Tells whether `<` compares a value by size: a date is compared by its time. */
function isOrdered(value: unknown): value is number | bigint | string | boolean | Date {
  return ["number", "bigint", "string", "boolean"].includes(typeof value) || value instanceof Date;
}

/** Tells whether a value has no order, as data beside a priority. */
function isPlain(value: unknown): boolean {
  return !isOrdered(value) && !Array.isArray(value);
}
