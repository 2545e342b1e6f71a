import { currentClock } from "../../internal/clock.ts";
import { checkLimit } from "../../internal/limits.ts";
import type { HTTPHeaders } from "../_httputil/headers.ts";
import { isValidIp } from "../../net/netutil.ts";
import { parseCookieDate } from "./cookie_date.ts";

/** Options of a {@linkcode CookieJar}. */
export interface CookieJarOptions {
  /**
   * Tells whether a domain is a public suffix, such as `co.uk`, under which everyone can register names: no cookie is
   * kept for all of it. By default these are the names without a dot.
   */
  isPublicSuffix?: (domain: string) => boolean;
  /** The most cookies of one domain; the oldest one goes. @default {180} */
  maxPerDomain?: number;
}

/** A cookie that a jar keeps. */
export interface StoredCookie {
  /** Its name. */
  readonly name: string;
  /** Its value, as it was sent. */
  readonly value: string;
  /** The host that has set it, or the domain whose hosts all get it. */
  readonly domain: string;
  /** Tells whether only the host itself gets it. */
  readonly hostOnly: boolean;
  /** The path below which it is sent. */
  readonly path: string;
  /** Tells whether it is sent over https only. */
  readonly secure: boolean;
  /** Seconds since the epoch at which it ends; `Infinity` for the life of the jar. */
  readonly expires: number;
}

interface Kept {
  readonly cookie: StoredCookie;
  /** The number of cookies that had been kept before, and it. */
  readonly created: number;
}

/** Longest name and value together, and longest attribute, in bytes (RFC 6265bis, section 5.6). */
const MAX_PAIR = 4096;
const MAX_ATTRIBUTE = 1024;

/** Control characters, which end the parsing of a cookie (RFC 6265bis, section 5.6). */
// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

/**
 * Keeps cookies as a browser does: by host or domain, path, `Secure` and age (RFC 6265, with the prefixes of 6265bis).
 *
 * @example
 * ```ts
 * import { CookieJar } from "@twister/twister/httpclient";
 * import { HTTPHeaders } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * const jar = new CookieJar();
 * jar.store(new URL("http://example.com/a"), new HTTPHeaders({ "Set-Cookie": "id=1; Path=/" }));
 * assertEquals(jar.header(new URL("http://example.com/b")), "id=1");
 * assertEquals(jar.header(new URL("http://example.org/")), "");
 * ```
 */
export class CookieJar {
  readonly #isPublicSuffix: (domain: string) => boolean;
  readonly #maxPerDomain: number;
  /** By domain, and then by path and name. */
  readonly #domains = new Map<string, Map<string, Kept>>();
  /** Names that secure cookies have had: nothing has to be searched for others. */
  readonly #secureNames = new Set<string>();
  #count = 0;

