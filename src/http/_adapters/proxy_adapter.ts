import type { Bytes } from "../../internal/bytes.ts";
import { HTTPMessageDelegate } from "../_httputil/delegates.ts";
import type { HTTPHeaders } from "../_httputil/headers.ts";
import type { RequestStartLine, ResponseStartLine } from "../_httputil/start_lines.ts";
import type { ProxyHeaders, RequestContext } from "./request_context.ts";

/** Applies the proxy headers of a request before its delegate sees it. Tornado's `_ProxyAdapter`. */
export class ProxyAdapter extends HTTPMessageDelegate {
  readonly #delegate: HTTPMessageDelegate;
  readonly #context: RequestContext;
  readonly #trusted: ProxyHeaders;

  /** Wraps the delegate of a request on a connection with that context. */
  constructor(delegate: HTTPMessageDelegate, context: RequestContext, trusted: ProxyHeaders) {
    super();
    this.#trusted = trusted;
    this.#delegate = delegate;
    this.#context = context;
  }

  /** Returns the delegate's answer. */
  override get borrowsData(): boolean {
    return this.#delegate.borrowsData;
  }

  /** Applies the proxy headers, then passes the headers on. */
  override headersReceived(
    startLine: RequestStartLine | ResponseStartLine,
    headers: HTTPHeaders,
  ): void | Promise<void> {
    this.#context.applyHeaders(headers, this.#trusted);
    return this.#delegate.headersReceived(startLine, headers);
  }

  /** Passes the chunk on. */
  override dataReceived(chunk: Bytes): void | Promise<void> {
    return this.#delegate.dataReceived(chunk);
  }

  /** Passes the end on, and restores the context. */
  override finish(): void {
    try {
      this.#delegate.finish();
    } finally {
      this.#context.restore();
    }
  }

  /** Passes the loss of the connection on, and restores the context. */
  override onConnectionClose(): void {
    try {
      this.#delegate.onConnectionClose();
    } finally {
      this.#context.restore();
    }
  }
}
