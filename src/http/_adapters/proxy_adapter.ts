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

  constructor(delegate: HTTPMessageDelegate, context: RequestContext, trusted: ProxyHeaders) {
    super();
    this.#trusted = trusted;
    this.#delegate = delegate;
    this.#context = context;
  }

  override get borrowsData(): boolean {
    return this.#delegate.borrowsData;
  }

  override get takesWhole(): boolean {
    return this.#delegate.takesWhole;
  }

  override headersReceived(
    startLine: RequestStartLine | ResponseStartLine,
    headers: HTTPHeaders,
  ): void | Promise<void> {
    this.#context.applyHeaders(headers, this.#trusted);
    return this.#delegate.headersReceived(startLine, headers);
  }

  override dataReceived(chunk: Bytes): void | Promise<void> {
    return this.#delegate.dataReceived(chunk);
  }

  override trailersReceived(trailers: HTTPHeaders): void {
    this.#delegate.trailersReceived(trailers);
  }

  override finish(): void {
    try {
      this.#delegate.finish();
    } finally {
      this.#context.restore();
    }
  }

  override onConnectionClose(): void {
    try {
      this.#delegate.onConnectionClose();
    } finally {
      this.#context.restore();
    }
  }
}
