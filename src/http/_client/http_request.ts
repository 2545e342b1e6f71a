import { currentClock } from "../../internal/clock.ts";
import { utf8 } from "../../util/escape.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { HTTPHeaders } from "../_httputil/headers.ts";
import type { SSLOptions } from "../../net/netutil.ts";
import type { HTTPRequestOptions, RequestBody, WriteBody } from "./request_options.ts";

/** Returns the headers of a request, or `null` if it was given none and no caller has looked for them. */
export let givenHeaders: (request: HTTPRequest) => HTTPHeaders | null;

/**
 * A request of a client. Tornado's `tornado.httpclient.HTTPRequest`.
 *
 * A client never changes it, so that it can be used again.
 *
 * @example
 * ```ts
 * import { HTTPRequest } from "@twister/twister/httpclient";
 * import { assertEquals } from "@std/assert";
 *
 * const request = new HTTPRequest("http://example.com/", { method: "POST", body: "a=1" });
 * assertEquals(request.body, new TextEncoder().encode("a=1"));
 * ```
 */
export class HTTPRequest {
  /** The URL, as it was given. */
  readonly url: string;
  /** The method. */
  readonly method: string;
  /** The body; text has become bytes. */
  readonly body: Exclude<RequestBody, string> | ReadableStream<Bytes> | null;
  /** All other options, as they were given. */
  readonly options: Readonly<HTTPRequestOptions>;
  /** Seconds of the monotonic clock at which the request was made. */
  readonly startTime: number = currentClock().monotonic();
  /** `null` until there are some, or a caller looks. */
  #headers: HTTPHeaders | null;

  static {
    givenHeaders = (request) => request.#headers;
  }

  /**
   * Describes a request.
   *
   * @throws {HTTPInputError} If a header is not legal.
   */
  constructor(url: string | URL, options: HTTPRequestOptions = {}) {
    const { method = "GET", headers, body = null } = options;
    this.url = String(url);
    this.method = method;
    this.#headers = headers === undefined ? null : new HTTPHeaders(headers);
    this.body = typeof body === "string" ? utf8(body) : body;
    const { useGzip, decompressResponse } = options;
    this.options = useGzip === undefined ? options : { ...options, decompressResponse: decompressResponse ?? useGzip };
  }

  /** The headers, a copy of those that were given. */
  get headers(): HTTPHeaders {
    return this.#headers ??= new HTTPHeaders();
  }

  /** The name for the authentication; `null` for that of the client. */
  get authUsername(): string | null {
    return this.options.authUsername ?? null;
  }

  /** The password for the authentication; `null` for that of the client. */
  get authPassword(): string | null {
    return this.options.authPassword ?? null;
  }

  /** The scheme of the authentication; `null` for that of the client. */
  get authMode(): "basic" | "digest" | null {
    return this.options.authMode ?? null;
  }

  /** Seconds for a connection to be made; `null` for that of the client. */
  get connectTimeout(): number | null {
    return this.options.connectTimeout ?? null;
  }

  /** Seconds for all of it; `null` for that of the client. */
  get requestTimeout(): number | null {
    return this.options.requestTimeout ?? null;
  }

  /** Seconds for which nothing may come or go; `null` for that of the client. */
  get stallTimeout(): number | null {
    return this.options.stallTimeout ?? null;
  }

  /** Tells whether to follow redirects; `null` for that of the client. */
  get followRedirects(): boolean | null {
    return this.options.followRedirects ?? null;
  }

  /** The most redirects to follow; `null` for that of the client. */
  get maxRedirects(): number | null {
    return this.options.maxRedirects ?? null;
  }

  /** The User-Agent header; `null` for that of the client. */
  get userAgent(): string | null {
    return this.options.userAgent ?? null;
  }

  /** The address of this machine to connect from; `null` for that of the client. */
  get networkInterface(): string | null {
    return this.options.networkInterface ?? null;
  }

  /** The host of the proxy; `null` for that of the client. */
  get proxyHost(): string | null {
    return this.options.proxyHost ?? null;
  }

  /** The port of the proxy; `null` for that of the client. */
  get proxyPort(): number | null {
    return this.options.proxyPort ?? null;
  }

  /** The name for the proxy; `null` for that of the client. */
  get proxyUsername(): string | null {
    return this.options.proxyUsername ?? null;
  }

  /** The password for the proxy; `null` for that of the client. */
  get proxyPassword(): string | null {
    return this.options.proxyPassword ?? null;
  }

  /** The scheme of the authentication of the proxy; `null` for that of the client. */
  get proxyAuthMode(): "basic" | null {
    return this.options.proxyAuthMode ?? null;
  }

  /** Tells whether all methods are allowed; `null` for that of the client. */
  get allowNonstandardMethods(): boolean | null {
    return this.options.allowNonstandardMethods ?? null;
  }

  /** Tells whether the certificate has to be valid; `null` for that of the client. */
  get validateCert(): boolean | null {
    return this.options.validateCert ?? null;
  }

  /** Further root certificates; `null` for that of the client. */
  get caCerts(): string | null {
    return this.options.caCerts ?? null;
  }

  /** The path of the key of the client; `null` for that of the client. */
  get clientKey(): string | null {
    return this.options.clientKey ?? null;
  }

  /** The path of the certificate of the client; `null` for that of the client. */
  get clientCert(): string | null {
    return this.options.clientCert ?? null;
  }

  /** The options of TLS; `null` for that of the client. */
  get sslOptions(): SSLOptions | null {
    return this.options.sslOptions ?? null;
  }

  /** Tells whether IPv6 may be used; `null` for that of the client. */
  get allowIpv6(): boolean | null {
    return this.options.allowIpv6 ?? null;
  }

  /** Tells whether to decode the response; `null` for that of the client. */
  get decompressResponse(): boolean | null {
    return this.options.decompressResponse ?? null;
  }

  /** The function that sends the body, or `null`. */
  get bodyProducer(): ((write: WriteBody) => void | Promise<void>) | null {
    return this.options.bodyProducer ?? null;
  }

  /** The function that gets the pieces of the body, or `null`. */
  get streamingCallback(): ((chunk: Bytes) => void | Promise<void>) | null {
    return this.options.streamingCallback ?? null;
  }

  /** The function that gets the lines of the head, or `null`. */
  get headerCallback(): ((line: string) => void) | null {
    return this.options.headerCallback ?? null;
  }

  /** Tells whether the body waits until the server agrees to take it. */
  get expect100Continue(): boolean {
    return this.options.expect100Continue ?? false;
  }
}
