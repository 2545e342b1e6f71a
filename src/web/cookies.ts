/**
 * Cookies as a response sets them, in the notation of Python's `http.cookies`, which Tornado uses.
 *
 * @module
 */
import { formatTimestamp } from "../http/httputil.ts";
import type { Bytes } from "../internal/bytes.ts";
import { currentClock } from "../internal/clock.ts";
import { toUnicode } from "../util/escape.ts";

/** Where and for how long a browser keeps a cookie. */
export interface CookieOptions {
  /**
   * The domain whose hosts get the cookie.
   *
   * @default {none: only the host that set it}
   */
  domain?: string | null;
  /**
   * When it ends: seconds since 1970, a Date, or year, month (1 to 12), day, hour, minute and second in UTC. 0 counts as absent.
   *
   * @default {none: it ends with the browser's session}
   */
  expires?: number | Date | readonly number[] | null;
  /**
   * The paths that get the cookie begin with this; `null` or `""` for those below the path that set it.
   *
   * @default {"/"}
   */
  path?: string | null;
  /**
   * In how many days it ends, unless `expires` is given.
   *
   * @default {none}
   */
  expiresDays?: number | null;
  /**
   * In how many whole seconds it ends, which comes before `expires`. 0 counts as absent.
   *
   * @default {none}
   */
  maxAge?: number | null;
  /**
   * Whether scripts of the page cannot see it.
   *
   * @default {false}
   */
  httponly?: boolean;
  /**
   * Whether it is sent over TLS only.
   *
   * @default {false}
   */
  secure?: boolean;
  /**
   * Whether requests from other sites carry it: `Strict`, `Lax`, or `None`, which browsers accept only with `secure`.
   *
   * @default {none, which browsers take for Lax}
   */
  samesite?: string | null;
  /**
   * Whether each top-level site that embeds this one has its own; browsers accept it only with `secure`. Not in Tornado.
   *
   * @default {false}
   */
  partitioned?: boolean;
  /**
   * Which cookies Chromium drops last when there are too many: `Low`, `Medium` or `High`. Not in Tornado.
   *
   * @default {none, which is Medium}
   */
  priority?: string | null;
}

/** Where a cookie was kept, which has to be told again to take it away. */
export type ClearCookieOptions = Omit<CookieOptions, "expires" | "expiresDays" | "maxAge">;

/**
 * A cookie cannot be set, because of its name, its value or an attribute.
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
/** A cookie is taken away by one that ended a year ago, long before any clock that is wrong. */
const LONG_AGO_DAYS = 365;

/** What `http.cookies` takes for a token: RFC 9110 section 5.6.2, and the colon. */
const TOKEN = /^[\w!#$%&'*+\-.^`|~:]+$/;
const RESERVED = /^(?:expires|path|comment|domain|max-age|secure|httponly|version|samesite)$/i;
// deno-lint-ignore no-control-regex -- they are what is refused
const SPACE = /[\x00-\x20]/;
// deno-lint-ignore no-control-regex -- as above
const NO_ATTRIBUTE = /[\x00-\x20;\x7f]/;
/** Of what is in quotes, all but these is escaped. */
const TO_ESCAPE = /[^\w!#$%&'*+\-.^`|~: ()/<=>?@[\]{}]/g;

/**
 * The value of a Set-Cookie header: attributes in alphabetical order, as `http.cookies` has them.
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
  if (maxAge) header += `; Max-Age=${wholeSeconds(name, maxAge)}`;
  if (options.partitioned) header += "; Partitioned";
  if (path) header += `; Path=${attribute(name, "path", path)}`;
  if (priority) header += `; Priority=${attribute(name, "priority", priority)}`;
  if (samesite) header += `; SameSite=${attribute(name, "samesite", samesite)}`;
  if (options.secure) header += "; Secure";
  return header;
}

/**
 * The value of a Set-Cookie header that takes a cookie away.
 *
 * @throws {TypeError} If the options say when it ends.
 * @throws {CookieError} As {@linkcode setCookieHeader}.
 */
export function clearCookieHeader(name: string, options: ClearCookieOptions = {}): string {
  for (const refused of ["expires", "expiresDays", "maxAge"]) {
    // The type forbids them, but a spread of other options gets past it, and the cookie would stay.
    if (refused in options) throw new TypeError(`Cannot clear a cookie with the option ${refused}`);
  }
  return setCookieHeader(name, "", { ...options, expires: currentClock().now() - LONG_AGO_DAYS * DAY });
}

function endOf({ expires, expiresDays }: CookieOptions): number | Date | readonly number[] | null {
  if (expires) return expires;
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
  // A byte is all that three octal digits can say, and headers are latin1.
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
