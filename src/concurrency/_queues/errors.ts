/*
 * Error
 * ├── QueueEmpty
 * ├── QueueFull
 * └── QueueClosed
 */

/**
 * `getNowait` found no item (`tornado.queues.QueueEmpty`).
 *
 * @example
 * ```ts
 * import { Queue, QueueEmpty } from "@twister/twister/queues";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => new Queue().getNowait(), QueueEmpty);
 * ```
 */
export class QueueEmpty extends Error {
  /** Always `"QueueEmpty"`. */
  override readonly name: string = "QueueEmpty";
}

/**
 * `putNowait` found no room (`tornado.queues.QueueFull`).
 *
 * @example
 * ```ts
 * import { Queue, QueueFull } from "@twister/twister/queues";
 * import { assertThrows } from "@std/assert";
 *
 * const queue = new Queue<string>(1);
 * queue.putNowait("a");
 * assertThrows(() => queue.putNowait("b"), QueueFull);
 * ```
 */
export class QueueFull extends Error {
  /** Always `"QueueFull"`. */
  override readonly name: string = "QueueFull";
}

/**
 * The queue is closed: it takes no more items, or its last item was taken.
 *
 * @example
 * ```ts
 * import { Queue, QueueClosed } from "@twister/twister/queues";
 * import { assertRejects } from "@std/assert";
 *
 * const queue = new Queue<string>();
 * queue.close();
 * await assertRejects(() => queue.put("late"), QueueClosed);
 * ```
 */
export class QueueClosed extends Error {
  /** Always `"QueueClosed"`. */
  override readonly name: string = "QueueClosed";
}
