import { addChunk, type ByteChunks, joinChunks } from "../../internal/byte_chunks.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { type HTTPHeaders, peekTrusted } from "../_httputil/headers.ts";
import type { ResponseStartLine } from "../_httputil/start_lines.ts";
import type { ResponseSink } from "./client_connection.ts";
import { codingOf, ContentDecoder, decodeBody, decodesWhole } from "./content_decoder.ts";

/** Compressed bodies up to this length are decoded in one go, which takes some milliseconds at most. */
const SMALL = 16 * 1024;

/** Takes the last response of a request. */
export interface FinalResponse extends ResponseSink {
  /** Tells whether the body is handed on as it comes, however long it is. */
  readonly isStreamed: boolean;
  /** Called when the body is complete. */
  finish(): void | Promise<void>;
  /** Frees what the decoding holds, complete or not. */
  close(): void;
}

/** Takes the coding off the headers, as Tornado does; `null` if there is none to be decoded. */
function takeCoding(headers: HTTPHeaders, decompress: boolean): ReturnType<typeof codingOf> {
  if (!decompress) return null;
  const field = peekTrusted(headers, "Content-Encoding");
  const coding = field === null ? null : codingOf(field);
  if (coding !== null && field !== null) {
    headers.set("X-Consumed-Content-Encoding", field);
    headers.delete("Content-Encoding");
  }
  return coding;
}

/** Keeps the whole body. */
export class BufferedBody implements FinalResponse {
  readonly maxBodySize: number;
  readonly isStreamed = false;
  readonly decompress: boolean;
  #decoder: ContentDecoder | null = null;
  #coding: ReturnType<typeof codingOf> = null;
  #chunks: ByteChunks = null;
  startLine: ResponseStartLine | null = null;
  headers: HTTPHeaders | null = null;
  body: Bytes = joinChunks(null);

  constructor(maxBodySize: number, decompress: boolean) {
    this.maxBodySize = maxBodySize;
    this.decompress = decompress;
  }

  head(startLine: ResponseStartLine, headers: HTTPHeaders): void {
    this.startLine = startLine;
    this.headers = headers;
    this.#coding = takeCoding(headers, this.decompress);
  }

  data(chunk: Bytes): void {
    this.#chunks = addChunk(this.#chunks, chunk);
  }

  /** @throws {HTTPClientError} If the body cannot be decoded. */
  finish(): void | Promise<void> {
    const body = joinChunks(this.#chunks);
    this.#chunks = null;
    if (this.#coding === null || body.length === 0) this.body = body;
    else if (body.length <= SMALL && decodesWhole(this.#coding)) {
      this.body = decodeBody(this.#coding, body, this.maxBodySize);
    } else return this.#decode(this.#decoder = new ContentDecoder(this.#coding, this.maxBodySize), body);
  }

  close(): void {
    this.#decoder?.close();
  }

  async #decode(decoder: ContentDecoder, body: Bytes): Promise<void> {
    let chunks: ByteChunks = null;
    for await (const piece of decoder.decode(body)) chunks = addChunk(chunks, piece);
    for await (const piece of decoder.finish()) chunks = addChunk(chunks, piece);
    this.body = joinChunks(chunks);
  }
}

/** Pieces of this length and more are worth a thought of the garbage collector. */
const LARGE = 16 * 1024;
/** Items of one array of garbage. */
const BALLAST = 64;
let _ballast: unknown = null;

/**
 * Makes garbage, half of a large piece, so that the engine looks for dead pieces early. It does so when its own heap
 * has filled, and the memory of pieces lies outside: 80 MiB of them would be dead before anybody looks.
 */
function weigh(piece: Bytes): void {
  if (piece.length < LARGE) return;
  for (let items = piece.length >> 4; items > 0; items -= BALLAST) {
    _ballast = new Array(BALLAST);
    // What the collector finds in use, it copies, and lets its heap grow after some MiB of that.
    _ballast = null;
  }
}

/** Gets a body that is handed on. */
export type BodyTarget = Pick<ResponseSink, "head" | "data">;

/** Hands the body on as it comes. */
export class StreamedBody implements FinalResponse {
  readonly maxBodySize: number;
  readonly isStreamed = true;
  readonly #target: BodyTarget;
  readonly #decompress: boolean;
  #decoder: ContentDecoder | null = null;

  constructor(target: BodyTarget, maxBodySize: number, decompress: boolean) {
    this.#target = target;
    this.maxBodySize = maxBodySize;
    this.#decompress = decompress;
  }

  head(startLine: ResponseStartLine, headers: HTTPHeaders): void | Promise<void> {
    const coding = takeCoding(headers, this.#decompress);
    if (coding !== null) this.#decoder = new ContentDecoder(coding, this.maxBodySize);
    return this.#target.head(startLine, headers);
  }

  data(chunk: Bytes): void | Promise<void> {
    weigh(chunk);
    return this.#decoder === null ? this.#target.data(chunk) : this.#pass(this.#decoder.decode(chunk));
  }

  async finish(): Promise<void> {
    if (this.#decoder !== null) await this.#pass(this.#decoder.finish());
  }

  close(): void {
    this.#decoder?.close();
  }

  async #pass(pieces: AsyncIterable<Bytes>): Promise<void> {
    for await (const piece of pieces) await this.#target.data(piece);
  }
}
