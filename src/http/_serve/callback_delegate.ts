import { type HTTPConnection, type HTTPMessageDelegate, HTTPServerConnectionDelegate } from "../_httputil/delegates.ts";
import type { HTTPServerRequest } from "../_httputil/request.ts";
import { CallableAdapter } from "../_callable.ts";

/** Calls a function with each request, when that is complete. */
export class CallbackDelegate extends HTTPServerConnectionDelegate {
  readonly #callback: (request: HTTPServerRequest) => void | Promise<void>;

  /** Wraps the function. */
  constructor(callback: (request: HTTPServerRequest) => void | Promise<void>) {
    super();
    this.#callback = callback;
  }

  /** Begins to collect a request. */
  override startRequest(serverConn: object, requestConn: HTTPConnection): HTTPMessageDelegate {
    return new CallableAdapter(this.#callback, serverConn, requestConn);
  }
}
