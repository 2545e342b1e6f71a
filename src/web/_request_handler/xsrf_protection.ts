import { equalBytes } from "../../internal/bytes.ts";
import { HTTPError } from "../errors.ts";
import type { RequestHandler } from "../request_handler.ts";
import { decodeXsrfToken, encodeXsrfToken, newXsrfToken, type RawXsrfToken } from "../xsrf.ts";

const DEFAULT_NAME = "_xsrf";
/** The days for which the cookie of a logged-in user lives. */
const USER_DAYS = 30;

/** The XSRF token of one request: its cookie, its form field, and the check of both. */
export class XsrfProtection {
  readonly #handler: RequestHandler;
  #raw: RawXsrfToken | null = null;
  #token: string | null = null;

  constructor(handler: RequestHandler) {
    this.#handler = handler;
  }

  /** The token of this response as text. The first call sets the cookie if the request has no readable one. */
  get token(): string {
    if (this.#token !== null) return this.#token;
    const handler = this.#handler;
    const raw = this.#rawToken();
    const { xsrfCookieVersion = 2, xsrfCookieName = DEFAULT_NAME, xsrfCookieKwargs = {} } = handler.settings;
    const token = encodeXsrfToken(raw, xsrfCookieVersion);
    if (raw.version === null) {
      const lasting = handler.currentUser ? { expiresDays: USER_DAYS } : {};
      handler.setCookie(xsrfCookieName, token, { ...lasting, ...xsrfCookieKwargs });
    }
    return this.#token = token;
  }

  /** @throws {HTTPError} 403 if the request does not carry the token of its cookie. */
  check(): void {
    const handler = this.#handler;
    const { headers } = handler.request;
    const text = handler.getArgument("_xsrf", null) || headers.get("X-Xsrftoken") || headers.get("X-Csrftoken");
    if (!text) throw new HTTPError(403, "'_xsrf' argument missing from POST");
    const token = decodeXsrfToken(text)?.token;
    const expected = this.#rawToken().token;
    if (token === undefined || token.length === 0) throw new HTTPError(403, "'_xsrf' argument has invalid format");
    if (!equalBytes(token, expected)) throw new HTTPError(403, "XSRF cookie does not match POST argument");
  }

  #rawToken(): RawXsrfToken {
    return this.#raw ??= tokenOfCookie(this.#handler) ?? newXsrfToken();
  }
}

function tokenOfCookie(handler: RequestHandler): RawXsrfToken | null {
  const cookie = handler.getCookie(handler.settings.xsrfCookieName ?? DEFAULT_NAME);
  const raw = cookie ? decodeXsrfToken(cookie) : null;
  // No form could carry an empty token, and its cookie would stay for ever.
  return raw === null || raw.token.length === 0 ? null : raw;
}
