import type { HTTPServerRequest } from "../../http/httputil.ts";
import { anchored, compilePattern } from "./compiled_pattern.ts";
import { Matcher, NO_PARAMS, type TargetParams } from "./matcher.ts";

/**
 * Matches requests by the name of their host, in lower case and without the port. Tornado's `HostMatches`.
 *
 * @example
 * ```ts
 * import { HostMatches } from "@twister/twister/routing";
 * import { HTTPHeaders, HTTPServerRequest } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * const matcher = new HostMatches(String.raw`(www\.)?example\.com`);
 * const to = (host: string) => new HTTPServerRequest({ headers: new HTTPHeaders({ Host: host }) });
 * assertEquals(matcher.match(to("WWW.Example.com:8888")), {});
 * assertEquals(matcher.match(to("example.org")), null);
 * ```
 */
export class HostMatches extends Matcher {
  /** The pattern. */
  readonly hostPattern: RegExp;
  readonly #anchored: RegExp;

  /**
   * Makes the matcher.
   *
   * @param hostPattern A regular expression in Python's syntax, to which `$` is added, or a RegExp; it must match from
   * the start.
   * @throws {SyntaxError} If the pattern is not valid.
   */
  constructor(hostPattern: string | RegExp) {
    super();
    this.hostPattern = compilePattern(hostPattern).regex;
    this.#anchored = anchored(this.hostPattern);
  }

  /** Matches if the pattern matches the name of the host. */
  override match(request: HTTPServerRequest): TargetParams | null {
    return this.#anchored.test(request.hostName) ? NO_PARAMS : null;
  }
}

/** An application with a default host, as {@linkcode DefaultHostMatches} uses it. */
export interface DefaultHostSource {
  /** The host to use in place of an unknown one, or `null`. */
  readonly defaultHost: string | null;
}

/**
 * Matches every request if the pattern matches the application's default host. Tornado's `DefaultHostMatches`.
 *
 * It never matches a request with an `X-Real-Ip` header: a proxy has sent it, and knows its hosts.
 *
 * @example
 * ```ts
 * import { DefaultHostMatches } from "@twister/twister/routing";
 * import { HTTPHeaders, HTTPServerRequest } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * const matcher = new DefaultHostMatches({ defaultHost: "example.com" }, /example\.com$/);
 * const headers = new HTTPHeaders({ Host: "localhost" });
 * assertEquals(matcher.match(new HTTPServerRequest({ headers })), {});
 * ```
 */
export class DefaultHostMatches extends Matcher {
  /** The application that has the default host. */
  readonly application: DefaultHostSource;
  /** The pattern. */
  readonly hostPattern: RegExp;
  readonly #anchored: RegExp;

  /** Makes the matcher. */
  constructor(application: DefaultHostSource, hostPattern: RegExp) {
    super();
    this.application = application;
    this.hostPattern = hostPattern;
    this.#anchored = anchored(compilePattern(hostPattern).regex);
  }

  /** Matches if the pattern matches the default host and no proxy has sent the request. */
  override match(request: HTTPServerRequest): TargetParams | null {
    const { defaultHost } = this.application;
    if (defaultHost === null || request.headers.has("X-Real-Ip")) return null;
    return this.#anchored.test(defaultHost) ? NO_PARAMS : null;
  }
}
