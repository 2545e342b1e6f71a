/**
 * The event loop: callbacks, time-outs, periodic calls, signals and worker threads. Tornado's `tornado.ioloop`.
 *
 * Deno always runs a loop of its own, and {@linkcode IOLoop} is a thin layer over it. There is one instance, which
 * needs no start: {@linkcode IOLoop.start} is only a promise to wait for. Tornado's methods for file descriptors
 * (`add_handler` and the like) are missing, since Deno has no descriptors.
 *
 * @module
 */
import { currentClock, type Timer } from "../internal/clock.ts";
import { TimeoutError } from "../util/util.ts";
import { checkSeconds, type Duration, isDuration, toMilliseconds } from "../internal/duration.ts";
import { CallbackQueue, logError, nameOf, runCallback } from "./_ioloop/callbacks.ts";
import { uncaughtErrors } from "./_ioloop/uncaught_errors.ts";
import { type ModuleFunction, WorkerExecutor } from "./_ioloop/worker_executor.ts";

export type { Timer as TimeoutHandle } from "../internal/clock.ts";
export { TimeoutError } from "../util/util.ts";
export type { Duration } from "../internal/duration.ts";
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
 * The event loop (`tornado.ioloop.IOLoop`). {@linkcode IOLoop.current} returns the only instance.
 *
 * A callback runs in a later turn, never inside the call that schedules it. If a callback throws, or returns a promise
 * that rejects, the error is logged on `tornado.application` as "Exception in callback" and affects no other callback.
 *
 * @example
 * ```ts
 * import { IOLoop } from "@twister/twister/ioloop";
 * import { assertEquals } from "@std/assert";
 *
 * const order: string[] = [];
 * const loop = IOLoop.current();
 * loop.addCallback((name: string) => {
 *   order.push(name);
 *   loop.stop();
 * }, "callback");
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

  /** Returns the loop. */
  static current(): IOLoop {
    return IOLoop.#instance;
  }

  /** Returns the loop, as {@linkcode IOLoop.current} does. */
  static instance(): IOLoop {
    return IOLoop.#instance;
  }

  /**
   * Tells what happens to an error that nothing caught, such as an unhandled rejection, once a
   * server has begun to listen. `true` logs it on `tornado.application` with its stack, and the process lives on, as in
   * Tornado; `false` lets it end the process, as is usual in Deno. An error of the main module ends the process anyway,
   * and `deno test` reports uncaught errors in any case.
   *
   * @default {true}
   */
  get logsUncaughtErrors(): boolean {
    return uncaughtErrors.logged;
  }

  set logsUncaughtErrors(logs: boolean) {
    uncaughtErrors.logged = logs;
  }

  /**
   * Waits for {@linkcode IOLoop.stop} and keeps the process alive until then. Callbacks run whether or not this is
   * called. If the loop was stopped before, the promise resolves after one turn.
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

  /** Resolves the promise of {@linkcode IOLoop.start}, or that of its next call. Pending callbacks still run. */
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
   * Runs a function in the next turn and resolves with its result. It does not block, unlike Tornado's; the process
   * stays alive until the function has finished.
   *
   * @param func Receives a signal that aborts at the time-out. A rejection after that is logged.
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
    checkSeconds("timeout", timeout);
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

  /**
   * Returns the wall-clock time in seconds since the epoch, the unit of {@linkcode IOLoop.callAt} and of absolute
   * deadlines.
   */
  time(): number {
    return currentClock().now();
  }

  /**
   * Runs a callback in the next turn of the loop, in the order of the calls. Promise reactions that are ready now run
   * before it. A callback that adds itself again does not starve input and time-outs.
   */
  addCallback<Args extends unknown[]>(callback: (...args: Args) => unknown, ...args: Args): void {
    this.#callbacks.add(() => callback(...args), nameOf(callback));
  }

  /** Does the same as {@linkcode IOLoop.addCallback}, since Deno's signal listeners run in the loop. */
  addCallbackFromSignal<Args extends unknown[]>(callback: (...args: Args) => unknown, ...args: Args): void {
    this.addCallback(callback, ...args);
  }

  /** Does the same as {@linkcode IOLoop.addCallback}; the name says that the caller ignores the result. */
  spawnCallback<Args extends unknown[]>(callback: (...args: Args) => unknown, ...args: Args): void {
    this.addCallback(callback, ...args);
  }

  /**
   * Runs a callback `delay` seconds from now; zero and negative numbers mean the next turn. There is no upper limit.
   *
   * @returns A handle for {@linkcode IOLoop.removeTimeout}.
   * @throws {TypeError} If the delay is not a number.
   */
  callLater<Args extends unknown[]>(delay: number, callback: (...args: Args) => unknown, ...args: Args): Timer {
    checkSeconds("delay", delay);
    const name = nameOf(callback);
    return currentClock().setTimer(() => runCallback(() => callback(...args), name), delay);
  }

  /**
   * Runs a callback at `when`, in seconds of {@linkcode IOLoop.time}; a time in the past means the next turn. The delay
   * is computed at the call, so a later change of the clock does not move it.
   *
   * @returns A handle for {@linkcode IOLoop.removeTimeout}.
   */
  callAt<Args extends unknown[]>(when: number, callback: (...args: Args) => unknown, ...args: Args): Timer {
    return this.callLater(when - this.time(), callback, ...args);
  }

  /**
   * Runs a callback at a deadline. A number is a time as in {@linkcode IOLoop.callAt}; a duration counts from now.
   *
   * @returns A handle for {@linkcode IOLoop.removeTimeout}.
   * @throws {TypeError} If the deadline is neither a number nor a duration.
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

  /** Cancels a time-out; does nothing if it has run or was cancelled. */
  removeTimeout(timeout: Timer): void {
    timeout.cancel();
  }

  /** Passes the promise to `callback` in a turn after it settles. A rejection counts as handled. */
  addFuture<T>(future: Promise<T>, callback: (future: Promise<T>) => unknown): void {
    const settled = () => this.addCallback(callback, future);
    future.then(settled, settled);
  }

  /**
   * Runs a function on another thread and resolves with its result. {@linkcode WorkerExecutor} says what such a
   * function may use, and {@linkcode WorkerExecutor.submit} lists the errors.
   *
   * @param executor The pool, or `null` for the default one, which starts at its first use and does not keep the
   * process alive.
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
  /** Runs an exported function of a module, with its type as the type argument. */
  runInExecutor<F extends (...args: never[]) => unknown>(
    executor: WorkerExecutor | null,
    func: ModuleFunction,
    ...args: Parameters<F>
  ): Promise<Awaited<ReturnType<F>>>;
  /** Runs an exported function of a module without a known type. */
  runInExecutor(executor: WorkerExecutor | null, func: ModuleFunction, ...args: unknown[]): Promise<unknown>;
  runInExecutor(
    executor: WorkerExecutor | null,
    func: ((...args: unknown[]) => unknown) | ModuleFunction,
    ...args: unknown[]
  ): Promise<unknown> {
    const pool = executor ?? (this.#executor ??= new WorkerExecutor());
    return typeof func === "function" ? pool.submit(func, ...args) : pool.submit(func, ...args);
  }

  /** Makes `executor` the default of {@linkcode IOLoop.runInExecutor}. The previous default is not shut down. */
  setDefaultExecutor(executor: WorkerExecutor): void {
    this.#executor = executor;
  }

  /**
   * Calls `callback` each time the process receives `signal`, in place of the signal's default action. It needs no
   * permission and does not keep the process alive. Windows delivers only `SIGINT`, `SIGBREAK` and `SIGHUP`.
   *
   * @returns A function that removes the callback; it may be called more than once.
   * @throws {TypeError} If the platform does not have the signal, or does not let it be caught.
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
