import { currentClock } from "../../internal/clock.ts";
import { checkSeconds } from "../../internal/duration.ts";
import { HmacSha256 } from "../../internal/digest/hmac_sha256.ts";
import { isThenable, toError } from "../../internal/promises.ts";
import { Seldom } from "../../internal/seldom.ts";
import { utf8 } from "../../util/escape.ts";
import { appLog, genLog } from "../../util/log.ts";
import { sessionOf, setSession } from "../../web/internal.ts";
import { type HandlerGuard, HTTPError, type RequestHandler } from "../../web/mod.ts";
import { giveUpLate, SessionCookie, type SessionCookieOptions, sessionRequest } from "./session_cookie.ts";
import { type SessionBacking, SessionState } from "./session_state.ts";
import type { SessionStore, StoredSession } from "./session_store.ts";

/** Half an hour without a request, and a working day in any case: what OWASP names for sites of low risk. */
export const DEFAULT_IDLE = 1800;
export const DEFAULT_ABSOLUTE = 43_200;
/** The part of the idle time after which a request that changes nothing is noted: not every one should be a write. */
const TOUCH_PART = 0.1;
/** Bytes of an identifier: guessing one of 2^256 is hopeless. */
const ID_BYTES = 32;
/** Seconds between two lines of the log while the store fails: each request would write one. */
const LOG_SECONDS = 10;
/** The form of our identifiers in base64url. */
const ID = /^[\w-]{43}$/;

/** Options of {@linkcode ServerSessions}. */
export interface ServerSessionsOptions extends SessionCookieOptions {
  /** Keeps the sessions. */
  store: SessionStore;
  /**
   * The outcome when the store fails: `"closed"` answers 503; `"open"` goes on with an empty session, which is not
   * kept, so that users appear logged out.
   *
   * @default {"closed"}
   */
  onFailure?: "closed" | "open";
}

/**
 * Sessions that a store on the server keeps; the client has only an identifier. Give one to the setting `sessions`.
 *
 * They can be revoked, hold as much as the store does, and survive parallel requests: what two of them have changed is
 * joined, value by value.
 *
 * @example
 * ```ts
 * import { MemorySessionStore, ServerSessions } from "@twister/twister/sessions";
 * import { TestClient } from "@twister/twister/testing";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Visits extends RequestHandler {
 *   override newSession() {
 *     return { visits: 0 };
 *   }
 *   override get(): void {
 *     this.session.data.visits++;
 *     this.write(String(this.session.data.visits));
 *   }
 * }
 *
 * const sessions = new ServerSessions({ store: new MemorySessionStore(), secure: false });
 * await using client = new TestClient(new Application([["/", Visits]], { sessions }));
 * assertEquals((await client.get("/")).text, "1");
 * assertEquals((await client.get("/")).text, "2");
 * ```
 */
