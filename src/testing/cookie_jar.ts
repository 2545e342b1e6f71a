import { CookieJar as HTTPCookieJar } from "../http/httpclient.ts";
import type { HTTPHeaders } from "../http/httputil.ts";

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
  // Tests may use any host as their site, also one without a dot.
  readonly #jar: HTTPCookieJar = new HTTPCookieJar({ isPublicSuffix: () => false });
  readonly #home: CookieTarget;

  /** Makes an empty jar. Cookies that {@linkcode CookieJar.set} puts in belong to `home`. */
  constructor(home: CookieTarget) {
    this.#home = home;
  }

  /** Returns the value of a cookie as it was sent, whatever its host and path, or `null`. */
  get(name: string): string | null {
    for (const cookie of this.#jar) if (cookie.name === name) return cookie.value;
    return null;
  }

  /** Puts a cookie of the application's own host and of all paths into the jar. */
  set(name: string, value: string): void {
    const domain = urlOf(this.#home).hostname.replace(/^\[|\]$/g, "");
    this.#jar.set({ name, value, path: "/", domain, hostOnly: true, secure: false, expires: Infinity });
  }

  /** Removes all cookies of a name. */
  delete(name: string): void {
    this.#jar.delete(name);
  }

  /** Removes all cookies. */
  clear(): void {
    this.#jar.clear();
  }

  /** Returns the value of the Cookie header for a request; `""` if it has none. */
  header(request: CookieTarget): string {
    return this.#jar.header(urlOf(request));
  }

  /** Takes the cookies of a response to a request. */
  store(request: CookieTarget, headers: HTTPHeaders): void {
    this.#jar.store(urlOf(request), headers);
  }

  /** Yields the names and values of all cookies. */
  *[Symbol.iterator](): IterableIterator<[string, string]> {
    for (const { name, value } of this.#jar) yield [name, value];
  }
}

function urlOf({ protocol, host, target }: CookieTarget): URL {
  // The target of an OPTIONS request may be an asterisk.
  return new URL(`${protocol}://${host}${target.startsWith("/") ? target : "/"}`);
}
