import type { HTTPHeaders, HTTPServerRequest } from "../http/httputil.ts";
import type { Bytes } from "../internal/bytes.ts";
import { nodeZlib } from "../internal/node_zlib.ts";
import { chooseCoding, type ContentCoding } from "./_transforms/accept_encoding.ts";
import { GzipStream } from "./_transforms/gzip_stream.ts";
import { type FirstChunk, OutputTransform } from "./transforms.ts";

export type { ContentCoding };

/** The highest quality of brotli that is not much slower than gzip. */
const BROTLI_QUALITY = 4;

const COMPRESSIBLE: readonly string[] = [
  "application/javascript",
  "application/x-javascript",
  "application/xml",
  "application/atom+xml",
  "application/json",
  "application/xhtml+xml",
  "image/svg+xml",
];

/**
 * Compresses responses with gzip for clients that accept it. Tornado's `GZipContentEncoding`.
 *
 * It compresses text and similar types, unless the response is short, encoded already, or a part of a file. The client
 * can decode everything that was flushed without waiting for more. Every response gets `Vary: Accept-Encoding`.
 *
 * @example
 * ```ts
 * import { Application, GZipContentEncoding, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Long extends RequestHandler {
 *   override get(): void {
 *     this.write("spam ".repeat(1000));
 *   }
 * }
 *
 * const app = new Application([["/", Long]], { transforms: [GZipContentEncoding] });
 * const response = await app.fetch(new Request("http://localhost/", { headers: { "Accept-Encoding": "gzip" } }));
 * assertEquals(response.headers.get("Content-Encoding"), "gzip");
 * await response.body?.cancel();
 * ```
 */
export class GZipContentEncoding extends OutputTransform {
  /** The media types to compress, besides all that begin with `text/`. */
  static CONTENT_TYPES: ReadonlySet<string> = new Set(COMPRESSIBLE);
  /** The effort of gzip, from 1 to 9. */
  static GZIP_LEVEL: number = 6;
  /** The shortest response to compress, in bytes, if it is sent in one piece. */
  static MIN_LENGTH: number = 1024;
  /** The codings to choose from, in order of preference. */
  static CODINGS: readonly ContentCoding[] = ["gzip"];

  readonly #accepted: string;
  readonly #knownTags: string;
  readonly #types: ReadonlySet<string>;
  readonly #level: number;
  readonly #minLength: number;
  readonly #codings: readonly ContentCoding[];
  #stream: GzipStream | null = null;

  /** Makes a transform for the response to one request. */
  constructor(request: HTTPServerRequest) {
    super(request);
    this.#accepted = request.headers.get("Accept-Encoding") ?? "";
    this.#knownTags = request.headers.get("If-None-Match") ?? "";
    // A subclass may have others.
    const { CONTENT_TYPES, GZIP_LEVEL, MIN_LENGTH, CODINGS } = new.target;
    this.#types = CONTENT_TYPES;
    this.#level = GZIP_LEVEL;
    this.#minLength = MIN_LENGTH;
    this.#codings = CODINGS;
  }

  /**
   * Tells whether to compress a response of this type. Tornado's `_compressible_type`.
   *
   * @param contentType The media type without parameters.
   */
  compressibleType(contentType: string): boolean {
    return contentType.startsWith("text/") || this.#types.has(contentType);
  }

