import { currentClock, TICK, TimerEntry } from "../internal/clock.ts";

/** The wheel is late by up to this much, on which the answer to "when is a dead peer noticed?" must not depend. */
const LATENESS = 2 * TICK;
/** A pinger does not fire more often than this, however short the interval. */
const SHORTEST = TICK;

/** A connection, as its heartbeat needs it. */
export interface HeartbeatOwner {
  sendPing(): void;
  /** Reports that the peer was silent for too long. */
  pingTimedOut(): void;
  /** `true` if a pong may have come unseen, because the connection does not read for reasons of our own. */
  readonly mayMissPongs: boolean;
}

/** Pings one connection at an interval, and notices when nothing comes back. One coarse timer serves all of them. */
export class Heartbeat {
  /** The seconds from the last ping to its pong; `null` before the first pong. */
  roundTripTime: number | null = null;
  readonly #owner: HeartbeatOwner;
  readonly #interval: number;
  readonly #timeout: number;
  readonly #timer: TimerEntry;
  /** When the last ping was sent, in seconds; 0 after its pong. */
  #sentAt = 0;
  #waiting = false;
  #alive = false;

  /**
   * Starts to ping.
   *
   * @param interval Seconds between pings.
   * @param timeout Seconds to wait for a sign of life after a ping, at most the interval; 0 for not looking.
   */
  constructor(owner: HeartbeatOwner, interval: number, timeout: number) {
    this.#owner = owner;
    this.#interval = interval;
    this.#timeout = timeout;
    this.#timer = new TimerEntry(currentClock().wheel, () => this.#fire());
    this.#start(interval);
  }

  /** Records that bytes have come: the peer is alive, even if its pong waits after a long message. */
  received(): void {
    this.#alive = true;
  }

  pong(): void {
    this.#alive = true;
    if (this.#sentAt === 0) return;
    this.roundTripTime = currentClock().monotonic() - this.#sentAt;
    this.#sentAt = 0;
  }

  stop(): void {
    this.#timer.cancel();
  }

  #start(seconds: number): void {
    this.#timer.start(Math.max(SHORTEST, seconds - LATENESS));
  }

  #fire(): void {
    if (!this.#waiting) return this.#ping();
    this.#waiting = false;
    if (!this.#alive && !this.#owner.mayMissPongs) return this.#owner.pingTimedOut();
    const rest = this.#interval - this.#timeout;
    if (rest > LATENESS) this.#start(rest);
    else this.#ping();
  }

  #ping(): void {
    this.#alive = false;
    this.#sentAt = currentClock().monotonic();
    this.#owner.sendPing();
    this.#waiting = this.#timeout > 0;
    this.#start(this.#waiting ? this.#timeout : this.#interval);
  }
}
