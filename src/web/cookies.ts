/**
 * The cookies of a response, in the notation of Python's `http.cookies`, which Tornado uses.
 *
 * @module
 */
import { formatTimestamp } from "../http/httputil.ts";
import type { Bytes } from "../internal/bytes.ts";
import { currentClock } from "../internal/clock.ts";
import { toUnicode } from "../util/escape.ts";

/** The attributes of a cookie: for which requests and how long a browser keeps it. */
export interface CookieOptions {
  /**
   * The domain whose hosts get the cookie.
   *
   * @default {none: only the host that set the cookie}
   */
  domain?: string | null;
  /**
   * The end of the cookie: seconds since 1970, a Date, or year, month (1 to 12), day, hour, minute and second in UTC. 0
   * counts as absent.
   *
   * @default {none: the cookie ends with the browser's session}
   */
  expires?: number | Date | readonly number[] | null;
  /**
   * The beginning of the paths that get the cookie; `null` or `""` for those below the path that set it.
   *
   * @default {"/"}
   */
  path?: string | null;
  /**
   * The lifetime in days, unless `expires` is given.
   *
   * @default {none}
   */
  expiresDays?: number | null;
  /**
   * The lifetime in whole seconds, which takes precedence over `expires`. 0 counts as absent.
   *
   * @default {none}
   */
  maxAge?: number | null;
  /**
   * Hides the cookie from scripts of the page.
   *
   * @default {false}
   */
  httponly?: boolean;
  /**
   * Keeps the browser from sending the cookie without TLS.
   *
   * @default {false}
   */
  secure?: boolean;
  /**
   * Says which requests from other sites carry the cookie: `Strict`, `Lax`, or `None`, which needs `secure`.
   *
   * @default {none, which browsers treat as Lax}
   */
  samesite?: string | null;
  /**
   * Keeps a separate cookie for each top-level site that embeds this one. Needs `secure`. Not in Tornado.
   *
   * @default {false}
   */
  partitioned?: boolean;
  /**
   * Tells Chromium which cookies to drop last when there are too many: `Low`, `Medium` or `High`. Not in Tornado.
   *
   * @default {none, which counts as Medium}
   */
  priority?: string | null;
}

/** The attributes that a cookie was set with, which are needed to remove it. */
export type ClearCookieOptions = Omit<CookieOptions, "expires" | "expiresDays" | "maxAge">;

/**
 * Says that a cookie cannot be set, because of its name, its value or an attribute.
 *
 * Python has `http.cookies.CookieError`, and `ValueError` for a value.
 *
 * @example
 * ```ts
 * import { CookieError } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new CookieError("Cannot set cookie", "a b").cookieName, "a b");
 * ```
 */
export class CookieError extends RangeError {
  /** Always `"CookieError"`. */
  override readonly name: string = "CookieError";
  /** The name of the cookie. */
  readonly cookieName: string;

  /** Makes the error. */
  constructor(message: string, cookieName: string) {
    super(message);
    this.cookieName = cookieName;
  }
}

const DAY = 86400;
/** A cookie is removed by one that ended a year ago: no clock is that wrong. */
const LONG_AGO_DAYS = 365;

