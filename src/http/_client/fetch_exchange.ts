import type { Bytes } from "../../internal/bytes.ts";
import { currentClock, TimerEntry } from "../../internal/clock.ts";
import { handled, toError } from "../../internal/promises.ts";
import { utf8 } from "../../util/escape.ts";
import { HTTPInputError } from "../_httputil/errors.ts";
import { HTTPHeaders } from "../_httputil/headers.ts";
import { ResponseStartLine } from "../_httputil/start_lines.ts";
import type { ResponseSink, WireRequest } from "./client_connection.ts";
import { HTTPClientError, HTTPStreamClosedError, HTTPTimeoutError } from "./errors.ts";
import type { SettledRequest } from "./settled_request.ts";

/** Codings that `fetch` has decoded, and names all the same. It leaves `x-gzip` as it is. */
const DECODED = /^(?:gzip|br)$/i;

/** One exchange by Deno's `fetch`. */
export class FetchExchange {
  readonly #sink: ResponseSink;
  readonly #controller = new AbortController();
  readonly #stallTimeout: number;
  readonly #stall: TimerEntry | null = null;
  #failure: { readonly error: unknown } | null = null;
  /** Tells whether something of the request, or of the response, may be left. */
  #isOpen = true;
  /** What is still on its way then starts no time-out. */
  #hasEnded = false;
  #isSending = false;
  /** Ends the wait for the sink. */
  #letGo: ((error: unknown) => void) | null = null;

  constructor(sink: ResponseSink, stallTimeout: number) {
    this.#sink = sink;
    this.#stallTimeout = stallTimeout;
    if (stallTimeout > 0) {
      const message = `Timeout during request: nothing came or went for ${stallTimeout} seconds`;
      this.#stall = new TimerEntry(currentClock().wheel, () => this.fail(new HTTPTimeoutError(message)));
      this.#stall.start(stallTimeout);
    }
  }

  /** Breaks the exchange off, also one that the sink holds up. */
  fail(error: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = { error };
    this.#controller.abort(error);
    this.#letGo?.(error);
  }

