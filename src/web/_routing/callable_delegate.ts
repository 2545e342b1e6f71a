import {
  type HTTPConnection,
  HTTPHeaders,
  HTTPInputError,
  HTTPMessageDelegate,
  type HTTPServerRequest,
  responses,
  ResponseStartLine,
} from "../../http/httputil.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { appLog, genLog } from "../../util/log.ts";
import type { TargetParams } from "./matcher.ts";
import { addChunk, type BodyChunks, joinChunks } from "./request_body.ts";

/** A function as the target of a rule: it gets the whole request and writes the answer to `request.connection`. */
export type RequestCallback = (request: HTTPServerRequest, params: TargetParams) => void | Promise<void>;

/** Collects the body of a request, and gives the request to a function. */
export class CallableDelegate extends HTTPMessageDelegate {
  readonly #callback: RequestCallback;
  readonly #request: HTTPServerRequest;
  readonly #connection: HTTPConnection;
  readonly #params: TargetParams;
  #chunks: BodyChunks = null;

  constructor(
    callback: RequestCallback,
    request: HTTPServerRequest,
    connection: HTTPConnection,
    params: TargetParams,
  ) {
    super();
    this.#callback = callback;
    this.#request = request;
    this.#connection = connection;
    this.#params = params;
  }

  override dataReceived(chunk: Bytes): void {
    this.#chunks = addChunk(this.#chunks, chunk);
  }

  override finish(): void {
    this.#request.body = joinChunks(this.#chunks);
    this.#chunks = null;
    try {
      this.#request.parseBody();
      const result = this.#callback(this.#request, this.#params);
      if (result instanceof Promise) result.catch((error: unknown) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
    }
  }

  override onConnectionClose(): void {
    this.#chunks = null;
  }

  #fail(error: unknown): void {
    const { method, uri } = this.#request;
    const badInput = error instanceof HTTPInputError;
    if (badInput) genLog.warning("Invalid body of %s %s: %s", method, uri, error.message);
    else appLog.error("Uncaught exception in callback for %s %s", method, uri, error);
    const code = badInput ? 400 : 500;
    try {
      const startLine = new ResponseStartLine("HTTP/1.1", code, responses.get(code) ?? "");
      this.#connection.respond(startLine, new HTTPHeaders({ "Content-Length": "0" }), null);
    } catch {
      // The function had begun to answer before it failed; there is no place for a second answer.
    }
  }
}
