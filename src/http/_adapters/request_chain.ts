import { events } from "../../internal/events.ts";
import { type HTTPConnection, type HTTPMessageDelegate, HTTPServerConnectionDelegate } from "../_httputil/delegates.ts";
import type { HTTPServerRequest } from "../_httputil/request.ts";
import type { FetchHandlerOptions } from "../_serve/fetch_handler_options.ts";
import { CallableAdapter } from "./callable_adapter.ts";
import { DecompressDelegate } from "./decompress_delegate.ts";
import { ObservedDelegate, ObservedRequest } from "./observed_request.ts";
import { ProxyAdapter } from "./proxy_adapter.ts";
import { RequestContext } from "./request_context.ts";

/**
 * The target of a server: a delegate such as an `Application`, or a function that is called with each whole request.
 */
export type RequestCallback = HTTPServerConnectionDelegate | ((request: HTTPServerRequest) => void | Promise<void>);

/** Wraps the delegate of one request, or returns it unchanged. */
export type RequestAdapter = (delegate: HTTPMessageDelegate, connection: HTTPConnection) => HTTPMessageDelegate;

export type RequestAdapterOptions = Pick<
  FetchHandlerOptions,
  "chunkSize" | "decompressRequest" | "forwarded" | "xheaders"
>;

/** Returns the adapters that the options ask for, in the order in which a request passes them. */
export function requestAdapters(options: RequestAdapterOptions): RequestAdapter[] {
  const { chunkSize, xheaders = false, forwarded = false } = options;
  const adapters: RequestAdapter[] = [];
  if (options.decompressRequest) {
    adapters.push((delegate, connection) =>
      new DecompressDelegate(delegate, { chunkSize, maxBodySize: () => connection.maxBodySize })
    );
  }
  if (xheaders || forwarded) {
    const trusted = { xheaders, forwarded };
    adapters.push((delegate, { context }) =>
      context instanceof RequestContext ? new ProxyAdapter(delegate, context, trusted) : delegate
    );
  }
  return adapters;
}

/** Leads requests from an engine through adapters to what is served. Both engines use it. */
export class RequestChain extends HTTPServerConnectionDelegate {
  readonly #target: RequestCallback;
  /** The adapter next to the target first. */
  readonly #adapters: readonly RequestAdapter[];

  /** Makes a chain of adapters, in the order in which a request passes them, and a target. */
  constructor(target: RequestCallback, adapters: readonly RequestAdapter[]) {
    super();
    this.#target = target;
    this.#adapters = adapters.toReversed();
  }

  override startRequest(serverConn: object, requestConn: HTTPConnection): HTTPMessageDelegate {
    const listeners = events.requests;
    let delegate = listeners === null
      ? this.#begin(serverConn, requestConn)
      : this.#observe(serverConn, new ObservedRequest(requestConn, listeners));
    for (const adapt of this.#adapters) delegate = adapt(delegate, requestConn);
    return delegate;
  }

  #begin(serverConn: object, connection: HTTPConnection): HTTPMessageDelegate {
    const target = this.#target;
    return typeof target === "function"
      ? new CallableAdapter(target, serverConn, connection)
      : target.startRequest(serverConn, connection);
  }

  #observe(serverConn: object, request: ObservedRequest): HTTPMessageDelegate {
    return new ObservedDelegate(request, () => this.#begin(serverConn, request));
  }

  override onClose(serverConn: object): void {
    if (typeof this.#target !== "function") this.#target.onClose(serverConn);
  }
}
