import { currentClock, type TimeoutTarget, TimerEntry } from "../../internal/clock.ts";
import { handled } from "../../internal/promises.ts";
import { HTTPTimeoutError } from "./errors.ts";

/** A step of a request that can be broken off. */
export interface Step {
  /** Breaks the step off with an error. */
  fail(error: unknown): void;
}

/** Ends a request when its time is over or its signal says so, whatever step it is at. */
export class RequestControl implements TimeoutTarget {
  readonly #seconds: number;
  readonly #signal: AbortSignal | null;
  readonly #onAbort: (() => void) | null = null;
  readonly #timer: TimerEntry | null = null;
  #step = "";
  #underWay: Step | null = null;
  #ended: { readonly error: unknown } | null = null;

  /** @param seconds Seconds for all of it; 0 for no limit. */
  constructor(seconds: number, signal: AbortSignal | null) {
    this.#seconds = seconds;
    this.#signal = signal;
    if (signal !== null) {
      signal.throwIfAborted();
      this.#onAbort = () => this.end(signal.reason);
      signal.addEventListener("abort", this.#onAbort, { once: true });
    }
    if (seconds > 0) {
      this.#timer = new TimerEntry(currentClock().wheel, this);
      this.#timer.start(seconds);
    }
  }

  /** Tells whether the request has ended, so that no other step can begin. */
  get isOver(): boolean {
    return this.#ended !== null;
  }

  /** Ends the request, which has taken too long. */
  onTimeout(): void {
    this.end(new HTTPTimeoutError(`Timeout ${this.#step}: no complete response after ${this.#seconds} seconds`));
  }

  /** Ends the step under way, and all later ones, with an error. */
  end(error: unknown): void {
    if (this.#ended !== null) return;
    this.#ended = { error };
    this.#underWay?.fail(error);
  }

  /**
   * Begins a step, which is broken off at most once, if the request ends during it.
   *
   * @param name What a time-out says: `while connecting`.
   * @throws {unknown} The error that the request has ended with.
   */
  begin(name: string, step: Step): void {
    if (this.#ended !== null) throw this.#ended.error;
    this.#step = name;
    this.#underWay = step;
  }

  /** Waits for something that the end of the request cuts short. */
  wait<T>(
    name: string,
    start: (resolve: (value: T) => void, reject: (error: unknown) => void) => () => void,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    // Set before the start, which may already be the end.
    let stop = () => {};
    this.begin(name, {
      fail(error) {
        stop();
        reject(error);
      },
    });
    stop = start(resolve, reject);
    return handled(promise);
  }

  /** Waits for a promise that nothing can cancel, until the request ends. */
  until<T>(name: string, promise: Promise<T>): Promise<T> {
    return this.wait(name, (resolve, reject) => {
      promise.then(resolve, reject);
      return () => {};
    });
  }

  /** Takes the time limit away: the response has begun, and its reader goes at its own pace. */
  release(): void {
    this.#timer?.cancel();
  }

  /** Forgets the timer and the signal. */
  close(): void {
    this.release();
    this.#underWay = null;
    if (this.#onAbort !== null) this.#signal?.removeEventListener("abort", this.#onAbort);
  }
}
