import { currentClock, TICK, type TimeoutTarget, TimerEntry } from "../internal/clock.ts";
import type { BaseIOStream } from "../net/iostream.ts";
import type { Connection } from "./connection.ts";

/** The wheel is late by up to this much, on which the answer to "when is a dead peer noticed?" must not depend. */
const LATENESS = 2 * TICK;
/** A pinger does not fire more often than this, however short the interval. */
const SHORTEST = TICK;
/** With this much waiting in the process, the kernel's buffers are full, and what they take the peer has taken. */
const FULL = 65536;
/** What the kernels of both ends may hold between them: 4 MiB and 6 MiB, the defaults of Linux. */
const IN_KERNELS = 10 * 1024 * 1024;
/** The most intervals for which a peer may be silent that has to read what the kernels hold before it sees the ping. */
const MAX_SILENCE = 10;

/** A connection, as its heartbeat needs it. */
type HeartbeatOwner = Pick<Connection, "held" | "pingTimedOut" | "sendPing"> & {
  readonly stream: Pick<BaseIOStream, "bytesWritten" | "writeBufferSize" | "writing">;
};

/** Pings one connection at an interval, and notices when nothing comes back. One coarse timer serves all of them. */
export class Heartbeat implements TimeoutTarget {
  /** The seconds from the last ping to its pong; `null` before the first pong. */
  roundTripTime: number | null = null;
  readonly #connection: HeartbeatOwner;
  readonly #interval: number;
  readonly #timeout: number;
  readonly #timer: TimerEntry;
  /** When the last ping was sent, in seconds; 0 after its pong. */
  #sentAt = 0;
  #waiting = false;
  #alive = false;
  /** What the kernel had taken when the last ping was sent. */
  #takenBefore = 0;
  /** `true` if the kernel's buffers were full then. */
  #full = false;
  /** Intervals for which the peer may be silent yet. */
  #silence = 0;

  /** Pings every `interval` seconds; `timeout` is how long to wait for a sign of life, or 0 for not looking. */
  constructor(connection: HeartbeatOwner, interval: number, timeout: number) {
    this.#connection = connection;
    this.#interval = interval;
    this.#timeout = timeout;
    this.#timer = new TimerEntry(currentClock().wheel, this);
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

  /** Pings, or looks whether the peer has answered. */
  onTimeout(): void {
    if (!this.#waiting) return this.#ping();
    this.#waiting = false;
    if (!this.#alive && !this.#takes()) return this.#connection.pingTimedOut();
    const rest = this.#interval - this.#timeout;
    if (rest > LATENESS) this.#start(rest);
    else this.#ping();
  }

  /** Tells whether a peer that sends nothing is alive, since it takes what we send. */
  #takes(): boolean {
    const { stream, held } = this.#connection;
    const taken = stream.bytesWritten - this.#takenBefore;
    const all = !stream.writing();
    if (this.#full && taken > 0) {
      this.#silence = Math.min(MAX_SILENCE, Math.ceil(IN_KERNELS / taken));
      return true;
    }
    return (held && (all || taken > 0)) || (all && this.#silence-- > 0);
  }

  #ping(): void {
    const { stream } = this.#connection;
    this.#alive = false;
    this.#takenBefore = stream.bytesWritten;
    this.#full = stream.writeBufferSize >= FULL;
    this.#sentAt = currentClock().monotonic();
    this.#connection.sendPing();
    this.#waiting = this.#timeout > 0;
    this.#start(this.#waiting ? this.#timeout : this.#interval);
  }
}
