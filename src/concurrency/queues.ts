/**
 * Queues that pass items between asynchronous functions. Tornado's `tornado.queues`.
 *
 * Where Tornado takes a deadline, `{ timeout, signal }` says it in seconds from now, and cancels the wait when the
 * signal aborts. A wait that is cancelled loses no item: a caller that has been served gets its item, even if its
 * signal aborts in the same turn.
 *
 * @module
 */
export type { Duration } from "../internal/duration.ts";
export { TimeoutError } from "../util/util.ts";
export type { Timeout, WaitOptions } from "./_limits.ts";
export { QueueClosed, QueueEmpty, QueueFull } from "./_queues/errors.ts";
export { LifoQueue } from "./_queues/lifo_queue.ts";
export { PriorityQueue, type PriorityQueueOptions } from "./_queues/priority_queue.ts";
export { Queue } from "./_queues/queue.ts";
