import { currentClock } from "../../internal/clock.ts";
import { openSignals } from "../_netutil/spare_descriptor.ts";

/** Descriptors that stay free beside those in use at the start: listeners, files, and Deno's own for stacks. */
const RESERVED = 3;
/** The part of all descriptors that is not for connections. */
const RESERVED_PART = 1 / 8;
/** Connections fewer than there were when the descriptors ran out, so that some stay free. */
const HEADROOM = 2;
/** Seconds for which that counts: others may have had the descriptors, and have given them back. */
const LEARNED_SECONDS = 60;

/** What can be closed for the sake of its descriptor. */
interface Closable {
  close(): void;
}

/** Counts the connections of a server, and knows how many it may have. */
export class ConnectionLimit {
  readonly most: number;
  #open = 0;
  #learned = Infinity;
  #learnedAt = 0;
  readonly #waiting = new Set<() => void>();
  /** The connections that came last, as a ring. */
  readonly #newest: Closable[] = [];
  #next = 0;

  constructor(most: number) {
    this.most = most;
  }

  /** Tells whether the server must not accept more connections now. */
  get full(): boolean {
    return this.room === 0;
  }

  /** The number of connections that the server may accept now. */
  get room(): number {
    if (this.#learned !== Infinity && currentClock().monotonic() - this.#learnedAt > LEARNED_SECONDS) {
      this.#learned = Infinity;
    }
    return Math.max(0, Math.min(this.most, this.#learned) - this.#open);
  }

  get open(): number {
    return this.#open;
  }

  take(connection: Closable): void {
    this.#open++;
    this.#newest[this.#next++ % HEADROOM] = connection;
  }

  release(): void {
    this.#open--;
    if (this.#waiting.size === 0 || this.full) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const callback of waiting) callback();
  }

  /** Calls `callback` once when there is room again. */
  whenRoom(callback: () => void): void {
    this.#waiting.add(callback);
  }

  /**
   * Lowers the limit for a while, because the descriptors have run out. If there was none in reserve, closes the newest
   * connections, which have hardly begun: without a free descriptor, the next stack ends the process.
   */
  outOfDescriptors(hadReserve: boolean): void {
    this.#learned = Math.max(1, Math.min(this.#open - HEADROOM, this.#learned));
    this.#learnedAt = currentClock().monotonic();
    if (hadReserve) return;
    for (const connection of this.#newest.splice(0)) connection.close();
  }
}

/**
 * The connections that a server may have by the limit of descriptors of the process. The limit can be read on Linux, by
 * a program that has all permissions; otherwise the result is `Infinity`.
 */
export function defaultMaxConnections(): number {
  if (Deno.build.os !== "linux" || !mayReadAll()) return Infinity;
  // What Deno is going to open anyway is to be counted.
  openSignals();
  try {
    const limit = Number(/^Max open files +(\d+)/m.exec(Deno.readTextFileSync("/proc/self/limits"))?.[1] ?? Infinity);
    const used = Array.from(Deno.readDirSync("/proc/self/fd")).length - 1;
    return Math.max(1, Math.floor(Math.min(limit - limit * RESERVED_PART, limit - used - RESERVED)));
  } catch {
    // A container may hide /proc.
    return Infinity;
  }
}

/** Deno gives the files of /proc only to a program that may do everything. */
function mayReadAll(): boolean {
  const names = ["read", "write", "net", "env", "run", "sys", "ffi"] as const;
  return names.every((name) => Deno.permissions.querySync({ name }).state === "granted");
}
