import { PoolWorker, type Task } from "./pool_worker.ts";
import { WORKER_SOURCE, type WorkerRequest } from "./worker_source.ts";

/** Names an exported function of a module for {@linkcode WorkerExecutor.submit}. */
export interface ModuleFunction {
  /** The address of the module, such as `new URL("./hash.ts", import.meta.url)`. */
  readonly module: URL | string;
  /** The name of the export. */
  readonly name: string;
}

/** Options of {@linkcode WorkerExecutor}. */
export interface WorkerExecutorOptions {
  /**
   * The largest number of functions that run at the same time.
   * @default {navigator.hardwareConcurrency}
   */
  maxWorkers?: number;
}

/** Options of {@linkcode WorkerExecutor.shutdown}. */
export interface ShutdownOptions {
  /**
   * Tells whether to abandon functions that run or wait instead of waiting for them. Their promises reject with an
   * `AbortError`.
   * @default {false}
   */
  terminate?: boolean;
}

/**
 * A pool of workers that runs functions on other threads, as Python's `concurrent.futures` executors do.
 *
 * A function travels as its source text: it may use globals only, and must be a function expression or an arrow
 * function. Code with imports and types is named as an export of a module instead; a local module needs `--allow-read`.
 * Arguments and results are cloned as `structuredClone` does. Errors keep their name, message and stack, and built-in
 * errors their class.
 *
 * Workers start on demand. Idle workers do not keep the process alive.
 *
 * @example
 * ```ts
 * import { WorkerExecutor } from "@twister/twister/ioloop";
 * import { assertEquals } from "@std/assert";
 *
 * await using executor = new WorkerExecutor({ maxWorkers: 1 });
 * assertEquals(await executor.submit((a: number, b: number) => a * b, 6, 7), 42);
 * ```
 */
export class WorkerExecutor implements AsyncDisposable {
  /** The largest number of functions that run at the same time. */
  readonly maxWorkers: number;

  readonly #workers: Set<PoolWorker> = new Set();
  readonly #idle: PoolWorker[] = [];
  #starting = 0;
  #head: Task | null = null;
  #tail: Task | null = null;
  #pending = 0;
  #closed = false;
  #drained: PromiseWithResolvers<void> | null = null;

  /**
   * Creates a pool; its workers start later, on demand.
   *
   * @throws {RangeError} If `maxWorkers` is not a positive integer.
   */
  constructor(options: WorkerExecutorOptions = {}) {
    const { maxWorkers = navigator.hardwareConcurrency } = options;
    if (!Number.isInteger(maxWorkers) || maxWorkers < 1) {
      throw new RangeError(`Cannot create an executor: maxWorkers must be a positive integer: ${maxWorkers}`);
    }
    this.maxWorkers = maxWorkers;
  }

  /**
   * Runs a function on a worker and resolves with its result, or with that of the promise it returns. Functions start
   * in the order of the calls. Arguments are cloned when a worker takes the call.
   *
   * @throws {TypeError} If the function is native or bound and has no source text.
   * @throws {Error} If the executor is shut down, or the worker ends before the function does.
   * @throws {DOMException} `DataCloneError` if an argument or the result cannot be cloned.
   */
  submit<Args extends unknown[], Result>(
    func: (...args: Args) => Result,
    ...args: Args
  ): Promise<Awaited<Result>>;
  /**
   * Runs an exported function of a module, with its type as the type argument: `submit<typeof hash>({ module, name:
   * "hash" }, text)`.
   */
  submit<F extends (...args: never[]) => unknown>(
    func: ModuleFunction,
    ...args: Parameters<F>
  ): Promise<Awaited<ReturnType<F>>>;
  /** Runs an exported function of a module without a known type. */
  submit(func: ModuleFunction, ...args: unknown[]): Promise<unknown>;
  async submit(
    func: ((...args: never[]) => unknown) | ModuleFunction,
    ...args: readonly unknown[]
  ): Promise<unknown> {
    if (this.#closed) throw new Error("Cannot submit a function: the executor was shut down");
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#enqueue({ request: toRequest(func, args), resolve, reject, next: null });
    return await promise;
  }

  /**
   * Accepts no more functions, waits for those that run or wait, and ends the workers. Further calls wait for the same
   * end.
   */
  async shutdown(options: ShutdownOptions = {}): Promise<void> {
    this.#closed = true;
    if (options.terminate) await this.#abandon();
    if (this.#pending > 0) {
      this.#drained ??= Promise.withResolvers<void>();
      await this.#drained.promise;
    }
    await this.#terminate();
  }

  /** Shuts the executor down, for `await using`; see {@linkcode WorkerExecutor.shutdown}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  #enqueue(task: Task): void {
    this.#pending++;
    if (this.#tail === null) this.#head = task;
    else this.#tail.next = task;
    this.#tail = task;
    const worker = this.#idle.pop();
    if (worker !== undefined) this.#assign(worker);
    else if (this.#workers.size + this.#starting < this.maxWorkers) void this.#start();
  }

  #dequeue(): Task | null {
    const task = this.#head;
    if (task !== null) this.#head = task.next;
    if (this.#head === null) this.#tail = null;
    return task;
  }

  #assign(worker: PoolWorker): void {
    for (let task = this.#dequeue(); task !== null; task = this.#dequeue()) {
      if (worker.run(task)) return;
      this.#settle();
    }
    this.#idle.push(worker);
  }

  async #start(): Promise<void> {
    this.#starting++;
    // Loaded on demand: it costs 5 ms, which a server that never uses an executor need not pay.
    const { Worker } = await import("node:worker_threads");
    this.#starting--;
    if (this.#head === null) return;
    const worker = new PoolWorker(
      new Worker(WORKER_SOURCE, { eval: true }),
      (worker) => this.#afterTask(worker),
      (worker) => this.#afterExit(worker),
    );
    this.#workers.add(worker);
    this.#assign(worker);
  }

  #afterTask(worker: PoolWorker): void {
    this.#assign(worker);
    this.#settle();
  }

  #afterExit(worker: PoolWorker): void {
    this.#workers.delete(worker);
    const index = this.#idle.indexOf(worker);
    if (index >= 0) this.#idle.splice(index, 1);
    else this.#settle();
    if (this.#head !== null) void this.#start();
  }

  #settle(): void {
    if (--this.#pending === 0) this.#drained?.resolve();
  }

  async #abandon(): Promise<void> {
    const reason = new DOMException("The executor was shut down", "AbortError");
    for (let task = this.#dequeue(); task !== null; task = this.#dequeue()) task.reject(reason);
    this.#pending = 0;
    this.#drained?.resolve();
    await this.#terminate(reason);
  }

  async #terminate(reason: Error = new Error("The executor was shut down")): Promise<void> {
    const workers = [...this.#workers];
    this.#workers.clear();
    this.#idle.length = 0;
    await Promise.all(workers.map((worker) => worker.terminate(reason)));
  }
}

function toRequest(func: ((...args: never[]) => unknown) | ModuleFunction, args: readonly unknown[]): WorkerRequest {
  if (typeof func !== "function") return { module: String(func.module), name: func.name, args };
  const source = String(func);
  if (/\{\s*\[native code\]\s*\}\s*$/.test(source)) {
    throw new TypeError(
      `Cannot ship a function to a worker: ${func.name || "it"} is native or bound and has no source text`,
    );
  }
  return { source, args };
}
