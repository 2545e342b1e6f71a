import { currentClock } from "../internal/clock.ts";

/** Limits for the messages of each client. A client that sends more is read more slowly, and closed if it goes on. */
export interface WebSocketRateLimit {
  /**
   * Messages a second.
   *
   * @default {Infinity}
   */
  messages?: number;
  /**
   * Bytes, or letters of text, a second.
   *
   * @default {Infinity}
   */
  bytes?: number;
  /**
   * Seconds of either that may come together.
   *
   * @default {3}
   */
  burst?: number;
  /**
   * Seconds for which a client may go on at more than the rate, before it is closed with 1008.
   *
   * @default {10}
   */
  patience?: number;
}

/** Tornado's users know three seconds from Jupyter. */
const DEFAULT_BURST = 3;
const DEFAULT_PATIENCE = 10;
/** Seconds without a wait after which a client is no longer too fast: while it is held back, timers are late. */
const FORGIVEN = 1;

/** Counts what one client sends. */
export class SocketMeter {
  /** Seconds that a message takes, and each of its bytes. */
  readonly #perMessage: number;
  readonly #perByte: number;
  readonly #burst: number;
  readonly #patience: number;
  /** When all that was sent would have been sent at the rate, by the monotonic clock. */
  #due = 0;
  /** Since when the client is too fast, and until when it was told to wait last. */
  #since = 0;
  #heldUntil = -Infinity;

  /** @throws {RangeError} If a limit is not a positive number. */
  constructor(limit: WebSocketRateLimit) {
    const { messages = Infinity, bytes = Infinity, burst = DEFAULT_BURST, patience = DEFAULT_PATIENCE } = limit;
    for (const [name, value] of Object.entries({ messages, bytes, burst, patience })) {
      if (!(value > 0)) throw new RangeError(`Invalid websocketRateLimit: ${name} is ${value}, not a positive number`);
    }
    this.#perMessage = 1 / messages;
    this.#perByte = 1 / bytes;
    this.#burst = burst;
    this.#patience = patience;
  }

  /** Counts a message; returns the seconds for which nothing more must be read, or -1 to give the client up. */
  take(length: number): number {
    const now = currentClock().monotonic();
    this.#due = Math.max(this.#due, now) + Math.max(this.#perMessage, length * this.#perByte);
    const wait = this.#due - now - this.#burst;
    if (wait <= 0) return 0;
    if (now - this.#heldUntil > FORGIVEN) this.#since = now;
    if (now - this.#since > this.#patience) return -1;
    const held = Math.min(wait, this.#patience);
    this.#heldUntil = now + held;
    return held;
  }
}
