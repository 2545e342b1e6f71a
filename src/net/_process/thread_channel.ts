import type { Worker } from "node:worker_threads";
import { genLog } from "../../util/log.ts";
import { START_KEY, type ThreadStart, type ToWorker, type WorkerStart } from "./messages.ts";
import type { HandleListener } from "../_transport/handle_listener.ts";
import { isFromWorker, type WorkerChannel, type WorkerExit, type WorkerListener } from "./worker_channel.ts";

/** A worker that is an isolate of this process. */
export class ThreadChannel implements WorkerChannel {
  readonly pid = null;
  readonly label = "thread";
  readonly #worker: Worker;
  readonly #listener: WorkerListener;
  #killed = false;
  #ended = false;

  private constructor(worker: Worker, listener: WorkerListener) {
    this.#worker = worker;
    this.#listener = listener;
    worker.on("message", (message: unknown) => {
      if (isFromWorker(message)) listener.onMessage(message);
    });
    worker.on("error", (error: unknown) => genLog.error("Uncaught exception in a worker thread: %s", error));
    worker.on("exit", (code: number) => this.#end({ code, signal: this.#killed ? "SIGKILL" : null }));
  }

  /** Starts an isolate that has the module as its program. */
  static async start(
    module: string,
    start: WorkerStart,
    sockets: readonly HandleListener[],
    listener: WorkerListener,
  ): Promise<ThreadChannel> {
    const { Worker } = await import("node:worker_threads");
    const workerData: ThreadStart = { [START_KEY]: start, descriptors: sockets.map((socket) => socket.duplicate()) };
    const name = `worker ${start.taskId}`;
    return new ThreadChannel(new Worker(new URL(module), { workerData, name }), listener);
  }

  send(message: ToWorker): void {
    if (!this.#ended) this.#worker.postMessage(message);
  }

  kill(): void {
    if (this.#killed || this.#ended) return;
    this.#killed = true;
    void this.#worker.terminate().then(() => this.#end({ code: 1, signal: "SIGKILL" }));
  }

  #end(exit: WorkerExit): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#listener.onExit(exit);
  }
}