  /**
   * Makes an empty jar.
   *
   * @throws {RangeError} If `maxPerDomain` is not a whole number from 0.
   */
  constructor(options: CookieJarOptions = {}) {
    this.#isPublicSuffix = options.isPublicSuffix ?? ((domain) => !domain.includes("."));
    this.#maxPerDomain = options.maxPerDomain ?? 180;
    checkLimit("maxPerDomain", this.#maxPerDomain);
  }

  /** Takes the cookies of a response from a URL. */
  store(url: URL, headers: HTTPHeaders): void {
    for (const line of headers.getList("Set-Cookie")) this.#storeLine(url, line);
  }

  /** Returns the value of the Cookie header for a request to a URL; `""` if there is none. */
  header(url: URL): string {
    const host = hostnameOf(url);
    const found: Kept[] = [];
    for (const domain of domainsOf(host)) {
      for (const kept of this.#live(domain)) {
        const { cookie } = kept;
        if (cookie.hostOnly && cookie.domain !== host) continue;
        if (cookie.secure && !isTrustworthy(url)) continue;
        if (matchesPath(url.pathname, cookie.path)) found.push(kept);
      }
    }
    // Longer paths come first, and then older cookies (RFC 6265, section 5.4).
    found.sort((a, b) => b.cookie.path.length - a.cookie.path.length || a.created - b.created);
    return found.map(({ cookie: { name, value } }) => `${name}=${value}`).join("; ");
  }

  /** Puts a cookie into the jar, in place of one of the same name, domain and path. */
  set(cookie: StoredCookie): void {
    let cookies = this.#domains.get(cookie.domain);
    if (cookies === undefined) this.#domains.set(cookie.domain, cookies = new Map());
    if (cookie.secure) this.#secureNames.add(cookie.name);
    const key = `${cookie.path}\n${cookie.name}`;
    if (cookie.expires <= currentClock().now()) cookies.delete(key);
    else {
      // A new value does not make a cookie younger (section 5.3, step 11).
      cookies.set(key, { cookie, created: cookies.get(key)?.created ?? ++this.#count });
      // Those that have ended go first (section 5.3).
      if (cookies.size > this.#maxPerDomain && this.#live(cookie.domain).length > this.#maxPerDomain) {
        for (const oldest of cookies.keys()) return void cookies.delete(oldest);
      }
    }
    if (cookies.size === 0) this.#domains.delete(cookie.domain);
  }

  /** Removes all cookies of a name. */
  delete(name: string): void {
    for (const cookies of this.#domains.values()) {
      for (const [key, { cookie }] of cookies) if (cookie.name === name) cookies.delete(key);
    }
  }

  /** Removes all cookies. */
  clear(): void {
    this.#domains.clear();
    this.#secureNames.clear();
  }

  /** Yields all cookies that have not ended. */
  *[Symbol.iterator](): IterableIterator<StoredCookie> {
    for (const domain of [...this.#domains.keys()]) yield* this.#live(domain).map(({ cookie }) => cookie);
  }

  #live(domain: string): Kept[] {
    const cookies = this.#domains.get(domain);
    if (cookies === undefined) return [];
    const now = currentClock().now();
    for (const [key, { cookie }] of cookies) if (cookie.expires <= now) cookies.delete(key);
    return [...cookies.values()];
  }

  #storeLine(url: URL, line: string): void {
    if (CONTROL.test(line)) return;
    const [pair = "", ...rest] = line.split(";");
    const equals = pair.indexOf("=");
    const name = pair.slice(0, Math.max(0, equals)).trim();
    const value = pair.slice(equals + 1).trim();
    // A cookie without a name is none (RFC 6265, section 5.2).
    if (name === "" || name.length + value.length > MAX_PAIR) return;
    const attributes = attributesOf(rest);
    const host = hostnameOf(url);
    const domain = this.#domainFor(host, attributes.get("domain") ?? "");
    if (domain === null) return;
    const given = attributes.get("path") ?? "";
    const cookie: StoredCookie = {
      name,
      value,
      domain: domain.name,
      hostOnly: domain.hostOnly,
      path: given.startsWith("/") ? given : defaultPath(url.pathname),
      secure: attributes.has("secure"),
      expires: expiry(attributes),
    };
    if (hasFalsePrefix(cookie, given)) return;
    if (!isTrustworthy(url) && (cookie.secure || this.#shadowsSecure(cookie))) return;
    this.set(cookie);
  }

  /**
   * Tells whether a cookie could be taken for a secure one, which a connection that others can write to must not
   * replace (RFC 6265bis, section 5.7, step 16).
   */
  #shadowsSecure({ name, domain, path }: StoredCookie): boolean {
    if (!this.#secureNames.has(name)) return false;
    const now = currentClock().now();
    const isShadowed = (other: string) => {
      for (const { cookie } of this.#domains.get(other)?.values() ?? []) {
        if (cookie.secure && cookie.name === name && cookie.expires > now && matchesPath(path, cookie.path)) {
          return true;
        }
      }
      return false;
    };
    if (domainsOf(domain).some(isShadowed)) return true;
    const below = `.${domain}`;
    for (const other of this.#domains.keys()) if (other.endsWith(below) && isShadowed(other)) return true;
    return false;
  }

  /** The domain of a cookie; `null` if the host may not set it. */
  #domainFor(host: string, attribute: string): { name: string; hostOnly: boolean } | null {
    const domain = attribute.replace(/^\./, "").toLowerCase();
    if (domain === "" || domain === host) {
      const hostOnly = domain === "" || isAddress(host) || this.#isPublicSuffix(domain);
      return { name: host, hostOnly };
    }
    if (!host.endsWith(`.${domain}`) || isAddress(host) || this.#isPublicSuffix(domain)) return null;
    return { name: domain, hostOnly: false };
  }
}

function attributesOf(parts: readonly string[]): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const part of parts) {
    const equals = part.indexOf("=");
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    const value = equals < 0 ? "" : part.slice(equals + 1).trim();
    if (value.length <= MAX_ATTRIBUTE && (name !== "expires" || parseCookieDate(value) !== null)) {
      const isEmpty = name === "domain" && value === "";
      if (!isEmpty && (name !== "max-age" || /^-?\d+$/.test(value))) attributes.set(name, value);
    }
  }
  return attributes;
}

/** Seconds since the epoch at which a cookie ends. */
function expiry(attributes: ReadonlyMap<string, string>): number {
  const age = attributes.get("max-age");
  if (age !== undefined) return Number(age) <= 0 ? -Infinity : currentClock().now() + Number(age);
  const date = attributes.get("expires");
  return date === undefined ? Infinity : (parseCookieDate(date) ?? Infinity) / 1000;
}

/** RFC 6265bis, section 4.1.3: what the names `__Secure-` and `__Host-` promise. */
function hasFalsePrefix({ name, secure, hostOnly }: StoredCookie, path: string): boolean {
  if (/^__secure-/i.test(name)) return !secure;
  return /^__host-/i.test(name) && (!secure || !hostOnly || path !== "/");
}

function hostnameOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
}

function isAddress(host: string): boolean {
  return isValidIp(host);
}

/** Tells whether a cookie is safe on its way: by TLS, or on this machine. */
function isTrustworthy({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || protocol === "wss:" || /^(?:(?:.*\.)?localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
}

/** The host and the domains around it. */
function domainsOf(host: string): string[] {
  if (isAddress(host)) return [host];
  const labels = host.split(".");
  return labels.map((_, i) => labels.slice(i).join("."));
}

/** RFC 6265, section 5.1.4. */
function matchesPath(path: string, prefix: string): boolean {
  return path === prefix || (path.startsWith(prefix) && (prefix.endsWith("/") || path.charAt(prefix.length) === "/"));
}

function defaultPath(path: string): string {
  const end = path.lastIndexOf("/");
  return end <= 0 ? "/" : path.slice(0, end);
}
