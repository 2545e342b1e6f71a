import type { Bytes } from "../../internal/bytes.ts";
import type { SSLOptions } from "../../net/netutil.ts";
import type { HTTPHeadersInit } from "../_httputil/headers.ts";
import type { CookieJar } from "./cookie_jar.ts";
import type { RetryOptions } from "./retry.ts";

/** Sends a piece of a body; the promise resolves when the connection takes more. */
export type WriteBody = (chunk: string | Bytes) => Promise<void>;

/** A body: all of it, or pieces that are sent as they come. */
export type RequestBody =
  | string
  | Bytes
  | Iterable<string | Bytes>
  | AsyncIterable<string | Bytes>;

/** Options of a client for all its requests, and of each request, which take precedence. Times are in seconds. */
export interface RequestDefaults {
  /** The name for the authentication by `authMode`. @default {null} */
  authUsername?: string | null;
  /** The password for the authentication by `authMode`. @default {""} */
  authPassword?: string | null;
  /** The scheme of the authentication. @default {"basic"} */
  authMode?: "basic" | "digest" | null;
  /** The time for one connection to be made, with TLS; 0 for no limit. @default {20} */
  connectTimeout?: number | null;
  /** The time for all of it: waiting, connecting, redirects, retries and the body; 0 for no limit. @default {20} */
  requestTimeout?: number | null;
  /** The time for which nothing may come or go while a message is under way; 0 for no limit. @default {0} */
  stallTimeout?: number | null;
  /** Tells whether to follow redirects. @default {true} */
  followRedirects?: boolean | null;
  /** The most redirects to follow; the response after the last one is an error. @default {5} */
  maxRedirects?: number | null;
  /** Tells whether a redirect may lead from https to http. @default {false} */
  allowInsecureRedirects?: boolean | null;
  /** Headers that go to the origin of the request only, besides Authorization, Cookie and their like. @default {[]} */
  sensitiveHeaders?: readonly string[] | null;
  /** The User-Agent header. @default {the name and version of this library} */
  userAgent?: string | null;
  /** The address of this machine to connect from. @default {null} */
  networkInterface?: string | null;
  /** The proxy's host, for all requests. @default {null} */
  proxyHost?: string | null;
  /** The proxy's port. @default {null} */
  proxyPort?: number | null;
  /** The name for the proxy. @default {null} */
  proxyUsername?: string | null;
  /** The password for the proxy. @default {""} */
  proxyPassword?: string | null;
  /** The scheme of the proxy's authentication. @default {"basic"} */
  proxyAuthMode?: "basic" | null;
  /** Tells whether to take the proxy from `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. @default {false} */
  trustEnv?: boolean | null;
  /** Tells whether other methods than those of RFC 9110 and PATCH are allowed, and a body with GET. @default {false} */
  allowNonstandardMethods?: boolean | null;
  /** `false` to accept any certificate: a machine between the peers can then read and change all. @default {true} */
  validateCert?: boolean | null;
  /** Root certificates in PEM, or the path of a file with them, besides those of the system. @default {null} */
  caCerts?: string | null;
  /** Path of the client's private key. @default {null} */
  clientKey?: string | null;
  /** Path of the client's certificate. @default {null} */
  clientCert?: string | null;
  /** TLS options in place of the four above. @default {null} */
  sslOptions?: SSLOptions | null;
  /** `false` for IPv4 only. @default {true} */
  allowIpv6?: boolean | null;
  /** Tells whether to ask for a compressed response and to decode it. @default {true} */
  decompressResponse?: boolean | null;
  /** Repeats requests that fail for a time. @default {null} */
  retry?: RetryOptions | null;
  /** Keeps the cookies of responses and sends them. @default {null} */
  cookies?: CookieJar | null;
  /**
   * Tells whether a connection may go to an IP address, at every hop: against requests that others forge.
   * `isPublicAddress` is such a function. An address of IPv4 within IPv6 is asked for as one of IPv4. A proxy's address
   * is asked for as well, and behind a proxy nothing else can be.
   *
   * @default {null}
   */
  allowAddress?: ((address: string) => boolean) | null;
}

/** The options that shape a connection; those of {@linkcode RequestDefaults} by these names. */
export type ConnectionOptions = Pick<
  RequestDefaults,
  | "allowAddress"
  | "allowIpv6"
  | "caCerts"
  | "clientCert"
  | "clientKey"
  | "networkInterface"
  | "proxyHost"
  | "proxyPassword"
  | "proxyPort"
  | "proxyUsername"
  | "sslOptions"
  | "trustEnv"
  | "validateCert"
>;

/** Options of a request. Tornado's arguments of `HTTPRequest`. */
export interface HTTPRequestOptions extends RequestDefaults {
  /** The method. @default {"GET"} */
  method?: string;
  /** Tornado's older name of `decompressResponse`, which takes precedence. @default {undefined} */
  useGzip?: boolean;
  /** The headers; those of the client itself are added where they are missing. @default {{}} */
  headers?: HTTPHeadersInit;
  /** The body. Text is sent as UTF-8. @default {null} */
  body?: RequestBody | ReadableStream<Bytes> | null;
  /** Sends the body by calling its argument. Each call returns a promise to wait for. @default {null} */
  bodyProducer?: ((write: WriteBody) => void | Promise<void>) | null;
  /** Sends the body only once the server has agreed to take it (RFC 9110, section 10.1.1). @default {false} */
  expect100Continue?: boolean;
  /**
   * Asks for the response only if it is newer than this time, in seconds since the epoch or as a date.
   *
   * @default {null}
   */
  ifModifiedSince?: number | Date | null;
  /** Gets the pieces of the body in place of `response.body`; nothing is read before its promise. @default {null} */
  streamingCallback?: ((chunk: Bytes) => void | Promise<void>) | null;
  /** Gets each line of the head, with its line end: the status line, the headers, and an empty line. @default {null} */
  headerCallback?: ((line: string) => void) | null;
  /** Ends the request: the promise rejects with the reason of the signal. @default {null} */
  signal?: AbortSignal | null;
}
