import type { Flash } from "../../web/mod.ts";

/** The record of a session. */
export interface StoredSession {
  /** The values, as JSON. */
  readonly data: string;
  /** The user, or `null`. */
  readonly user: string | null;
  /** The messages that wait. */
  readonly flashes: readonly Flash[];
  /** When the session began, in seconds since the epoch. */
  readonly created: number;
  /** When the visitor was last seen, in seconds since the epoch. */
  readonly seen: number;
  /** The number of the record, which grows with each write. */
  readonly version: number;
}

/**
 * Keeps sessions. Its keys are digests of the identifiers that clients have, so that a stranger who reads a store can
 * use none.
 *
 * `MemorySessionStore` and `RedisSessionStore` are two.
 */
export interface SessionStore {
  /** Returns a record, or `null` if there is none. */
  read(key: string): StoredSession | null | Promise<StoredSession | null>;
  /**
   * Writes a record if the one that is there has the version before it; version 1 only if there is none.
   *
   * @param seconds The time after which the store may forget the record.
   * @returns Whether it was written.
   */
  write(key: string, session: StoredSession, seconds: number): boolean | Promise<boolean>;
  /** Forgets a record. */
  delete(key: string): void | Promise<void>;
  /** Forgets all records of a user, and returns how many there were. */
  deleteUser(user: string): number | Promise<number>;
}