export class ServerSessions implements HandlerGuard {
  readonly #store: SessionStore;
  readonly #cookie: SessionCookie;
  readonly #idle: number;
  readonly #absolute: number;
  readonly #fails: "closed" | "open";
  readonly #lostRead = new Seldom(LOG_SECONDS);
  readonly #lostWrite = new Seldom(LOG_SECONDS);
  readonly #backing: SessionBacking = {
    isCookie: false,
    write: (session, record) => this.#write(session, record),
  };

  /**
   * Makes the setting.
   *
   * @throws {TypeError} If a time is not a number, or the name is not one of a cookie.
   */
  constructor(options: ServerSessionsOptions) {
    const { store, idle = DEFAULT_IDLE, absolute = DEFAULT_ABSOLUTE } = options;
    checkSeconds("idle", idle);
    checkSeconds("absolute", absolute);
    this.#store = store;
    this.#cookie = new SessionCookie(options);
    this.#idle = idle;
    this.#absolute = absolute;
    this.#fails = options.onFailure ?? "closed";
  }

  /**
   * Ends all sessions of a user, as after a change of the password.
   *
   * @returns How many there were.
   */
  async revokeUser(user: string): Promise<number> {
    return await this.#store.deleteUser(user);
  }

  /** Finds the session of a request. Handlers call it through the setting. */
  enter(handler: RequestHandler): void | Promise<void> {
    const id = this.#cookie.read(handler.request);
    if (id === null || !ID.test(id)) return this.#begin(handler, null, null);
    try {
      const found = this.#store.read(keyOf(id));
      if (!isThenable(found)) return this.#begin(handler, found, id);
      return found.then((known) => this.#begin(handler, known, id), (error) => this.#lost(handler, error));
    } catch (error) {
      this.#lost(handler, error);
    }
  }

  /** Sends the identifier, if the session has one that the client does not know. */
  beforeHead(handler: RequestHandler): void {
    const session = sessionOf(handler);
    if (!(session instanceof SessionState) || session.lost) return;
    if (session.changed) this.#identify(session);
    const { id } = session;
    if (id !== null && id !== this.#cookie.read(handler.request)) this.#cookie.write(handler, id);
    else if (id === null && this.#cookie.isSent(handler.request)) this.#cookie.clear(handler);
  }

  /** Saves the session before the response ends. */
  beforeEnd(handler: RequestHandler): void | Promise<void> {
    const session = sessionOf(handler);
    if (!(session instanceof SessionState) || session.lost) return;
    const touched = session.id !== null && currentClock().now() - session.seen > this.#idle * TOUCH_PART;
    const isUnwritten = session.id !== null && session.version === 0;
    const isChanged = session.changed;
    if (isChanged && session.isLate) return giveUpLate(session);
    const isDue = isChanged || touched || isUnwritten;
    if (isDue || session.retired.length > 0) return this.#save(session, isDue);
  }

  #begin(handler: RequestHandler, stored: StoredSession | null, id: string | null): void {
    const now = currentClock().now();
    const isOld = stored !== null && (now - stored.seen >= this.#idle || now - stored.created >= this.#absolute);
    if (isOld && id !== null) void this.#forget(id);
    setSession(handler, new SessionState(this.#backing, sessionRequest(handler), isOld ? null : stored, id, now));
  }

  /** @throws {HTTPError} 503 unless the options say that requests go on. */
  #lost(handler: RequestHandler, error: unknown): void {
    if (this.#lostRead.isDue()) genLog.error("Cannot read a session: %s", toError(error).message);
    if (this.#fails === "closed") throw new HTTPError(503);
    const session = new SessionState(NO_BACKING, sessionRequest(handler), null, null, currentClock().now());
    session.lost = true;
    setSession(handler, session);
  }

  /** `isDue` tells whether there is more to do than to delete identifiers. */
  async #save(session: SessionState, isDue: boolean): Promise<void> {
    try {
      if (isDue && !session.ended) {
        session.seen = currentClock().now();
        await session.save();
      }
      for (const id of session.retired.splice(0)) await this.#store.delete(keyOf(id));
    } catch (error) {
      if (this.#lostWrite.isDue()) genLog.error("Cannot save a session: %s", toError(error).message);
      // The error page must not fail in the same way, and the client keeps its cookie.
      session.lost = true;
      if (this.#fails === "closed") throw new HTTPError(503, undefined, { cause: error });
    }
  }

  async #write(session: SessionState, record: StoredSession): Promise<StoredSession | null | "written"> {
    const isRenewed = session.renewed;
    const old = session.id;
    const { version } = session;
    if (isRenewed && old !== null) {
      // An identifier that was revoked meanwhile must not live on under another one.
      const known = await this.#store.read(keyOf(old));
      if (known === null || known.version !== version) return known;
    }
    this.#identify(session);
    const { id } = session;
    if (id === null) return null;
    const isNew = id !== old;
    const key = keyOf(id);
    const left = this.#absolute - (currentClock().now() - record.created);
    const written = isNew ? { ...record, version: 1 } : record;
    if (await this.#store.write(key, written, Math.max(1, Math.min(this.#idle, left)))) {
      session.version = written.version;
      return "written";
    }
    return await this.#store.read(key);
  }

  /** Gives a session an identifier, or a new one if the old one must not live on. */
  #identify(session: SessionState): void {
    if (session.ended || (session.id !== null && !session.renewed)) return;
    session.renewed = false;
    if (session.id !== null) session.retired.push(session.id);
    session.id = newId();
    session.version = 0;
  }

  async #forget(id: string): Promise<void> {
    try {
      await this.#store.delete(keyOf(id));
    } catch (error) {
      appLog.warning("Cannot delete a session: %s", toError(error).message);
    }
  }
}

/** Keeps nothing: for a request that goes on although the store has failed. */
const NO_BACKING: SessionBacking = { isCookie: false, write: () => Promise.resolve("written") };

const digest = new HmacSha256(utf8("twister session"));

function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace("=", "");
}

/** The key of a session in its store, from which nobody can tell the identifier. */
function keyOf(id: string): string {
  return digest.hex(id);
}
