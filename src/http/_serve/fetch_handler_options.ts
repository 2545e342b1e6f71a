import { checkLimit } from "../../internal/limits.ts";
import type { HTTP1ConnectionOptions } from "../_http1/parameters.ts";

/** The most bytes of a body, as on the other engine: 100 MiB, as Tornado's `max_buffer_size`. */
const DEFAULT_MAX_BODY_SIZE = 104857600;

/** The same as on the other engine; Deno gives pieces of about this size. */
const DEFAULT_CHUNK_SIZE = 65536;

/** Options of {@linkcode FetchHandler}: those of `HTTPServer` that need no socket. */
export interface FetchHandlerOptions extends Pick<HTTP1ConnectionOptions, "bodyTimeout" | "chunkSize"> {
  /**
   * Trusts the proxy headers X-Real-Ip, X-Forwarded-For, X-Scheme and X-Forwarded-Proto. Set it only if all clients
   * come through a proxy.
   *
   * @default {false}
   */
  xheaders?: boolean;
  /**
   * Trusts the header Forwarded (RFC 7239), before those of `xheaders`. Turn on only what the proxy sets or
   * removes: any client can send the others.
   *
   * @default {false}
   */
  forwarded?: boolean;
  /**
   * Addresses of proxies to skip at the end of X-Forwarded-For and Forwarded.
   *
   * @default {none}
   */
  trustedDownstream?: Iterable<string> | null;
  /**
   * The protocol to report, `"http"` or `"https"`, behind a proxy that ends TLS without saying so.
   *
   * Without it, `ServeServer` reports what its sockets speak. A handler of `Deno.serve` knows only the request's URL,
   * whose scheme a client can choose, by a target like `https://host/`: set it there if the program relies on it.
   *
   * @default {that of the sockets, or of the request's URL}
   */
  protocol?: string | null;
  /**
   * The most bytes of a request's body; 0 allows none.
   *
   * @default {104857600}
   */
  maxBodySize?: number | null;
  /**
   * The most bytes of a request's headers. Deno has read them before they are checked, and itself allows at most 64 KiB
   * and 100 headers.
   *
   * @default {not checked}
   */
  maxHeaderSize?: number | null;
  /**
   * Inflates request bodies in gzip.
   *
   * @default {false}
   */
  decompressRequest?: boolean;
}

/** {@linkcode FetchHandlerOptions}, complete. */
export interface FetchSettings {
  readonly trustedDownstream: ReadonlySet<string>;
  readonly protocol: string | null;
  readonly maxBodySize: number;
  readonly bodyTimeout: number | null;
  readonly maxHeaderSize: number;
  readonly chunkSize: number;
}

export function completeOptions(options: FetchHandlerOptions): FetchSettings {
  const chunkSize = options.chunkSize ?? DEFAULT_CHUNK_SIZE;
  const maxBodySize = options.maxBodySize ?? DEFAULT_MAX_BODY_SIZE;
  const maxHeaderSize = options.maxHeaderSize ?? Infinity;
  checkLimit("chunkSize", chunkSize, 1);
  checkLimit("maxBodySize", maxBodySize);
  checkLimit("maxHeaderSize", maxHeaderSize);
  return {
    trustedDownstream: new Set(options.trustedDownstream ?? []),
    protocol: options.protocol ?? null,
    maxBodySize,
    bodyTimeout: options.bodyTimeout ?? null,
    maxHeaderSize,
    chunkSize,
  };
}
