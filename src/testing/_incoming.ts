import {
  HTTPHeaders,
  HTTPMessageDelegate,
  type RequestStartLine,
  responses,
  ResponseStartLine,
} from "../http/httputil.ts";
import type { Bytes } from "../internal/bytes.ts";
import { handled } from "../internal/promises.ts";
import { HTTPClientError } from "../http/httpclient.ts";

/** Bytes of a body that may wait for the test before nothing more is read. */
const READ_AHEAD = 65536;

/** A response whose head has come. */
export interface Incoming {
  readonly code: number;
  readonly reason: string;
  readonly headers: HTTPHeaders;
  /** The pieces of the body, which can be asked for once. */
  readonly pieces: AsyncIterable<Bytes>;
  /** Gives up what has not come yet. */
  close(): void;
}

/** Receives a response from a connection of HTTP/1. */
export class ReceivedResponse extends HTTPMessageDelegate implements Incoming {
  readonly #head = Promise.withResolvers<Incoming>();
  readonly #onClose: () => void;
  #startLine: ResponseStartLine | null = null;
  #headers = new HTTPHeaders();
  #pieces: Bytes[] = [];
  #waiting = 0;
  #complete = false;
  #error: Error | null = null;
  /** Wakes the reader; lets the connection read on. */
  #wake: (() => void) | null = null;
  #letIn: (() => void) | null = null;

  /** Begins to wait for a response; `onClose` gives the connection up. */
  constructor(onClose: () => void) {
    super();
    this.#onClose = onClose;
    handled(this.#head.promise);
  }

  /** Resolves with this response when its head has come. */
  get head(): Promise<Incoming> {
    return this.#head.promise;
  }

  get code(): number {
    return this.#startLine?.code ?? 0;
  }

  get reason(): string {
    return this.#startLine?.reason ?? "";
  }

  get headers(): HTTPHeaders {
    return this.#headers;
  }

  get pieces(): AsyncIterable<Bytes> {
    return this.#read();
  }

  override headersReceived(startLine: RequestStartLine | ResponseStartLine, headers: HTTPHeaders): void {
    if (startLine instanceof ResponseStartLine) this.#startLine = startLine;
    this.#headers = headers;
    this.#head.resolve(this);
  }

  override dataReceived(chunk: Bytes): void | Promise<void> {
    this.#pieces.push(chunk);
    this.#waiting += chunk.length;
    this.#wake?.();
    if (this.#waiting <= READ_AHEAD) return;
    return new Promise((resolve) => this.#letIn = resolve);
  }

  override finish(): void {
    this.#complete = true;
    this.#wake?.();
  }

  override onConnectionClose(): void {
    this.fail(new HTTPClientError(599, "Stream closed"));
  }

  /** Ends the response with an error, unless it has ended. */
  fail(error: unknown): void {
    if (this.#complete || this.#error !== null) return;
    this.#error = error instanceof Error ? error : new Error(String(error));
    this.#head.reject(this.#error);
    this.#wake?.();
  }

  close(): void {
    if (this.#complete) return;
    this.fail(new HTTPClientError(599, "The test has closed the response"));
    this.#onClose();
  }

  async *#read(): AsyncGenerator<Bytes, void, void> {
    try {
      for (;;) {
        const pieces = this.#pieces;
        this.#pieces = [];
        this.#waiting = 0;
        this.#letIn?.();
        yield* pieces;
        if (this.#pieces.length > 0) continue;
        if (this.#error !== null) throw this.#error;
        if (this.#complete) return;
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
    } finally {
      this.close();
    }
  }
}

/** A response of the Fetch standard. */
export class FetchedResponse implements Incoming {
  readonly code: number;
  readonly reason: string;
  readonly headers: HTTPHeaders = new HTTPHeaders();
  readonly #reader: ReadableStreamDefaultReader<Bytes> | null;

  /** Takes a response. */
  constructor(response: Response) {
    this.code = response.status;
    // Deno.serve sends no other one.
    this.reason = responses.get(response.status) ?? "";
    for (const [name, value] of response.headers) this.headers.add(name, value);
    this.#reader = response.body?.getReader() ?? null;
  }

  get pieces(): AsyncIterable<Bytes> {
    return this.#read();
  }

  close(): void {
    // A stream that has failed says so to its reader.
    this.#reader?.cancel().catch(() => {});
  }

  async *#read(): AsyncGenerator<Bytes, void, void> {
    if (this.#reader === null) return;
    try {
      for (let step = await this.#reader.read(); !step.done; step = await this.#reader.read()) yield step.value;
    } catch (cause) {
      throw new HTTPClientError(599, "Stream closed", null, { cause });
    } finally {
      this.close();
    }
  }
}
