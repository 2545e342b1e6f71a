import type { HTTPHeaders } from "../http/httputil.ts";
import { currentClock } from "../internal/clock.ts";

interface StoredCookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  /** The host that has set it, or the domain whose hosts all get it. */
  readonly domain: string;
  readonly hostOnly: boolean;
  readonly secure: boolean;
  /** Seconds since the epoch. */
  readonly expires: number;
}

/** Where a request goes, as far as cookies are concerned. */
export interface CookieTarget {
  /** The protocol. */
  readonly protocol: "http" | "https";
  /** The host, with or without a port. */
  readonly host: string;
  /** Path and query. */
  readonly target: string;
}

/**
 * The cookies of a `TestClient`, kept as a browser does (RFC 6265): by host or domain, path, `Secure` and age.
 *
 * @example
 * ```ts
 * import { TestClient } from "@twister/twister/testing";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Counter extends RequestHandler {
 *   override get(): void {
 *     const count = Number(this.getCookie("count") ?? 0) + 1;
 *     this.setCookie("count", String(count));
 *     this.write(`visit ${count}`);
 *   }
 * }
 * await using client = new TestClient(new Application([["/", Counter]]));
 * await client.get("/");
 * assertEquals((await client.get("/")).text, "visit 2");
 * assertEquals(client.cookies.get("count"), "2");
 * ```
 */
export class CookieJar {
  readonly #cookies: Map<string, StoredCookie> = new Map();
  readonly #home: CookieTarget;

  /** Makes an empty jar. Cookies that {@linkcode CookieJar.set} puts in belong to `home`. */
  constructor(home: CookieTarget) {
    this.#home = home;
  }

  /** Returns the value of a cookie as it was sent, whatever its host and path, or `null`. */
  get(name: string): string | null {
    for (const cookie of this.#live()) if (cookie.name === name) return cookie.value;
    return null;
  }

  /** Puts a cookie of the application's own host and of all paths into the jar. */
  set(name: string, value: string): void {
    const domain = hostname(this.#home.host);
    this.#put({ name, value, path: "/", domain, hostOnly: true, secure: false, expires: Infinity });
  }

  /** Removes all cookies of a name. */
  delete(name: string): void {
    for (const [key, cookie] of this.#cookies) if (cookie.name === name) this.#cookies.delete(key);
  }

  /** Removes all cookies. */
  clear(): void {
    this.#cookies.clear();
  }

  /** Returns the value of the Cookie header for a request; `""` if it has none. */
  header({ protocol, host, target }: CookieTarget): string {
    const path = target.split("?", 1)[0] ?? "/";
    const found = this.#live().filter((cookie) =>
      matchesDomain(hostname(host), cookie) && matchesPath(path, cookie.path) &&
      (!cookie.secure || protocol === "https" || hostname(host) === "localhost")
    );
    // Cookies with longer paths come first (RFC 6265, 5.4).
    found.sort((a, b) => b.path.length - a.path.length);
    return found.map(({ name, value }) => `${name}=${value}`).join("; ");
  }

  /** Takes the cookies of a response to a request. */
  store(request: CookieTarget, headers: HTTPHeaders): void {
    for (const line of headers.getList("Set-Cookie")) this.#storeLine(request, line);
  }

  /** Yields the names and values of all cookies. */
  *[Symbol.iterator](): IterableIterator<[string, string]> {
    for (const { name, value } of this.#live()) yield [name, value];
  }

  #storeLine(request: CookieTarget, line: string): void {
    const [pair = "", ...rest] = line.split(";");
    const equals = pair.indexOf("=");
    const name = pair.slice(0, equals).trim();
    if (equals < 0 || name === "") return;
    const attributes = new Map(rest.map((text): [string, string] => {
      const [key = "", ...values] = text.split("=");
      return [key.trim().toLowerCase(), values.join("=").trim()];
    }));
    const host = hostname(request.host);
    const domain = (attributes.get("domain") ?? "").replace(/^\./, "").toLowerCase();
    const hostOnly = domain === "";
    if (!hostOnly && !matchesDomain(host, { domain, hostOnly })) return;
    const path = attributes.get("path") ?? "";
    this.#put({
      name,
      value: pair.slice(equals + 1).trim(),
      path: path.startsWith("/") ? path : defaultPath(request.target),
      domain: hostOnly ? host : domain,
      hostOnly,
      secure: attributes.has("secure"),
      expires: expiry(attributes),
    });
  }

  #put(cookie: StoredCookie): void {
    const key = `${cookie.domain} ${cookie.path} ${cookie.name}`;
    // In place of the one before, at its position.
    if (cookie.expires <= currentClock().now()) this.#cookies.delete(key);
    else this.#cookies.set(key, cookie);
  }

  #live(): StoredCookie[] {
    const now = currentClock().now();
    return [...this.#cookies.values()].filter((cookie) => cookie.expires > now);
  }
}

function hostname(host: string): string {
  return host.replace(/:\d*$/, "").toLowerCase();
}

function matchesDomain(host: string, { domain, hostOnly }: { domain: string; hostOnly: boolean }): boolean {
  return host === domain || (!hostOnly && host.endsWith(`.${domain}`));
}

function matchesPath(path: string, prefix: string): boolean {
  return path === prefix || (path.startsWith(prefix) && (prefix.endsWith("/") || path[prefix.length] === "/"));
}

/** The path of a cookie that names none (RFC 6265, 5.1.4). */
function defaultPath(target: string): string {
  const path = target.split("?", 1)[0] ?? "/";
  const end = path.lastIndexOf("/");
  return end <= 0 ? "/" : path.slice(0, end);
}

function expiry(attributes: ReadonlyMap<string, string>): number {
  const age = attributes.get("max-age");
  if (age !== undefined && /^-?\d+$/.test(age)) return currentClock().now() + Number(age);
  const date = Date.parse(attributes.get("expires") ?? "");
  return Number.isNaN(date) ? Infinity : date / 1000;
}