  /** Chooses a coding, if any, and compresses the beginning. */
  override transformFirstChunk(
    statusCode: number,
    headers: HTTPHeaders,
    chunk: Bytes,
    finishing: boolean,
  ): FirstChunk {
    addVary(headers);
    if (statusCode === 304) this.#weakenKnownEtag(headers);
    const coding = this.#isCompressible(headers, chunk, finishing) ? this.#chooseCoding(finishing) : null;
    if (coding === null) return [statusCode, headers, chunk];
    headers.set("Content-Encoding", coding);
    weakenEtag(headers);
    // A client cannot ask for a part of the compressed body: compressing again may give other bytes.
    headers.delete("Accept-Ranges");
    if (finishing) {
      const compressed = this.#compress(coding, chunk);
      if (headers.has("Content-Length")) headers.set("Content-Length", String(compressed.length));
      return [statusCode, headers, compressed];
    }
    headers.delete("Content-Length");
    this.#stream = new GzipStream(this.#level);
    return [statusCode, headers, this.#stream.piece(chunk, false)];
  }

  /** Tells whether the response is not compressed. */
  override get isIdle(): boolean {
    return this.#stream === null;
  }

  /** Compresses a later piece. */
  override transformChunk(chunk: Bytes, finishing: boolean): Bytes {
    return this.#stream === null ? chunk : this.#stream.piece(chunk, finishing);
  }

  /** The tag of a 304 is the one that the client was given with the compressed body (RFC 9110 section 15.4.5). */
  #weakenKnownEtag(headers: HTTPHeaders): void {
    if (this.#knownTags.includes(`W/${headers.get("Etag")}`)) weakenEtag(headers);
  }

  #isCompressible(headers: HTTPHeaders, chunk: Bytes, finishing: boolean): boolean {
    if (finishing && chunk.length < this.#minLength) return false;
    // A Content-Range counts the bytes of the uncompressed body.
    if (headers.has("Content-Encoding") || headers.has("Content-Range")) return false;
    const [type = ""] = (headers.get("Content-Type") ?? "").split(";");
    return this.compressibleType(type);
  }

  /**
   * Only gzip compresses a response that is sent in pieces: brotli and zstd would keep 200 to 800 KB for each open
   * response, and node:zlib flushes them asynchronously only.
   */
  #chooseCoding(finishing: boolean): ContentCoding | null {
    if (finishing) return chooseCoding(this.#accepted, this.#codings);
    return chooseCoding(this.#accepted, this.#codings.filter((coding) => coding === "gzip"));
  }

  #compress(coding: ContentCoding, chunk: Bytes): Bytes {
    const { brotliCompressSync, constants, gzipSync, zstdCompressSync } = nodeZlib();
    if (coding === "zstd") return new Uint8Array(zstdCompressSync(chunk));
    if (coding === "gzip") return new Uint8Array(gzipSync(chunk, { level: this.#level }));
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: chunk.length,
    };
    return new Uint8Array(brotliCompressSync(chunk, { params }));
  }
}

/**
 * Compresses responses with zstd, brotli or gzip, whichever the client prefers. Among equals, the first of
 * {@linkcode ContentEncoding.CODINGS} wins. The setting `compressResponse` turns it on.
 *
 * A response that is sent in pieces is compressed with gzip or not at all. Otherwise it works like
 * {@linkcode GZipContentEncoding}.
 *
 * @example
 * ```ts
 * import { Application, ContentEncoding } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Small extends ContentEncoding {
 *   static override CODINGS = ["br" as const, "gzip" as const];
 * }
 *
 * assertEquals(new Application([], { transforms: [Small] }).transforms, [Small]);
 * assertEquals(ContentEncoding.CODINGS, ["zstd", "br", "gzip"]);
 * ```
 */
export class ContentEncoding extends GZipContentEncoding {
  /**
   * The codings to choose from, in order of preference: zstd takes a third of the time of the others for the same size.
   */
  static override CODINGS: readonly ContentCoding[] = ["zstd", "br", "gzip"];
}

/**
 * Makes a strong ETag weak: a strong one would name the plain body and the compressed one alike, and a client that
 * continues a download would join parts of both (RFC 9110 section 8.8.3.3).
 */
function weakenEtag(headers: HTTPHeaders): void {
  const etag = headers.get("Etag");
  if (etag?.startsWith('"')) headers.set("Etag", `W/${etag}`);
}

function addVary(headers: HTTPHeaders): void {
  const vary = headers.get("Vary");
  if (vary === null) headers.set("Vary", "Accept-Encoding");
  else if (!/(?:^|,)\s*(?:accept-encoding|\*)\s*(?:,|$)/i.test(vary)) headers.set("Vary", `${vary}, Accept-Encoding`);
}
