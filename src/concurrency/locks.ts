/**
 * Locks for asynchronous functions. Tornado's `tornado.locks`.
 *
 * They are for code of one thread: they order asynchronous functions that run in turns, not workers or processes. All
 * of them serve their callers in the order in which they came. Where Tornado takes a deadline, `{ timeout, signal }`
 * says it in seconds from now, and cancels the wait when the signal aborts.
 *
 * @module
 */
export type { Duration } from "../internal/duration.ts";
export { TimeoutError } from "../util/util.ts";
export type { Timeout, WaitOptions } from "./_limits.ts";
export { Condition } from "./_locks/condition.ts";
export { Event } from "./_locks/event.ts";
export { Lock } from "./_locks/lock.ts";
export { BoundedSemaphore, type Permit, Semaphore } from "./_locks/semaphore.ts";
