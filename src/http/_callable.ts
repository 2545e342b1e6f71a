import { type Bytes, joinBytes } from "../internal/bytes.ts";
import { appLog } from "../util/log.ts";
import { type HTTPConnection, HTTPMessageDelegate } from "./_httputil/delegates.ts";
import { HTTPOutputError } from "./_httputil/errors.ts";
import { HTTPHeaders } from "./_httputil/headers.ts";
import { HTTPServerRequest } from "./_httputil/request.ts";
import { responses } from "./_httputil/responses.ts";
import { RequestStartLine, ResponseStartLine } from "./_httputil/start_lines.ts";

/** Collects one request and calls a function with it when it is complete. Tornado's `_CallableAdapter`. */
export class CallableAdapter extends HTTPMessageDelegate {
  readonly #callback: (request: HTTPServerRequest) => void | Promise<void>;
  readonly #serverConnection: object;
  readonly #connection: HTTPConnection;
  #request: HTTPServerRequest | null = null;
  #chunks: Bytes[] = [];

  /** Prepares for one request. */
  constructor(
    callback: (request: HTTPServerRequest) => void | Promise<void>,
    serverConn: object,
    requestConn: HTTPConnection,
  ) {
    super();
    this.#callback = callback;
    this.#serverConnection = serverConn;
    this.#connection = requestConn;
  }

  /** Makes the request. */
  override headersReceived(startLine: RequestStartLine | ResponseStartLine, headers: HTTPHeaders): void {
    if (!(startLine instanceof RequestStartLine)) throw new TypeError("Cannot take a response for a request");
    this.#request = new HTTPServerRequest({
      connection: this.#connection,
      serverConnection: this.#serverConnection,
      startLine,
      headers,
    });
  }

  /** Keeps the chunk. */
  override dataReceived(chunk: Bytes): void {
    this.#chunks.push(chunk);
  }

  /**
   * Calls the function.
   *
   * @throws {HTTPInputError} If the body says that it is a form and is none.
   */
  override finish(): void {
    const request = this.#request;
    if (request === null) return;
    request.body = joinBytes(this.#chunks);
    this.#chunks = [];
    request.parseBody();
    this.#callback(request)?.catch((error) => this.#failed(error));
  }

  /** Lets go of the body. */
  override onConnectionClose(): void {
    this.#chunks = [];
  }

  /** The promise of the function rejected: nobody else would answer. */
  #failed(error: unknown): void {
    appLog.exception("Uncaught exception", error);
    try {
      const startLine = new ResponseStartLine("HTTP/1.1", 500, responses.get(500) ?? "");
      this.#connection.respond(startLine, new HTTPHeaders(), null);
    } catch (refused) {
      // It has begun to answer itself. The client is to see that this is not all.
      if (!(refused instanceof HTTPOutputError)) throw refused;
      this.#connection.abort();
    }
  }
}