  /**
   * Sends a request and hands the response to the sink.
   *
   * @throws {HTTPClientError} If there is no whole response.
   */
  async run(request: SettledRequest, wire: WireRequest, client: Deno.HttpClient): Promise<void> {
    let response: Response | null = null;
    try {
      response = await fetch(targetOf(request), {
        client,
        method: wire.method,
        headers: fetchHeaders(request, wire),
        body: this.#bodyOf(wire),
        redirect: "manual",
        signal: this.#controller.signal,
      });
      this.#touch();
      await this.#take(response, wire.method);
      this.#isOpen = this.#isSending;
    } catch (error) {
      if (this.#failure !== null) throw this.#failure.error;
      throw response === null ? requestError(error) : responseError(error);
    } finally {
      this.#hasEnded = true;
      this.#stall?.cancel();
      if (this.#isOpen) this.#controller.abort();
    }
  }

  async #take(response: Response, method: string): Promise<void> {
    const headers = headersOf(response);
    // Deno takes both, and any coding before the chunks, whose data it hands on.
    const coding = headers.get("Transfer-Encoding");
    if (coding !== null && coding.toLowerCase() !== "chunked") {
      throw new HTTPInputError("Unsupported Transfer-Encoding");
    }
    if (coding !== null && headers.has("Content-Length")) {
      throw new HTTPInputError("Both Content-Length and Transfer-Encoding");
    }
    const { maxBodySize } = this.#sink;
    const isDecoded = DECODED.test(headers.get("Content-Encoding") ?? "");
    const hasBody = method !== "HEAD" && response.body !== null;
    if (hasBody && Number(headers.get("Content-Length")) > maxBodySize) {
      throw new HTTPClientError(599, `Content-Length too long: the limit is ${maxBodySize} bytes`);
    }
    if (isDecoded) {
      headers.set("X-Consumed-Content-Encoding", headers.get("Content-Encoding") ?? "");
      headers.delete("Content-Encoding");
    }
    const line = new ResponseStartLine("HTTP/1.1", response.status, response.statusText);
    await this.#hold(this.#sink.head(line, headers));
    let length = 0;
    if (response.body === null) return;
    for await (const chunk of response.body) {
      this.#touch();
      length += chunk.length;
      if (length > maxBodySize) {
        const what = isDecoded ? "Decompressed body" : "Body";
        throw new HTTPClientError(599, `${what} longer than ${maxBodySize} bytes`);
      }
      await this.#hold(this.#sink.data(chunk));
    }
  }

  /** Waits for the sink, but not longer than the exchange lasts. It is not the server that is slow meanwhile. */
  #hold(held: void | Promise<void>): void | Promise<void> {
    if (this.#failure !== null) throw this.#failure.error;
    if (held === undefined) return;
    this.#stall?.pause();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#letGo = reject;
    held.then(() => {
      this.#touch();
      resolve();
    }, reject);
    return promise;
  }

  /** Notes that bytes came or went. */
  #touch(): void {
    if (!this.#hasEnded) this.#stall?.start(this.#stallTimeout);
  }

  #bodyOf({ body, method }: WireRequest): BodyInit | null {
    if (body === null) return null;
    if (body.kind === "bytes") return body.bytes.length === 0 && method === "GET" ? null : body.bytes;
    const { readable, writable } = new TransformStream<Bytes, Bytes>();
    const writer = writable.getWriter();
    const write = async (chunk: string | Bytes) => {
      await writer.write(utf8(chunk));
      this.#touch();
    };
    const sending = async () => {
      let isRefused = false;
      try {
        await body.send((chunk) =>
          write(chunk).catch((error) => {
            // The response has come, or nothing will.
            isRefused = true;
            throw error;
          })
        );
        await writer.close();
      } catch (error) {
        if (!isRefused) this.fail(error);
        await writer.abort(error).catch(() => {});
      }
    };
    this.#isSending = true;
    handled(sending()).finally(() => this.#isSending = false);
    return readable;
  }
}

/** The URL without what is sent in other ways, or not at all. */
function targetOf({ url }: SettledRequest): string {
  return `${url.origin}${url.pathname}${url.search}`;
}

function fetchHeaders(request: SettledRequest, wire: WireRequest): Headers {
  const headers = new Headers();
  for (const [name, value] of wire.headers.getAll()) {
    // Deno knows the length of a body itself, and the host unless it is another one.
    if (name === "Content-Length" || (name === "Host" && !request.headers.has("Host"))) continue;
    headers.append(name, value);
  }
  return headers;
}

/** @throws {HTTPInputError} If a field is not legal. */
function headersOf(response: Response): HTTPHeaders {
  const headers = new HTTPHeaders();
  for (const [name, value] of response.headers) headers.add(name, value);
  return headers;
}

/** What the cause of an error says, which is where Deno puts it. */
function reasonOf(error: unknown): string {
  const { cause, message } = toError(error);
  return cause instanceof Error ? cause.message : message;
}

/** An error before the head of the response. */
function requestError(error: unknown): unknown {
  if (!(error instanceof TypeError) || !(error.cause instanceof Error)) return error;
  const reason = reasonOf(error);
  const options = { cause: error };
  if (/client error \(Connect\)/.test(reason)) return new HTTPClientError(599, "Cannot connect", null, options);
  if (/\b(?:connection closed|reset|broken pipe|end of file|canceled|closed)\b/i.test(reason)) {
    return new HTTPStreamClosedError("Connection closed", options);
  }
  return new HTTPClientError(599, "Malformed response, or a request that could not be sent", null, options);
}

/** An error after the head of the response. */
function responseError(error: unknown): unknown {
  if (error instanceof HTTPInputError) {
    return new HTTPClientError(599, `Malformed response: ${error.message}`, null, { cause: error });
  }
  if (!(error instanceof TypeError) && !(error instanceof Deno.errors.Http)) return error;
  // Deno says the same of a body that is cut off and of one that is malformed.
  return new HTTPStreamClosedError("Connection closed before the end of the response", { cause: error });
}
