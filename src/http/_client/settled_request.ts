import { checkSeconds } from "../../internal/duration.ts";
import { checkLimit } from "../../internal/limits.ts";
import { version } from "../../internal/version.ts";
import { utf8 } from "../../util/escape.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { HTTPHeaders } from "../_httputil/headers.ts";
import { formatTimestamp } from "../_httputil/timestamps.ts";
import type { DigestChallenge } from "./digest.ts";
import { givenHeaders, type HTTPRequest } from "./http_request.ts";
import type { HTTPRequestOptions, RequestDefaults, WriteBody } from "./request_options.ts";

/** Methods of RFC 9110 and RFC 5789; others take `allowNonstandardMethods`. */
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "DELETE", "PATCH", "PUT", "OPTIONS"]);

/** Methods that come with a body. */
export const WITH_BODY: ReadonlySet<string> = new Set(["POST", "PATCH", "PUT"]);

type Complete<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };

/** {@linkcode RequestDefaults} without gaps. */
export type Settings = Complete<RequestDefaults>;

const DEFAULTS: Settings = {
  authUsername: null,
  authPassword: null,
  authMode: null,
  connectTimeout: 20,
  requestTimeout: 20,
  stallTimeout: 0,
  followRedirects: true,
  maxRedirects: 5,
  allowInsecureRedirects: false,
  sensitiveHeaders: [],
  userAgent: `Twister/${version}`,
  networkInterface: null,
  proxyHost: null,
  proxyPort: null,
  proxyUsername: null,
  proxyPassword: null,
  proxyAuthMode: null,
  trustEnv: false,
  allowNonstandardMethods: false,
  validateCert: true,
  caCerts: null,
  clientKey: null,
  clientCert: null,
  sslOptions: null,
  allowIpv6: true,
  decompressResponse: true,
  retry: null,
  cookies: null,
  allowAddress: null,
};

/** A body and whether it can be sent more than once. */
export type Body =
  | { readonly kind: "bytes"; readonly bytes: Bytes }
  | {
    readonly kind: "stream";
    readonly send: (write: WriteBody) => void | Promise<void>;
    /** Asked after the body for the fields that follow it, if it is chunked. */
    readonly trailers?: () => HTTPHeaders | null;
  };

/** A request with all its settings, for one hop. */
export interface SettledRequest {
  /** The request as the caller made it. */
  readonly original: HTTPRequest;
  readonly url: URL;
  readonly method: string;
  /** The fields of the caller, which must not be changed. */
  readonly headers: HTTPHeaders;
  readonly body: Body | null;
  readonly settings: Settings;
  /** The URLs before this one. */
  readonly chain: readonly string[];
  /** The challenge of Digest authentication that the server has answered the request with; `null` before it has. */
  readonly challenge: DigestChallenge | null;
  /** Fields that listeners add, such as `traceparent`. */
  readonly traceFields?: readonly (readonly [string, string])[];
}

const NONE = new HTTPHeaders();

/**
 * Completes a request with the defaults of a client and of the library.
 *
 * @throws {TypeError} If the URL is not one of http, or a time-out is not a number, or options contradict one another.
 * @throws {RangeError} If a number of redirects or repetitions is not a whole one from 0.
 */
export function settle(request: HTTPRequest, defaults: Readonly<RequestDefaults>): SettledRequest {
  const { options, method } = request;
  const settings = withDefaults(options, defaults);
  const url = urlOf(request.url);
  checkSeconds("connectTimeout", settings.connectTimeout);
  checkSeconds("requestTimeout", settings.requestTimeout);
  checkSeconds("stallTimeout", settings.stallTimeout);
  checkLimit("maxRedirects", settings.maxRedirects);
  if (settings.retry?.limit !== undefined) checkLimit("retry.limit", settings.retry.limit);
  if (!settings.allowNonstandardMethods && !METHODS.has(method)) {
    throw new TypeError(`unknown method ${method}: the option allowNonstandardMethods sends it`);
  }
  const body = bodyOf(request);
  if (!settings.allowNonstandardMethods) {
    const expectsBody = WITH_BODY.has(method);
    if (expectsBody && body === null) {
      throw new TypeError(`Body must not be null for method ${method} (unless allowNonstandardMethods is true)`);
    }
    // A DELETE and an OPTIONS may have one.
    if ((method === "GET" || method === "HEAD") && body !== null) {
      throw new TypeError(`Body must be null for method ${method} (unless allowNonstandardMethods is true)`);
    }
  }
  let headers = givenHeaders(request) ?? NONE;
  const { ifModifiedSince = null } = options;
  if (ifModifiedSince !== null) {
    headers = new HTTPHeaders(headers);
    headers.set("If-Modified-Since", formatTimestamp(ifModifiedSince));
  }
  return { original: request, url, method, headers, body, settings, chain: [], challenge: null };
}

/** The settings of a client, by its defaults: most requests have no settings of their own. */
const completed = new WeakMap<Readonly<RequestDefaults>, Settings>();

function withDefaults(options: HTTPRequestOptions, defaults: Readonly<RequestDefaults>): Settings {
  let base = completed.get(defaults);
  if (base === undefined) completed.set(defaults, base = merged(DEFAULTS, defaults));
  return merged(base, options);
}

/** The settings by some options, and by those of the library. */
export function settingsOf(options: RequestDefaults): Settings {
  return merged(DEFAULTS, options);
}

function merged(base: Settings, options: RequestDefaults): Settings {
  let own: Record<string, unknown> | null = null;
  for (const name in options) {
    const value: unknown = Reflect.get(options, name);
    if (value !== undefined && value !== null && name in DEFAULTS) (own ??= {})[name] = value;
  }
  return own === null ? base : { ...base, ...own };
}

/** The most URLs that are kept: a program asks for the same ones again and again. */
const MOST_KEPT = 256;
/** The longest text of a URL that is kept. */
const LONGEST_KEPT = 1024;
const kept = new Map<string, URL>();

/** Parses the URL of a request, which must not be changed: others may have it, too. */
function urlOf(text: string): URL {
  let url = kept.get(text);
  if (url !== undefined) return url;
  url = parseUrl(text);
  if (text.length > LONGEST_KEPT) return url;
  if (kept.size === MOST_KEPT) kept.clear();
  kept.set(text, url);
  return url;
}

/** @throws {TypeError} If it is not a URL of http or https with a host. */
export function parseUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base);
  if (url === null) throw new TypeError(`${JSON.stringify(text)} is not a URL`);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new TypeError(`Unsupported url scheme: ${JSON.stringify(text)} is neither http nor https`);
  }
  return url;
}

function bodyOf({ body, options }: HTTPRequest): Body | null {
  const { bodyProducer = null } = options;
  if (bodyProducer !== null) {
    if (body !== null) throw new TypeError("cannot combine body and bodyProducer");
    return { kind: "stream", send: bodyProducer };
  }
  if (body === null) return null;
  if (body instanceof Uint8Array) return { kind: "bytes", bytes: body };
  return { kind: "stream", send: senderOf(body) };
}

function senderOf(
  pieces: Iterable<string | Bytes> | AsyncIterable<string | Bytes>,
): (write: WriteBody) => Promise<void> {
  return async (write) => {
    for await (const piece of pieces) await write(typeof piece === "string" ? utf8(piece) : piece);
  };
}