/** A token to `http.cookies`: that of RFC 9110 section 5.6.2, and the colon. */
const TOKEN = /^[\w!#$%&'*+\-.^`|~:]+$/;
const RESERVED = /^(?:expires|path|comment|domain|max-age|secure|httponly|version|samesite)$/i;
// deno-lint-ignore no-control-regex -- it refuses them
const SPACE = /[\x00-\x20]/;
/** Characters that end an attribute, or that no header can carry. */
// deno-lint-ignore no-control-regex -- as above
const NO_ATTRIBUTE = /[\x00-\x20;\x7f]|[^\x00-\xff]/;
/** Characters to escape between quotes. */
const TO_ESCAPE = /[^\w!#$%&'*+\-.^`|~: ()/<=>?@[\]{}]/g;

/**
 * Makes the value of a Set-Cookie header, with the attributes in alphabetical order like `http.cookies`.
 *
 * @throws {CookieError} If the name, the value or an attribute has characters that are not allowed.
 */
export function setCookieHeader(name: string, value: string | Bytes, options: CookieOptions = {}): string {
  const { domain, path = "/", maxAge, samesite, priority } = options;
  const expires = endOf(options);
  let header = `${checkedName(name)}=${quoted(name, toUnicode(value))}`;
  if (domain) header += `; Domain=${attribute(name, "domain", domain)}`;
  if (expires !== null) header += `; expires=${formatTimestamp(expires)}`;
  if (options.httponly) header += "; HttpOnly";
  if (maxAge !== undefined && maxAge !== null && maxAge !== 0) header += `; Max-Age=${wholeSeconds(name, maxAge)}`;
  if (options.partitioned) header += "; Partitioned";
  if (path) header += `; Path=${attribute(name, "path", path)}`;
  if (priority) header += `; Priority=${attribute(name, "priority", priority)}`;
  if (samesite) header += `; SameSite=${attribute(name, "samesite", samesite)}`;
  if (options.secure) header += "; Secure";
  return header;
}

/**
 * Names the cookie that a browser replaces: its name, domain and path make it (RFC 6265 section 5.3). Text before the
 * first slash of a path, or a dot before a domain, means nothing to the browser.
 */
export function cookieIdentity(name: string, { domain, path = "/" }: CookieOptions): string {
  const host = domain ? domain.toLowerCase().replace(/^\./, "") : "";
  return `${name};${host};${path?.startsWith("/") ? path : ""}`;
}

/**
 * Makes the value of a Set-Cookie header that removes a cookie.
 *
 * @throws {TypeError} If the options say when it ends.
 * @throws {CookieError} As {@linkcode setCookieHeader}.
 */
export function clearCookieHeader(name: string, options: ClearCookieOptions = {}): string {
  for (const refused of ["expires", "expiresDays", "maxAge"]) {
    // The type forbids them, but spread options get past it, and the cookie would stay.
    if (refused in options) throw new TypeError(`Cannot clear a cookie with the option ${refused}`);
  }
  return setCookieHeader(name, "", { ...options, expires: currentClock().now() - LONG_AGO_DAYS * DAY });
}

function endOf({ expires, expiresDays }: CookieOptions): number | Date | readonly number[] | null {
  if (expires !== undefined && expires !== null && expires !== 0) return expires;
  return expiresDays === undefined || expiresDays === null ? null : currentClock().now() + expiresDays * DAY;
}

function checkedName(name: string): string {
  if (TOKEN.test(name) && !RESERVED.test(name)) return name;
  throw new CookieError(`Cannot set a cookie with the name ${JSON.stringify(name)}: it is not legal`, name);
}

function quoted(name: string, value: string): string {
  if (SPACE.test(value)) {
    throw new CookieError(
      `Cannot set cookie ${name}: its value has spaces or controls, ${JSON.stringify(value)}`,
      name,
    );
  }
  if (TOKEN.test(value)) return value;
  return `"${value.replace(TO_ESCAPE, (char) => escaped(name, char))}"`;
}

function escaped(name: string, char: string): string {
  if (char === '"' || char === "\\") return `\\${char}`;
  const code = char.charCodeAt(0);
  // Three octal digits hold a byte, and headers are latin1.
  if (code > 0xff) {
    throw new CookieError(
      `Cannot set cookie ${name}: its value has ${JSON.stringify(char)}, which is not latin1`,
      name,
    );
  }
  return `\\${code.toString(8).padStart(3, "0")}`;
}

function attribute(name: string, attributeName: string, value: string): string {
  if (!NO_ATTRIBUTE.test(value)) return value;
  const shown = JSON.stringify(value);
  throw new CookieError(
    `Cannot set cookie ${name}: ${attributeName} has characters that are not allowed, ${shown}`,
    name,
  );
}

function wholeSeconds(name: string, maxAge: number): number {
  if (Number.isSafeInteger(maxAge)) return maxAge;
  throw new CookieError(`Cannot set cookie ${name}: maxAge must be whole seconds, not ${maxAge}`, name);
}
