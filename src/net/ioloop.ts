/**
 * The event loop as Tornado's `tornado.ioloop` shows it: callbacks, time-outs, periodic calls, signals and worker threads.
 *
 * Deno's own loop runs anyway, so {@linkcode IOLoop} is a thin layer over it: there is one, it needs no starting, and
 * {@linkcode IOLoop.start} is only a promise to wait on. What waits on file descriptors in Tornado (`add_handler` and the
 * like) does not exist: Deno has no descriptors.
 *
 * @module
 */
import { currentClock, type Timer } from "../internal/clock.ts";
import { TimeoutError } from "../util/util.ts";
import { type Duration, isDuration, toMilliseconds } from "./_ioloop/duration.ts";
import { CallbackQueue, logError, nameOf, runCallback } from "./_ioloop/callbacks.ts";
import { type ModuleFunction, WorkerExecutor } from "./_ioloop/worker_executor.ts";

export type { Timer as TimeoutHandle } from "../internal/clock.ts";
export { TimeoutError } from "../util/util.ts";
export type { Duration } from "./_ioloop/duration.ts";
export { PeriodicCallback, type PeriodicCallbackOptions } from "./_ioloop/periodic_callback.ts";
export {
  type ModuleFunction,
  type ShutdownOptions,
  WorkerExecutor,
  type WorkerExecutorOptions,
} from "./_ioloop/worker_executor.ts";

/** Options of {@linkcode IOLoop.runSync}. */
export interface RunSyncOptions {
  /**
   * Seconds after which the promise rejects with a {@linkcode TimeoutError}.
   * @default {null}
   */
  timeout?: number | null;
}

/**
 * The event loop (`tornado.ioloop.IOLoop`). There is one, which {@linkcode IOLoop.current} returns.
 *
 * Every callback runs in a turn of its own loop, never inside the call that scheduled it. What a callback throws, or the
 * promise it returns rejects with, is logged on `tornado.application` as "Exception in callback" and concerns no other.
 *
 * @example
 * ```ts
 * import { IOLoop } from "@twister/twister/ioloop";
 * import { assertEquals } from "@std/assert";
 *
 * const order: string[] = [];
 * const loop = IOLoop.current();
 * loop.addCallback((name: string) => order.push(name), "callback");
 * loop.callLater(0.001, () => loop.stop());
 * order.push("caller");
 * await loop.start();
 * assertEquals(order, ["caller", "callback"]);
 * ```
 */
export class IOLoop {
  static readonly #instance: IOLoop = new IOLoop();

  readonly #callbacks: CallbackQueue = new CallbackQueue();
  #running: PromiseWithResolvers<void> | null = null;
  #keepAlive: Timer | null = null;
  #stopRequested = false;
  #executor: WorkerExecutor | null = null;

  /** The loop. */
  static current(): IOLoop {
    return IOLoop.#instance;
  }

  /** The loop: the same as {@linkcode IOLoop.current}. */
  static instance(): IOLoop {
    return IOLoop.#instance;
  }

