import { trimOWS } from "./fields.ts";

/**
 * One cookie of a request; Tornado hands out `http.cookies.Morsel`.
 *
 * @example
 * ```ts
 * import { Morsel } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new Morsel("a", 'say "hi"', '"say \\"hi\\""').value, 'say "hi"');
 * ```
 */
export class Morsel {
  /** Name of the cookie. */
  readonly key: string;
  /** Its value, without the quotes and escapes it was sent in. */
  readonly value: string;
  /** Its value as it was sent. */
  readonly codedValue: string;

  /** Makes a cookie without any check. */
  constructor(key: string, value: string, codedValue: string) {
    this.key = key;
    this.value = value;
    this.codedValue = codedValue;
  }

  /** Returns the value. */
  toString(): string {
    return this.value;
  }
}

// The octal and backslash escapes of Python's http.cookies, in one pass: a value cannot make it slower than linear.
const ESCAPE = /\\(?:([0-3][0-7][0-7])|(.))/g;

function unquoteCookie(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value;
  const inner = value.slice(1, -1);
  if (!inner.includes("\\")) return inner;
  return inner.replace(
    ESCAPE,
    (_, octal: string | undefined, char: string) =>
      octal === undefined ? char : String.fromCharCode(parseInt(octal, 8)),
  );
}

function* cookiePairs(header: string): Generator<[string, string], void, undefined> {
  for (const piece of header.split(";")) {
    const equals = piece.indexOf("=");
    // Browsers take a piece without `=` for the value of a cookie without a name.
    const key = equals === -1 ? "" : trimOWS(piece, 0, equals);
    const value = trimOWS(piece, equals + 1);
    if (key !== "" || value !== "") yield [key, value];
  }
}

/**
 * Parses a Cookie header as browsers write it: pairs separated by `;`. Of several with one name the last wins.
 *
 * Every pair is returned, whatever its name. Tornado's `parse_cookie`.
 *
 * @returns A record without prototype, name to value.
 *
 * @example
 * ```ts
 * import { parseCookie } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals({ ...parseCookie('a=1; b="x\\073y"; a=2') }, { a: "2", b: "x;y" });
 * ```
 */
export function parseCookie(cookie: string): Record<string, string> {
  const result: Record<string, string> = Object.create(null);
  for (const [key, value] of cookiePairs(cookie)) result[key] = unquoteCookie(value);
  return result;
}

const LEGAL_NAME = /^[\w!#$%&'*+\-.^`|~:]+$/;
const RESERVED_NAME = /^(?:expires|path|comment|domain|max-age|secure|httponly|version|samesite)$/i;

/** Browsers keep up to 180 cookies of a site. More come from an attacker, whose names may collide in a hash table. */
const MAX_COOKIES = 1000;

/**
 * Reads the cookies that Python's SimpleCookie would accept. Drops illegal and reserved names, and all after the first
 * thousand.
 */
export function readCookies(header: string | null): Map<string, Morsel> {
  const jar = new Map<string, Morsel>();
  if (header === null) return jar;
  let count = 0;
  for (const [key, value] of cookiePairs(header)) {
    if (++count > MAX_COOKIES) break;
    if (LEGAL_NAME.test(key) && !RESERVED_NAME.test(key)) jar.set(key, new Morsel(key, unquoteCookie(value), value));
  }
  return jar;
}
