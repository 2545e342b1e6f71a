import type { HTTPServerRequest } from "../../http/httputil.ts";
import { genLog } from "../../util/log.ts";
import { stateOf } from "../../web/internal.ts";
import type { CookieOptions, RequestHandler } from "../../web/mod.ts";
import type { SessionRequest, SessionState } from "./session_state.ts";

/** The name of a cookie (RFC 6265, section 4.1.1). */
const COOKIE_NAME = /^[!#$%&'*+\-.^_`|~\w]+$/;

/** The prefix with which browsers accept a cookie only over TLS, for this host alone and all paths (RFC 6265bis). */
const HOST_PREFIX = "__Host-";

/** Options that both kinds of sessions have. */
export interface SessionCookieOptions {
  /**
   * The name of the cookie.
   *
   * @default {"__Host-session", or "session" if `secure` is false}
   */
  name?: string;
  /**
   * Sends the cookie over TLS alone, which browsers take for given on localhost. Without it, other hosts of the same
   * domain can set the cookie, too.
   *
   * @default {true}
   */
  secure?: boolean;
  /**
   * Sends the cookie with requests from other sites: with none (`"Strict"`), or with those that open a page (`"Lax"`).
   *
   * @default {"Lax"}
   */
  sameSite?: "Strict" | "Lax";
  /**
   * Seconds without a request after which a session has ended.
   *
   * @default {1800}
   */
  idle?: number;
  /**
   * Seconds after which a session has ended in any case.
   *
   * @default {43200}
   */
  absolute?: number;
}

/** The cookie of sessions. */
export class SessionCookie {
  readonly name: string;
  readonly #options: CookieOptions;

  /** @throws {TypeError} If the name is not one, or promises more than the cookie keeps. */
  constructor(options: SessionCookieOptions) {
    const { secure = true, sameSite = "Lax", name = secure ? `${HOST_PREFIX}session` : "session" } = options;
    if (!COOKIE_NAME.test(name)) throw new TypeError(`Invalid name of a cookie ${JSON.stringify(name)}`);
    if (name.startsWith("__") && !secure) throw new TypeError(`A cookie named ${name} needs secure`);
    this.name = name;
    this.#options = { httponly: true, secure, samesite: sameSite, path: "/" };
  }

  /**
   * Reads the cookie. Several values of that name count as a missing one: only one can be ours, and an attacker who has
   * planted the others must not decide which.
   */
  read(request: HTTPServerRequest): string | null {
    return this.isSent(request) ? request.cookies.get(this.name)?.value ?? null : null;
  }

  /**
   * Tells whether the client has sent such a cookie, of whatever value. Several are not ours to take back: that would
   * remove our own, and leave the one that an attacker has planted.
   */
  isSent(request: HTTPServerRequest): boolean {
    const values = new Set<string>();
    for (const header of request.headers.getList("Cookie")) {
      for (const pair of header.split(";")) {
        const equals = pair.indexOf("=");
        if (equals > 0 && pair.slice(0, equals).trim() === this.name) values.add(pair.slice(equals + 1).trim());
      }
    }
    return values.size === 1;
  }

  write(handler: RequestHandler, value: string): void {
    handler.setCookie(this.name, value, this.#options);
    forbidCaches(handler);
  }

  clear(handler: RequestHandler): void {
    handler.clearCookie(this.name, this.#options);
    forbidCaches(handler);
  }
}

/** Tells a session about its request. The head of a WebSocket is sent with the handshake. */
export function sessionRequest(handler: RequestHandler): SessionRequest {
  return {
    newSession: () => handler.newSession(),
    isHeadSent: () => {
      const { headersWritten, leftHTTP } = stateOf(handler);
      return headersWritten || leftHTTP;
    },
  };
}

/** Says that a change has come too late, and lets the response end. */
export function giveUpLate(session: SessionState): void {
  genLog.error("Cannot save a session: it was changed after headers had been written, too late for its cookie");
  session.lost = true;
}

/** A response that sets a session must not be given to others. */
function forbidCaches(handler: RequestHandler): void {
  const { headers } = stateOf(handler);
  if (headers.get("Cache-Control") === null) handler.setHeader("Cache-Control", "no-store");
}
