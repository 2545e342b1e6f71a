import { Queue } from "./queue.ts";

/**
 * A {@linkcode Queue} that gives out the newest item first (`tornado.queues.LifoQueue`).
 *
 * @example
 * ```ts
 * import { LifoQueue } from "@twister/twister/queues";
 * import { assertEquals } from "@std/assert";
 *
 * const queue = new LifoQueue<string>();
 * queue.putNowait("old");
 * queue.putNowait("new");
 * assertEquals(queue.getNowait(), "new");
 * ```
 */
export class LifoQueue<T> extends Queue<T> {
  readonly #items: T[] = [];

  /** Returns the number of items in the queue. */
  override qsize(): number {
    return this.#items.length;
  }

  /** Stores an item on top. */
  protected override _put(item: T): void {
    this.#items.push(item);
  }

  /** Removes the item on top and returns it. */
  protected override _get(): T {
    const item = this.#items[this.#items.length - 1];
    this.#items.length--;
    return item;
  }
}
