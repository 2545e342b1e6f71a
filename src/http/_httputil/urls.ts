import type { Bytes } from "../../internal/bytes.ts";
import { urlEscape, urlUnescape, utf8 } from "../../util/escape.ts";

// RFC 9110 section 7.2 and RFC 3986 section 3.2.2. Of an IPv6 address only the characters are looked at. The comma is
// legal, and two Host headers that were joined into one have a blank behind theirs.
const HOST =
  /^(?:\[(?:[0-9A-Fa-f:.]+|[Vv][0-9A-Fa-f]+\.[\w\-.~!$&'()*+,;=:]+)\]|(?:[\w\-.~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)(?::[0-9]*)?$/;

/** Tells whether the value of a Host header or the authority of a target is well-formed; the empty one is. */
export function isValidHost(host: string): boolean {
  return HOST.test(host);
}

/**
 * Splits `host:port` at its last colon; without a port the second part is `null`.
 *
 * The brackets of an IPv6 address stay. An address without brackets is split at its last colon as well.
 * Tornado's `split_host_and_port`.
 *
 * @example
 * ```ts
 * import { splitHostAndPort } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(splitHostAndPort("[::1]:8888"), ["[::1]", 8888]);
 * assertEquals(splitHostAndPort("example.com"), ["example.com", null]);
 * ```
 */
export function splitHostAndPort(netloc: string): [string, number | null] {
  const colon = netloc.lastIndexOf(":");
  const port = netloc.slice(colon + 1);
  if (colon < 1 || !/^[0-9]+$/.test(port)) return [netloc, null];
  return [netloc.slice(0, colon), Number(port)];
}

/** The parts of a request target that routing needs. */
export interface TargetParts {
  /** Authority of an absolute-form target, `null` for the other forms. */
  authority: string | null;
  /** Path: the part before the first `?`. */
  path: string;
  /** Query: the part after the first `?`, `""` if there is none. */
  query: string;
}

// RFC 9112 section 3.2.2. User information was never legal there, and is dropped.
const ABSOLUTE_FORM = /^https?:\/\/(?:[^/?#@]*@)?([^/?#]*)/i;

/** Splits a request target without decoding or normalising, since routes see the path as it was sent. */
export function splitTarget(target: string): TargetParts {
  let authority: string | null = null;
  let start = 0;
  if (target.charCodeAt(0) !== 0x2f) {
    const match = ABSOLUTE_FORM.exec(target);
    if (match !== null) {
      authority = match[1] ?? "";
      start = match[0].length;
    }
  }
  const mark = target.indexOf("?", start);
  let path = target.slice(start, mark === -1 ? undefined : mark);
  if (path === "" && authority !== null) path = "/";
  return { authority, path, query: mark === -1 ? "" : target.slice(mark + 1) };
}

function parseQsl(query: string): [string, string][] {
  return query.split("&").filter((piece) => piece !== "").map((piece) => {
    const at = piece.indexOf("=");
    if (at === -1) return [urlUnescape(piece), ""];
    return [urlUnescape(piece.slice(0, at)), urlUnescape(piece.slice(at + 1))];
  });
}

/**
 * Adds query arguments to a URL: its query is parsed, extended and encoded again.
 *
 * A fragment stays at the end. `null` changes nothing. Tornado's `url_concat`.
 *
 * @param url The URL, absolute or relative.
 * @param args A record, or a list of pairs in which a name may occur several times.
 * @throws {TypeError} If `args` is neither.
 *
 * @example
 * ```ts
 * import { urlConcat } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(urlConcat("http://example.com/foo", { c: "d e" }), "http://example.com/foo?c=d+e");
 * assertEquals(urlConcat("/foo?a=b#top", [["c", "d"], ["c", "e"]]), "/foo?a=b&c=d&c=e#top");
 * ```
 */
export function urlConcat(
  url: string,
  args: Readonly<Record<string, string>> | readonly (readonly [string, string])[] | null,
): string {
  if (args === null) return url;
  if (typeof args !== "object") {
    throw new TypeError(`'args' must be a record or a list of pairs, not ${typeof args}`);
  }
  // As URL parsers do: a line break in a URL is dropped, never sent.
  const clean = url.replace(/[\t\r\n]/g, "").replace(/^[a-z][a-z0-9+.-]*:/i, (scheme) => scheme.toLowerCase());
  const hash = clean.indexOf("#");
  const beforeHash = hash === -1 ? clean : clean.slice(0, hash);
  const fragment = hash === -1 ? "" : clean.slice(hash);
  const mark = beforeHash.indexOf("?");
  const base = mark === -1 ? beforeHash : beforeHash.slice(0, mark);
  const pairs: (readonly [string, string])[] = mark === -1 ? [] : parseQsl(beforeHash.slice(mark + 1));
  const added = Array.isArray(args) ? args : Object.entries(args);
  const query = [...pairs, ...added].map(([name, value]) => `${urlEscape(name)}=${urlEscape(value)}`).join("&");
  return base + (query === "" ? "" : `?${query}`) + (fragment === "#" ? "" : fragment);
}

/**
 * Yields a pair for each value of a parsed query, such as `queryArguments`; Tornado's `qs_to_qsl`.
 *
 * @example
 * ```ts
 * import { qsToQsl } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...qsToQsl({ a: ["1", "2"], b: ["3"] })], [["a", "1"], ["a", "2"], ["b", "3"]]);
 * ```
 */
export function* qsToQsl<T extends string | Uint8Array>(
  qs: Readonly<Record<string, readonly T[]>>,
): IterableIterator<[string, T]> {
  for (const name of Object.keys(qs)) {
    for (const value of qs[name] ?? []) yield [name, value];
  }
}

/**
 * Returns the bytes of `username:password` that Basic authentication sends in base64 (RFC 7617): NFC, then UTF-8.
 *
 * Bytes stay as they are. Tornado's `encode_username_password`.
 *
 * @example
 * ```ts
 * import { encodeUsernamePassword } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new TextDecoder().decode(encodeUsernamePassword("Aladdin", "open sesame")), "Aladdin:open sesame");
 * ```
 */
export function encodeUsernamePassword(username: string | Uint8Array, password: string | Uint8Array): Bytes {
  const user = typeof username === "string" ? utf8(username.normalize("NFC")) : username;
  const pass = typeof password === "string" ? utf8(password.normalize("NFC")) : password;
  const result = new Uint8Array(user.length + 1 + pass.length);
  result.set(user);
  result[user.length] = 0x3a;
  result.set(pass, user.length + 1);
  return result;
}

/** Returns a host in lower case, without the port that its scheme implies. */
export function withoutDefaultPort(host: string, scheme: string): string {
  const lower = host.toLowerCase();
  const port = scheme === "https" ? ":443" : ":80";
  return (scheme === "https" || scheme === "http") && lower.endsWith(port) ? lower.slice(0, -port.length) : lower;
}
