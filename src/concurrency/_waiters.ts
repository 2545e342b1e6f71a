import { currentClock, type Timer } from "../internal/clock.ts";
import { handled } from "../internal/promises.ts";
import { addAbortCallback, removeAbortCallback } from "./_abort_callbacks.ts";
import { secondsOf, signalOf, type Timeout } from "./_limits.ts";
import { RingBuffer } from "./_ring_buffer.ts";

/** A promise that ends once, whichever comes first: a result, a failure, its time-out or its signal. */
export class Waiter<Result, Payload = void> {
  readonly promise: Promise<Result>;
  /** A value that came with the caller, such as the item that it puts. */
  readonly payload: Payload;
  readonly #resolve: (result: Result) => void;
  readonly #reject: (error: unknown) => void;
  #ended = false;
  #timer: Timer | null = null;
  #signal: AbortSignal | null = null;
  #onAbort: (() => void) | null = null;

  constructor(payload: Payload) {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.promise = promise;
    this.payload = payload;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get ended(): boolean {
    return this.#ended;
  }

  serve(result: Result): void {
    if (this.#ended) return;
    this.#end();
    this.#resolve(result);
  }

  fail(error: unknown): void {
    if (this.#ended) return;
    this.#end();
    this.#reject(error);
  }

  /** Calls `onTimeout` after so many seconds and `onAbort` when the signal aborts, unless the promise ends before. */
  watch(seconds: number, signal: AbortSignal | null, onTimeout: () => void, onAbort: (reason: unknown) => void): void {
    if (seconds !== Infinity) this.#timer = currentClock().setTimer(onTimeout, seconds);
    if (signal === null) return;
    this.#signal = signal;
    this.#onAbort = () => onAbort(signal.reason);
    addAbortCallback(signal, this.#onAbort);
  }

  #end(): void {
    this.#ended = true;
    this.#timer?.cancel();
    if (this.#signal !== null && this.#onAbort !== null) removeAbortCallback(this.#signal, this.#onAbort);
    this.#timer = this.#signal = this.#onAbort = null;
  }
}

/** Waiters that have timed out or were cancelled are removed in one go when there are more of them than this. */
const MAX_ENDED = 32;

/** Callers that wait for the same thing, served in the order in which they came. */
export class WaiterList<Result, Payload = void> {
  readonly #waiters: RingBuffer<Waiter<Result, Payload>> = new RingBuffer();
  readonly #onTimeout: (waiter: Waiter<Result, Payload>) => void;
  /** Waiters in the buffer that have ended. */
  #ended = 0;

  /** `onTimeout` ends a waiter whose time has ended. */
  constructor(onTimeout: (waiter: Waiter<Result, Payload>) => void) {
    this.#onTimeout = onTimeout;
  }

  get size(): number {
    return this.#waiters.size - this.#ended;
  }

  /** Waits after all others. A rejection that the caller does not look at does not end the process. */
  wait(timeout: Timeout | null, payload: Payload): Promise<Result> {
    const waiter = new Waiter<Result, Payload>(payload);
    if (timeout === null) {
      this.#waiters.push(waiter);
      return waiter.promise;
    }
    const seconds = secondsOf(timeout);
    const signal = signalOf(timeout);
    handled(waiter.promise);
    if (signal?.aborted) {
      waiter.fail(signal.reason);
    } else if (!(seconds > 0)) {
      this.#onTimeout(waiter);
    } else {
      this.#waiters.push(waiter);
      const onTimeout = () => {
        this.#onTimeout(waiter);
        this.#onEnded();
      };
      const onAbort = (reason: unknown) => {
        waiter.fail(reason);
        this.#onEnded();
      };
      waiter.watch(seconds, signal, onTimeout, onAbort);
    }
    return waiter.promise;
  }

  /** Removes the first caller that still waits, for the one who serves it. Returns `null` if there is none. */
  shift(): Waiter<Result, Payload> | null {
    while (this.#waiters.size > 0) {
      const waiter = this.#waiters.shift();
      if (!waiter.ended) return waiter;
      this.#ended--;
    }
    return null;
  }

  failAll(error: unknown): void {
    for (let waiter = this.shift(); waiter !== null; waiter = this.shift()) {
      handled(waiter.promise);
      waiter.fail(error);
    }
  }

  #onEnded(): void {
    this.#ended++;
    const total = this.#waiters.size;
    if (this.#ended < total && (this.#ended <= MAX_ENDED || this.#ended * 2 <= total)) return;
    this.#waiters.filter((waiter) => !waiter.ended);
    this.#ended = 0;
  }
}
