import type { Worker } from "node:worker_threads";
import type { RemoteError, WorkerReply, WorkerRequest } from "./worker_source.ts";
import { logError } from "./callbacks.ts";

/** One call on its way, and its place in the queue. */
export interface Task {
  readonly request: WorkerRequest;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  next: Task | null;
}

/** A worker of a pool, which runs one task at a time. */
export class PoolWorker {
  readonly #worker: Worker;
  readonly #onIdle: (worker: PoolWorker) => void;
  readonly #onExit: (worker: PoolWorker) => void;
  #task: Task | null = null;
  #error: unknown = null;

  /** Takes `worker` over; `onIdle` is called after each task, `onExit` when the worker ended by itself. */
  constructor(worker: Worker, onIdle: (worker: PoolWorker) => void, onExit: (worker: PoolWorker) => void) {
    this.#worker = worker;
    this.#onIdle = onIdle;
    this.#onExit = onExit;
    worker.on("message", (reply: WorkerReply) => this.#finish(reply));
    worker.on("messageerror", (error: unknown) => this.#finish({ thrown: error }));
    worker.on("error", (error: unknown) => {
      this.#error = error;
    });
    worker.on("exit", (code: number) => this.#exit(code));
    worker.unref();
  }

  /**
   * Runs a task, during which the process stays alive. Returns false if an argument could not be cloned: the task is
   * rejected and the worker still idle.
   */
  run(task: Task): boolean {
    this.#task = task;
    this.#worker.ref();
    try {
      this.#worker.postMessage(task.request);
      return true;
    } catch (error) {
      this.#release();
      task.reject(new DOMException(`Cannot pass an argument to a worker: ${messageOf(error)}`, "DataCloneError"));
      return false;
    }
  }

  /** Ends the worker; what it was running is rejected with `reason`. */
  async terminate(reason: Error): Promise<void> {
    this.#worker.removeAllListeners();
    this.#release()?.reject(reason);
    await this.#worker.terminate();
  }

  #finish(reply: WorkerReply): void {
    const task = this.#release();
    if (task === null) return;
    if ("error" in reply) task.reject(revive(reply.error));
    else if ("thrown" in reply) task.reject(reply.thrown);
    else task.resolve(reply.value);
    this.#onIdle(this);
  }

  #exit(code: number): void {
    const task = this.#release();
    if (task !== null) {
      task.reject(this.#error ?? new Error(`Worker of an executor ended while it ran a function: exit code ${code}`));
    } else if (this.#error !== null) {
      logError("Exception in idle worker of an executor", this.#error);
    }
    this.#onExit(this);
  }

  #release(): Task | null {
    const task = this.#task;
    this.#task = null;
    this.#worker.unref();
    return task;
  }
}

const ERROR_CLASSES: ReadonlyMap<string, ErrorConstructor> = new Map<string, ErrorConstructor>([
  ["TypeError", TypeError],
  ["RangeError", RangeError],
  ["SyntaxError", SyntaxError],
  ["ReferenceError", ReferenceError],
  ["EvalError", EvalError],
  ["URIError", URIError],
]);

/**
 * The error of a worker as an error of this side: of the same class if it is a built-in one, else only of the same
 * name.
 */
function revive({ name, message, stack }: RemoteError): Error {
  if (name === "DataCloneError") return new DOMException(message, name);
  const error = new (ERROR_CLASSES.get(name) ?? Error)(message);
  if (error.name !== name) error.name = name;
  error.stack = stack;
  return error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
