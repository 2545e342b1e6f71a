import { currentClock } from "../../internal/clock.ts";
import { checkSeconds } from "../../internal/duration.ts";
import { isPlainObject, parseJson } from "../../internal/json_object.ts";
import { sessionOf, setSession } from "../../web/internal.ts";
import {
  type CookieSecret,
  createSignedText,
  decodeSignedText,
  type Flash,
  type HandlerGuard,
  type RequestHandler,
} from "../../web/mod.ts";
import { DEFAULT_ABSOLUTE, DEFAULT_IDLE } from "./server_sessions.ts";
import { giveUpLate, SessionCookie, type SessionCookieOptions, sessionRequest } from "./session_cookie.ts";
import { type SessionBacking, SessionState } from "./session_state.ts";
import type { StoredSession } from "./session_store.ts";

/** The bytes of a cookie that every browser takes, name and attributes included (RFC 6265, section 6.1). */
const MAX_COOKIE = 4096;
/** What the name and the attributes take of that. */
const ATTRIBUTES = 128;
/** The part of the idle time after which a request that changes nothing gets a new cookie. */
const TOUCH_PART = 0.1;
const DAY = 86_400;

/** Options of {@linkcode CookieSessions}. */
export interface CookieSessionsOptions extends SessionCookieOptions {
  /**
   * Signs the cookies: one secret, or several by key version, all of which verify.
   *
   * @default {the setting cookieSecret}
   */
  secret?: CookieSecret;
  /**
   * The version of the key that signs, if there are several secrets.
   *
   * @default {the setting keyVersion}
   */
  keyVersion?: number;
}

/**
 * Small sessions that the client keeps in a signed cookie: nothing is stored, and any process can read them. Give one
 * to the setting `sessions`.
 *
 * The client can read the values, but not change them. A session cannot be revoked before its time, and of two
 * responses that change it, the one that arrives last counts. Use `ServerSessions` if that matters.
 *
 * @example
 * ```ts
 * import { CookieSessions } from "@twister/twister/sessions";
 * import { TestClient } from "@twister/twister/testing";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Visits extends RequestHandler {
 *   override newSession() {
 *     return { visits: 0 };
 *   }
 *   override get(): void {
 *     this.write(String(++this.session.data.visits));
 *   }
 * }
 *
 * const sessions = new CookieSessions({ secret: "a long random text, from the environment", secure: false });
 * await using client = new TestClient(new Application([["/", Visits]], { sessions }));
 * assertEquals((await client.get("/")).text, "1");
 * assertEquals((await client.get("/")).text, "2");
 * ```
 */
export class CookieSessions implements HandlerGuard {
  readonly #cookie: SessionCookie;
  readonly #secret: CookieSecret | null;
  readonly #keyVersion: number | null;
  readonly #idle: number;
  readonly #absolute: number;

  /**
   * Makes the setting.
   *
   * @throws {TypeError} If a time is not a number, the name is not one of a cookie, or the secret is empty.
   */
  constructor(options: CookieSessionsOptions = {}) {
    const { idle = DEFAULT_IDLE, absolute = DEFAULT_ABSOLUTE, secret = null } = options;
    if (secret === "") throw new TypeError("CookieSessions cannot sign with an empty secret");
    checkSeconds("idle", idle);
    checkSeconds("absolute", absolute);
    this.#cookie = new SessionCookie(options);
    this.#secret = secret;
    this.#keyVersion = options.keyVersion ?? null;
    this.#idle = idle;
    this.#absolute = absolute;
  }

  /** Reads the session of a request. Handlers call it through the setting. */
  enter(handler: RequestHandler): void {
    const now = currentClock().now();
    const stored = this.#decode(handler, this.#cookie.read(handler.request));
    const isOld = stored !== null && (now - stored.seen >= this.#idle || now - stored.created >= this.#absolute);
    setSession(handler, new SessionState(BACKING, sessionRequest(handler), isOld ? null : stored, "", now));
  }

  /** Sends the session, if it has changed. */
  beforeHead(handler: RequestHandler): void {
    const session = sessionOf(handler);
    if (!(session instanceof SessionState) || session.lost) return;
    if (session.id === null && !session.changed) {
      if (this.#cookie.isSent(handler.request)) this.#cookie.clear(handler);
      return;
    }
    const now = currentClock().now();
    if (!session.changed && now - session.seen <= this.#idle * TOUCH_PART) return;
    session.seen = now;
    this.#cookie.write(handler, this.#encode(handler, session));
  }

  /**
   * Checks the session before the head is sent.
   *
   * @throws {RangeError} If it has grown too large for a cookie.
   */
  beforeEnd(handler: RequestHandler): void {
    const session = sessionOf(handler);
    if (!(session instanceof SessionState) || session.lost || !session.changed) return;
    if (session.isLate) return giveUpLate(session);
    const { length } = this.#encode(handler, session);
    if (length <= MAX_COOKIE - ATTRIBUTES) return;
    session.lost = true;
    throw new RangeError(`Cannot keep a session of ${length} bytes in a cookie: use ServerSessions`);
  }

  /** What fails is given up, so that the error page does not fail as well. */
  #encode(handler: RequestHandler, session: SessionState): string {
    const { data, user, flashes, created, seen } = session;
    const { cookieSecret, keyVersion = null } = handler.settings;
    const secret = this.#secret ?? cookieSecret;
    if (!secret) {
      session.lost = true;
      throw new TypeError("CookieSessions needs a secret, or the setting cookieSecret");
    }
    const text = JSON.stringify([data, user, flashes, Math.floor(created), Math.floor(seen)]);
    const options = { keyVersion: this.#secret === null ? keyVersion : this.#keyVersion };
    return createSignedText(secret, this.#cookie.name, text, options);
  }

  #decode(handler: RequestHandler, value: string | null): StoredSession | null {
    const secret = this.#secret ?? handler.settings.cookieSecret;
    if (value === null || !secret) return null;
    const maxAgeDays = this.#absolute / DAY + 1;
    const text = decodeSignedText(secret, this.#cookie.name, value, { maxAgeDays });
    return text === null ? null : parse(text);
  }
}

/** There is nothing to write to: the head takes what there is when it is sent. */
const BACKING: SessionBacking = { isCookie: true, write: () => Promise.resolve("written") };

/** Returns `null` for what is not of our form: the program may have signed another cookie of that name before. */
function parse(text: string): StoredSession | null {
  const fields = parseJson(text);
  if (!Array.isArray(fields)) return null;
  const [data, user, flashes, created, seen]: unknown[] = fields;
  if (!isPlainObject(data) || typeof created !== "number" || typeof seen !== "number") return null;
  return {
    data: JSON.stringify(data),
    user: typeof user === "string" ? user : null,
    flashes: Array.isArray(flashes) ? flashes.filter(isFlash) : [],
    created,
    seen,
    version: 1,
  };
}

/** Tells whether a value is a message. */
export function isFlash(value: unknown): value is Flash {
  return isPlainObject(value) && typeof value.kind === "string" && typeof value.text === "string";
}
