/** The most bytes of a body, as on the other engine: Tornado's 100 MiB of `max_buffer_size`. */
const DEFAULT_MAX_BODY_SIZE = 104857600;

/** What a {@linkcode FetchHandler} may be told: the options of `HTTPServer` that make sense without its own sockets. */
export interface FetchHandlerOptions {
  /**
   * Whether the proxy headers X-Real-Ip, X-Forwarded-For, X-Scheme and X-Forwarded-Proto are believed.
   *
   * @default {false}
   */
  xheaders?: boolean;
  /**
   * Addresses of proxies that X-Forwarded-For may end with.
   *
   * @default {none}
   */
  trustedDownstream?: Iterable<string> | null;
  /**
   * `"http"` or `"https"`, where a proxy speaks TLS and does not say so.
   *
   * @default {the one of the request's URL}
   */
  protocol?: string | null;
  /**
   * The most bytes of a request's body; 0 allows none.
   *
   * @default {104857600}
   */
  maxBodySize?: number | null;
  /**
   * How long a request's body may take as a whole, in seconds; `null` is no limit.
   *
   * @default {null}
   */
  bodyTimeout?: number | null;
  /**
   * The most bytes of a request's headers, checked when Deno has already read them; Deno itself allows no more than
   * 64 KiB and 100 headers.
   *
   * @default {not checked}
   */
  maxHeaderSize?: number | null;
  /**
   * Whether request bodies in gzip are decoded.
   *
   * @default {false}
   */
  decompressRequest?: boolean;
}

/** {@linkcode FetchHandlerOptions}, complete. */
export interface FetchSettings {
  readonly xheaders: boolean;
  readonly trustedDownstream: ReadonlySet<string>;
  readonly protocol: string | null;
  readonly maxBodySize: number;
  readonly bodyTimeout: number | null;
  readonly maxHeaderSize: number;
  readonly decompressRequest: boolean;
}

/** Completes the options with the defaults. */
export function completeOptions(options: FetchHandlerOptions): FetchSettings {
  return {
    xheaders: options.xheaders ?? false,
    trustedDownstream: new Set(options.trustedDownstream ?? []),
    protocol: options.protocol ?? null,
    maxBodySize: options.maxBodySize ?? DEFAULT_MAX_BODY_SIZE,
    bodyTimeout: options.bodyTimeout ?? null,
    maxHeaderSize: options.maxHeaderSize ?? Infinity,
    decompressRequest: options.decompressRequest ?? false,
  };
}
