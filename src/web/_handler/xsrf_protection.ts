import type { HTTPServerRequest } from "../../http/httputil.ts";
import type { CookieOptions } from "../cookies.ts";
import { HTTPError } from "../errors.ts";
import type { Settings } from "../settings.ts";
import { decodeXsrfToken, encodeXsrfToken, newXsrfToken, type RawXsrfToken, sameXsrfToken } from "../xsrf.ts";
import type { LazyState } from "./lazy_state.ts";

/** What the protection asks of a handler. */
export interface ProtectedHandler {
  readonly request: HTTPServerRequest;
  readonly settings: Settings;
  readonly currentUser: unknown;
  getArgument(name: string, defaultValue: null): string | null;
  getCookie(name: string): string | null;
  setCookie(name: string, value: string, options: CookieOptions): void;
}

const DEFAULT_NAME = "_xsrf";
/** How long the cookie of somebody who has logged in lives, in days. */
const USER_DAYS = 30;

/** The token of this response as text. Asking for it sets the cookie, if the request had none that can be read. */
export function xsrfTokenOf(handler: ProtectedHandler, state: LazyState): string {
  if (state.xsrfToken !== null) return state.xsrfToken;
  const raw = rawXsrfToken(handler, state);
  const { xsrfCookieVersion = 2, xsrfCookieName = DEFAULT_NAME, xsrfCookieKwargs = {} } = handler.settings;
  const token = encodeXsrfToken(raw, xsrfCookieVersion);
  if (raw.version === null) {
    const lasting = handler.currentUser ? { expiresDays: USER_DAYS } : {};
    handler.setCookie(xsrfCookieName, token, { ...lasting, ...xsrfCookieKwargs });
  }
  return state.xsrfToken = token;
}

/** @throws {HTTPError} 403 if the request does not carry the token of its cookie. */
export function checkXsrfToken(handler: ProtectedHandler, state: LazyState): void {
  const { headers } = handler.request;
  const text = handler.getArgument("_xsrf", null) || headers.get("X-Xsrftoken") || headers.get("X-Csrftoken");
  if (!text) throw new HTTPError(403, "'_xsrf' argument missing from POST");
  const token = decodeXsrfToken(text)?.token;
  const expected = rawXsrfToken(handler, state).token;
  if (token === undefined || token.length === 0) throw new HTTPError(403, "'_xsrf' argument has invalid format");
  if (!sameXsrfToken(token, expected)) throw new HTTPError(403, "XSRF cookie does not match POST argument");
}

function rawXsrfToken(handler: ProtectedHandler, state: LazyState): RawXsrfToken {
  return state.rawXsrfToken ??= tokenOfCookie(handler) ?? newXsrfToken();
}

function tokenOfCookie(handler: ProtectedHandler): RawXsrfToken | null {
  const cookie = handler.getCookie(handler.settings.xsrfCookieName ?? DEFAULT_NAME);
  const raw = cookie ? decodeXsrfToken(cookie) : null;
  // No form could carry an empty token, and its cookie would stay for ever.
  return raw === null || raw.token.length === 0 ? null : raw;
}
