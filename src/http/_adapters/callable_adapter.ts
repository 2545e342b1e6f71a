import { addChunk, type ByteChunks, joinChunks } from "../../internal/byte_chunks.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { isThenable } from "../../internal/promises.ts";
import { appLog, genLog } from "../../util/log.ts";
import { type HTTPConnection, HTTPMessageDelegate } from "../_httputil/delegates.ts";
import { HTTPInputError, HTTPOutputError } from "../_httputil/errors.ts";
import type { HTTPHeaders } from "../_httputil/headers.ts";
import { HTTPServerRequest } from "../_httputil/request.ts";
import { respondEmpty } from "../_httputil/responses.ts";
import { RequestStartLine, type ResponseStartLine } from "../_httputil/start_lines.ts";

/**
 * Collects one request and calls a function with it when it is complete. Tornado's `_CallableAdapter`.
 *
 * A function that throws is answered with 500, and a malformed body with 400; both are logged. If the function has
 * begun to answer, its response is broken off. A function that returns a text or a `Response`, as in other frameworks,
 * would leave its client waiting forever: it is answered with 500 as well.
 */
export class CallableAdapter extends HTTPMessageDelegate {
  readonly #callback: (request: HTTPServerRequest) => unknown;
  readonly #serverConnection: object;
  readonly #connection: HTTPConnection;
  #request: HTTPServerRequest | null;
  #chunks: ByteChunks = null;

  /** `request` is given if its headers were received before; otherwise `headersReceived` makes it. */
  constructor(
    callback: (request: HTTPServerRequest) => unknown,
    serverConn: object,
    requestConn: HTTPConnection,
    request: HTTPServerRequest | null = null,
  ) {
    super();
    this.#callback = callback;
    this.#serverConnection = serverConn;
    this.#connection = requestConn;
    this.#request = request;
  }

  override get takesWhole(): boolean {
    return true;
  }

  override headersReceived(startLine: RequestStartLine | ResponseStartLine, headers: HTTPHeaders): void {
    if (!(startLine instanceof RequestStartLine)) throw new TypeError("Cannot take a response for a request");
    this.#request ??= new HTTPServerRequest({
      connection: this.#connection,
      serverConnection: this.#serverConnection,
      startLine,
      headers,
    });
  }

  override dataReceived(chunk: Bytes): void {
    this.#chunks = addChunk(this.#chunks, chunk);
  }

  override finish(): void {
    const request = this.#request;
    if (request === null) return;
    request.body = joinChunks(this.#chunks);
    this.#chunks = null;
    try {
      request.parseBody();
      const result = this.#callback(request);
      if (!isThenable(result)) this.#refuse(request, result);
      else result.then((value) => this.#refuse(request, value), (error) => this.#fail(request, error));
    } catch (error) {
      this.#fail(request, error);
    }
  }

  override onConnectionClose(): void {
    this.#chunks = null;
  }

  /**
   * Answers with 500 if the function has returned what it meant to send, and has not begun to answer. Other values are
   * results of its last expression, such as the number that `push` returns.
   */
  #refuse(request: HTTPServerRequest, result: unknown): void {
    if (typeof result !== "string" && !(result instanceof Response)) return;
    const shown = typeof result === "string" ? Deno.inspect(result, { strAbbreviateSize: 100 }) : "a Response";
    try {
      respondEmpty(this.#connection, 500);
    } catch (refused) {
      if (!(refused instanceof HTTPOutputError)) throw refused;
      return;
    }
    const error = new TypeError(`Cannot send what a function of a rule returned, ${shown}: use a RequestHandler`);
    appLog.error("Uncaught exception in callback for %s %s", request.method, request.uri, error);
  }

  #fail(request: HTTPServerRequest, error: unknown): void {
    const { method, uri } = request;
    const code = error instanceof HTTPInputError ? error.statusCode : 500;
    if (error instanceof HTTPInputError) genLog.info("Invalid body of %s %s: %s", method, uri, error.message);
    else appLog.error("Uncaught exception in callback for %s %s", method, uri, error);
    try {
      respondEmpty(this.#connection, code);
    } catch (refused) {
      // The function has begun to answer. The client must not take that for a whole response.
      if (!(refused instanceof HTTPOutputError)) throw refused;
      this.#connection.abort();
    }
  }
}