  /**
   * Resolves when {@linkcode IOLoop.stop} is called, and keeps the process alive until then. Callbacks do not wait for it:
   * Deno's loop is always running. If stop was called before, it resolves after one turn.
   */
  start(): Promise<void> {
    if (this.#running === null) {
      this.#running = Promise.withResolvers<void>();
      this.#keepAlive = currentClock().setTimer(() => {}, Infinity);
      if (this.#stopRequested) this.addCallback(() => this.stop());
      this.#stopRequested = false;
    }
    return this.#running.promise;
  }

  /** Resolves {@linkcode IOLoop.start}, or the next call of it if none is waiting. Pending callbacks run all the same. */
  stop(): void {
    if (this.#running === null) {
      this.#stopRequested = true;
      return;
    }
    this.#keepAlive?.cancel();
    this.#keepAlive = null;
    this.#running.resolve();
    this.#running = null;
  }

  /**
   * Runs a function in the next turn and resolves with its result. Unlike in Tornado it does not block; the process stays
   * alive until the function is done.
   *
   * @param func Gets a signal that is aborted when the time is over; a rejection that comes after that is logged.
   * @throws {TimeoutError} If `timeout` passes first.
   *
   * @example
   * ```ts
   * import { IOLoop } from "@twister/twister/ioloop";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(await IOLoop.current().runSync(() => Promise.resolve(42), { timeout: 5 }), 42);
   * ```
   */
  runSync<T>(func: (signal: AbortSignal) => T | PromiseLike<T>, options: RunSyncOptions = {}): Promise<T> {
    const { timeout = null } = options;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const controller = new AbortController();
    const timer = currentClock().setTimer(() => {
      const error = new TimeoutError(`Operation timed out after ${timeout} seconds`);
      reject(error);
      controller.abort(error);
    }, timeout ?? Infinity);
    this.addCallback(async () => {
      try {
        resolve(await func(controller.signal));
      } catch (error) {
        if (!controller.signal.aborted) reject(error);
        else if (error !== controller.signal.reason) logError("Exception in runSync after its time-out", error);
      } finally {
        timer.cancel();
      }
    });
    return promise;
  }

  /** Seconds since the epoch by the wall clock, which {@linkcode IOLoop.callAt} and absolute deadlines count in. */
  time(): number {
    return currentClock().now();
  }

  /**
   * Runs a callback in the next turn of the loop, after those that were added before. It is not run by the time the promises
   * that are ready now are, and one that adds itself again lets input and time-outs have their turn.
   */
  addCallback<Args extends unknown[]>(callback: (...args: Args) => unknown, ...args: Args): void {
    this.#callbacks.add(() => callback(...args), nameOf(callback));
  }

  /** {@linkcode IOLoop.addCallback}: a signal listener of Deno runs in the loop already. */
  addCallbackFromSignal<Args extends unknown[]>(callback: (...args: Args) => unknown, ...args: Args): void {
    this.addCallback(callback, ...args);
  }

  /** {@linkcode IOLoop.addCallback}, by the name that says the result is of no interest. */
  spawnCallback<Args extends unknown[]>(callback: (...args: Args) => unknown, ...args: Args): void {
    this.addCallback(callback, ...args);
  }

  /**
   * Runs a callback `delay` seconds from now; zero and less mean the next turn, and any length is allowed.
   *
   * @returns A handle for {@linkcode IOLoop.removeTimeout}.
   */
  callLater<Args extends unknown[]>(delay: number, callback: (...args: Args) => unknown, ...args: Args): Timer {
    const name = nameOf(callback);
    return currentClock().setTimer(() => runCallback(() => callback(...args), name), delay);
  }

  /**
   * Runs a callback at `when`, in seconds of {@linkcode IOLoop.time}; what has passed means the next turn. The delay is worked
   * out now: setting the clock later does not move it.
   *
   * @returns A handle for {@linkcode IOLoop.removeTimeout}.
   */
  callAt<Args extends unknown[]>(when: number, callback: (...args: Args) => unknown, ...args: Args): Timer {
    return this.callLater(when - this.time(), callback, ...args);
  }

  /**
   * Runs a callback at a deadline: a number is a time as for {@linkcode IOLoop.callAt}, a duration counts from now.
   *
   * @returns A handle for {@linkcode IOLoop.removeTimeout}.
   * @throws {TypeError} If the deadline is neither.
   */
  addTimeout<Args extends unknown[]>(
    deadline: number | Duration,
    callback: (...args: Args) => unknown,
    ...args: Args
  ): Timer {
    if (typeof deadline === "number") return this.callAt(deadline, callback, ...args);
    if (isDuration(deadline)) return this.callLater(toMilliseconds(deadline) / 1000, callback, ...args);
    throw new TypeError(`Unsupported deadline, neither a number nor a duration: ${String(deadline)}`);
  }

  /** Prevents a time-out; does nothing if it ran or was removed already. */
  removeTimeout(timeout: Timer): void {
    timeout.cancel();
  }

  /**
   * Runs `callback` with the promise, in a turn of the loop after it was settled. A rejection counts as handled.
   */
  addFuture<T>(future: Promise<T>, callback: (future: Promise<T>) => unknown): void {
    const settled = () => this.addCallback(callback, future);
    future.then(settled, settled);
  }

  /**
   * Runs a function on another thread and resolves with its result. See {@linkcode WorkerExecutor} for what such a function
   * may do, and {@linkcode WorkerExecutor.submit} for the errors.
   *
   * @param executor `null` for the default one, which starts with the first use and does not keep the process alive.
   *
   * @example
   * ```ts
   * import { IOLoop, WorkerExecutor } from "@twister/twister/ioloop";
   * import { assertEquals } from "@std/assert";
   *
   * await using executor = new WorkerExecutor({ maxWorkers: 1 });
   * const sum = await IOLoop.current().runInExecutor(executor, (limit: number) => {
   *   let sum = 0;
   *   for (let i = 1; i <= limit; i++) sum += i;
   *   return sum;
   * }, 1000);
   * assertEquals(sum, 500500);
   * ```
   */
  runInExecutor<Args extends unknown[], Result>(
    executor: WorkerExecutor | null,
    func: (...args: Args) => Result,
    ...args: Args
  ): Promise<Awaited<Result>>;
  /** Runs an exported function of a module, whose type may be given. */
  runInExecutor<F extends (...args: never[]) => unknown>(
    executor: WorkerExecutor | null,
    func: ModuleFunction,
    ...args: Parameters<F>
  ): Promise<Awaited<ReturnType<F>>>;
  /** Runs an exported function of a module, whose type is not known. */
  runInExecutor(executor: WorkerExecutor | null, func: ModuleFunction, ...args: unknown[]): Promise<unknown>;
  runInExecutor(
    executor: WorkerExecutor | null,
    func: ((...args: unknown[]) => unknown) | ModuleFunction,
    ...args: unknown[]
  ): Promise<unknown> {
    const pool = executor ?? (this.#executor ??= new WorkerExecutor());
    return typeof func === "function" ? pool.submit(func, ...args) : pool.submit(func, ...args);
  }

  /** Makes `executor` the default of {@linkcode IOLoop.runInExecutor}; the one before is left to its owner. */
  setDefaultExecutor(executor: WorkerExecutor): void {
    this.#executor = executor;
  }

  /**
   * Calls `callback` in the loop each time the process receives `signal`, instead of what the signal does by default. Needs no
   * permission, and does not keep the process alive. On Windows only `SIGINT`, `SIGBREAK` and `SIGHUP` can be received.
   *
   * @returns Removes the callback again; may be called more than once.
   * @throws {TypeError} If the platform does not know the signal, or it cannot be caught.
   *
   * @example
   * ```ts
   * import { IOLoop } from "@twister/twister/ioloop";
   *
   * const loop = IOLoop.current();
   * const remove = loop.addSignalCallback("SIGTERM", () => loop.stop());
   * remove();
   * ```
   */
  addSignalCallback<Args extends unknown[]>(
    signal: Deno.Signal,
    callback: (...args: Args) => unknown,
    ...args: Args
  ): () => void {
    const listener = () => this.addCallbackFromSignal(callback, ...args);
    Deno.addSignalListener(signal, listener);
    return () => Deno.removeSignalListener(signal, listener);
  }
}
