import { checkSeconds } from "../../internal/duration.ts";
import { checkLimit } from "../../internal/limits.ts";

/** Seconds that an idle connection is kept: Tornado's hour. */
const DEFAULT_IDLE_TIMEOUT = 3600;
/** Seconds for a request's head to arrive, from its first byte or from the accept: what nginx and Apache allow. */
const DEFAULT_HEADER_TIMEOUT = 60;
/** Seconds without progress after which an incomplete body or an unread response is abandoned: nginx's default. */
const DEFAULT_STALL_TIMEOUT = 60;
/** Bytes of a head: Tornado's 64 KiB. */
const DEFAULT_MAX_HEADER_SIZE = 65536;
/** Bytes of one read: Tornado's 64 KiB. */
const DEFAULT_CHUNK_SIZE = 65536;

/** Options of {@linkcode HTTP1ConnectionParameters}. Times are in seconds, sizes in bytes. */
export interface HTTP1ConnectionOptions {
  /**
   * Tells whether to close the connection after each request.
   * @default {false}
   */
  noKeepAlive?: boolean;
  /**
   * The most bytes of one read and of one `dataReceived`.
   * @default {65536}
   */
  chunkSize?: number;
  /**
   * The most bytes of a start line and headers together.
   * @default {65536}
   */
  maxHeaderSize?: number;
  /**
   * The seconds that a head may take to arrive: from the accept for the first request, and from its first byte for
   * later ones.
   * @default {60}
   */
  headerTimeout?: number;
  /**
   * The seconds for which a connection may be idle between requests.
   * @default {3600}
   */
  idleConnectionTimeout?: number;
  /**
   * The most bytes of a body; 0 allows no body. `null` means the stream's `maxBufferSize`.
   * @default {null}
   */
  maxBodySize?: number | null;
  /**
   * The seconds that a whole body may take to arrive; `null` sets no limit.
   * @default {null}
   */
  bodyTimeout?: number | null;
  /**
   * The seconds for which a body or a response may make no progress.
   * @default {60}
   */
  stallTimeout?: number;
  /**
   * Tells whether to decode gzip bodies.
   * @default {false}
   */
  decompress?: boolean;
}

/**
 * The complete parameters of HTTP/1 connections (`tornado.http1connection.HTTP1ConnectionParameters`).
 *
 * @example
 * ```ts
 * import { HTTP1ConnectionParameters } from "@twister/twister/http1connection";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new HTTP1ConnectionParameters({ maxBodySize: 10 }).maxHeaderSize, 65536);
 * ```
 */
export class HTTP1ConnectionParameters {
  /** Tells whether to close the connection after each request. */
  readonly noKeepAlive: boolean;
  /** The most bytes of one read and of one `dataReceived`. */
  readonly chunkSize: number;
  /** The most bytes of a start line and headers together. */
  readonly maxHeaderSize: number;
  /** The seconds that a head may take to arrive. */
  readonly headerTimeout: number;
  /** The seconds for which a connection may be idle. */
  readonly idleConnectionTimeout: number;
  /** The most bytes of a body, or `null` for the stream's `maxBufferSize`. */
  readonly maxBodySize: number | null;
  /** The seconds that a body may take to arrive, or `null` for no limit. */
  readonly bodyTimeout: number | null;
  /** The seconds for which a body or a response may make no progress. */
  readonly stallTimeout: number;
  /** Tells whether to decode gzip bodies. */
  readonly decompress: boolean;

  /**
   * Completes the options with the defaults.
   *
   * @throws {RangeError} If a number of bytes is not a whole number, or is negative; `chunkSize` is at least 1.
   * @throws {TypeError} If a time-out is not a number.
   */
  constructor(options: HTTP1ConnectionOptions = {}) {
    this.noKeepAlive = options.noKeepAlive ?? false;
    this.chunkSize = options.chunkSize ?? DEFAULT_CHUNK_SIZE;
    this.maxHeaderSize = options.maxHeaderSize ?? DEFAULT_MAX_HEADER_SIZE;
    this.headerTimeout = options.headerTimeout ?? DEFAULT_HEADER_TIMEOUT;
    this.idleConnectionTimeout = options.idleConnectionTimeout ?? DEFAULT_IDLE_TIMEOUT;
    this.maxBodySize = options.maxBodySize ?? null;
    this.bodyTimeout = options.bodyTimeout ?? null;
    this.stallTimeout = options.stallTimeout ?? DEFAULT_STALL_TIMEOUT;
    this.decompress = options.decompress ?? false;
    checkLimit("chunkSize", this.chunkSize, 1);
    checkLimit("maxHeaderSize", this.maxHeaderSize);
    if (this.maxBodySize !== null) checkLimit("maxBodySize", this.maxBodySize);
    checkSeconds("headerTimeout", this.headerTimeout);
    checkSeconds("idleConnectionTimeout", this.idleConnectionTimeout);
    checkSeconds("bodyTimeout", this.bodyTimeout);
    checkSeconds("stallTimeout", this.stallTimeout);
  }
}
