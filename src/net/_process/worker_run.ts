import { currentClock, type Timer } from "../../internal/clock.ts";
import { DRAIN_SLACK, type FromWorker, type WorkerMessage } from "./messages.ts";
import type { WorkerChannel, WorkerExit, WorkerListener } from "./worker_channel.ts";

/** Hears of a worker; every method gets the run that it is about. */
export interface RunListener {
  onReady(run: WorkerRun): void;
  onMessage(run: WorkerRun, message: WorkerMessage): void;
  onBeat(run: WorkerRun): void;
  onExit(run: WorkerRun, exit: WorkerExit): void;
}

/** One life of a worker, from its start to its exit. */
export class WorkerRun implements WorkerListener {
  readonly taskId: number;
  /** Resolves with whether the worker has become ready. */
  readonly becameReady: Promise<boolean>;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  /** The numbers of its last sign of life. */
  metrics: Readonly<Record<string, number>> = {};
  /** The fault for which the supervisor has killed it, or `null`. */
  fault: string | null = null;
  /** Tells whether it was told to end. */
  draining = false;
  readonly #listener: RunListener;
  readonly #ready = Promise.withResolvers<boolean>();
  readonly #end = Promise.withResolvers<void>();
  #channel: WorkerChannel | null = null;
  #isReady = false;
  #killed = false;
  #hasEnded = false;
  readonly #born: number = currentClock().monotonic();
  #lastSign: number = this.#born;
  #killTimer: Timer | null = null;

  /** Begins a life, which `start` brings to a worker. */
  constructor(taskId: number, start: (listener: WorkerListener) => Promise<WorkerChannel>, listener: RunListener) {
    this.taskId = taskId;
    this.#listener = listener;
    this.becameReady = this.#ready.promise;
    this.ended = this.#end.promise;
    void this.#begin(start);
  }

  /** Tells whether it has become ready and not ended. */
  get isReady(): boolean {
    return this.#isReady && !this.#hasEnded;
  }

  /** Seconds since its start. */
  get age(): number {
    return currentClock().monotonic() - this.#born;
  }

  /** Seconds since its start, or since its last sign of life. */
  get silence(): number {
    return currentClock().monotonic() - this.#lastSign;
  }

  /** Its name in the log. */
  get label(): string {
    return `worker ${this.taskId} (${this.#channel?.label ?? "not started"})`;
  }

  /** The number of its process, or `null` for a thread. */
  get pid(): number | null {
    return this.#channel?.pid ?? null;
  }

  /** Counts its silence from now, because the supervisor itself has slept. */
  forgive(): void {
    this.#lastSign = currentClock().monotonic();
  }

  /** Sends a message to its program. */
  send(message: WorkerMessage): void {
    this.#channel?.send({ type: "message", message });
  }

  /** Tells it to end so many kept connections, each after its next response. */
  retire(count: number): void {
    this.#channel?.send({ type: "retire", count });
  }

  /** Tells it to finish in so many seconds, and kills it later; resolves when it has ended. */
  async drain(seconds: number, last: boolean): Promise<void> {
    if (!this.draining && !this.#hasEnded) {
      this.draining = true;
      this.#channel?.send({ type: "drain", seconds, last });
      this.#killTimer = currentClock().setTimer(() => this.kill("it has not ended in time"), seconds + DRAIN_SLACK);
    }
    await this.ended;
  }

  /** Tells whether the supervisor has killed it. */
  get killed(): boolean {
    return this.#killed;
  }

  /** Ends it immediately, for a fault of its own, or for none. */
  kill(fault: string | null = null): void {
    this.fault ??= fault;
    this.#killed = true;
    this.#channel?.kill();
  }

  /** Takes a message of the worker. */
  onMessage(message: FromWorker): void {
    if (this.#hasEnded) return;
    this.#lastSign = currentClock().monotonic();
    if (message.type === "message") return this.#listener.onMessage(this, message.message);
    if (message.type === "beat") {
      this.metrics = message.metrics;
      return this.#listener.onBeat(this);
    }
    if (this.#isReady) return;
    this.#isReady = true;
    this.#ready.resolve(true);
    this.#listener.onReady(this);
  }

  /** Takes its end. */
  onExit(exit: WorkerExit): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#killTimer?.cancel();
    this.#ready.resolve(false);
    this.#listener.onExit(this, exit);
    this.#end.resolve();
  }

  async #begin(start: (listener: WorkerListener) => Promise<WorkerChannel>): Promise<void> {
    try {
      this.#channel = await start(this);
      // It was told to end before there was anybody to tell.
      if (this.#killed || this.draining) this.#channel.kill();
    } catch (error) {
      this.fault = `it cannot be started: ${error instanceof Error ? error.message : error}`;
      this.onExit({ code: 1, signal: null });
    }
  }
}
