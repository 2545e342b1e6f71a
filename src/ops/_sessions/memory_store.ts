import { currentClock } from "../../internal/clock.ts";
import type { SessionStore, StoredSession } from "./session_store.ts";

/** Sessions of a busy site; at 1 KB each, 100 MB. */
const DEFAULT_MAX_SESSIONS = 100_000;

/** Options of {@linkcode MemorySessionStore}. */
export interface MemorySessionStoreOptions {
  /**
   * The sessions that are kept; beyond them, the one that was saved the longest ago is forgotten.
   *
   * @default {100000}
   */
  maxSessions?: number;
}

interface Entry {
  readonly session: StoredSession;
  readonly expires: number;
}

/**
 * Keeps sessions in the memory of this process: for programs that run as one process and may forget all at a restart.
 *
 * @example
 * ```ts
 * import { MemorySessionStore } from "@twister/twister/sessions";
 * import { assertEquals } from "@std/assert";
 *
 * const store = new MemorySessionStore({ maxSessions: 1000 });
 * assertEquals(store.size, 0);
 * ```
 */
export class MemorySessionStore implements SessionStore {
  /** By key, the one that was saved the longest ago first. */
  readonly #entries = new Map<string, Entry>();
  readonly #users = new Map<string, Set<string>>();
  readonly #most: number;

  /**
   * Makes an empty store.
   *
   * @throws {RangeError} If there is no room for a session.
   */
  constructor(options: MemorySessionStoreOptions = {}) {
    const { maxSessions = DEFAULT_MAX_SESSIONS } = options;
    if (!(maxSessions >= 1)) throw new RangeError(`Invalid maxSessions ${maxSessions}: it must be 1 or more`);
    this.#most = maxSessions;
  }

  /** The number of sessions. */
  get size(): number {
    return this.#entries.size;
  }

  /** Returns a record, or `null` if there is none. */
  read(key: string): StoredSession | null {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    if (entry.expires > currentClock().now()) return entry.session;
    this.delete(key);
    return null;
  }

  /** Writes a record if the one that is there has the version before it. */
  write(key: string, session: StoredSession, seconds: number): boolean {
    const known = this.read(key);
    if ((known?.version ?? 0) !== session.version - 1) return false;
    this.delete(key);
    this.#entries.set(key, { session, expires: currentClock().now() + seconds });
    if (session.user !== null) {
      const keys = this.#users.get(session.user);
      if (keys === undefined) this.#users.set(session.user, new Set([key]));
      else keys.add(key);
    }
    this.#makeRoom();
    return true;
  }

  /** Forgets a record. */
  delete(key: string): void {
    const user = this.#entries.get(key)?.session.user ?? null;
    this.#entries.delete(key);
    if (user === null) return;
    const keys = this.#users.get(user);
    keys?.delete(key);
    if (keys?.size === 0) this.#users.delete(user);
  }

  /** Forgets all records of a user. */
  deleteUser(user: string): number {
    const keys = [...this.#users.get(user) ?? []];
    for (const key of keys) this.delete(key);
    return keys.length;
  }

  /**
   * Forgets the oldest beyond the limit, and those that have expired: at most two a write, none of which takes long.
   */
  #makeRoom(): void {
    const now = currentClock().now();
    let looked = 0;
    for (const [key, { expires }] of this.#entries) {
      if (looked++ === 2) return;
      if (this.#entries.size > this.#most || expires <= now) this.delete(key);
      else return;
    }
  }
}
