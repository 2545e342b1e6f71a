import {
  type HTTPConnection,
  type HTTPHeaders,
  HTTPInputError,
  HTTPMessageDelegate,
  HTTPServerRequest,
  RequestStartLine,
} from "../../http/httputil.ts";
import { respondEmpty } from "../../http/internal.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { appLog } from "../../util/log.ts";
import type { Router } from "../routing.ts";

/** Answers with a status and no body. */
export class StatusDelegate extends HTTPMessageDelegate {
  readonly #connection: HTTPConnection;
  readonly #statusCode: number;

  constructor(connection: HTTPConnection, statusCode: number) {
    super();
    this.#connection = connection;
    this.#statusCode = statusCode;
  }

  override finish(): void {
    respondEmpty(this.#connection, this.#statusCode);
  }
}

/** Waits for the headers of a request, asks a router who answers it, and passes everything on. */
export class RoutingDelegate extends HTTPMessageDelegate {
  readonly #router: Router;
  readonly #serverConn: object;
  readonly #requestConn: HTTPConnection;
  #delegate: HTTPMessageDelegate | null = null;

  constructor(router: Router, serverConn: object, requestConn: HTTPConnection) {
    super();
    this.#router = router;
    this.#serverConn = serverConn;
    this.#requestConn = requestConn;
  }

  override get borrowsData(): boolean {
    return this.#delegate !== null && this.#delegate.borrowsData;
  }

  override get takesWhole(): boolean {
    return this.#delegate !== null && this.#delegate.takesWhole;
  }

  override headersReceived(startLine: RequestStartLine, headers: HTTPHeaders): void | Promise<void> {
    const request = new HTTPServerRequest({
      connection: this.#requestConn,
      serverConnection: this.#serverConn,
      startLine,
      headers,
    });
    const delegate = this.#find(request);
    this.#delegate = delegate;
    return delegate.headersReceived(startLine, headers);
  }

  override dataReceived(chunk: Bytes): void | Promise<void> {
    return this.#delegate?.dataReceived(chunk);
  }

  override trailersReceived(trailers: HTTPHeaders): void {
    this.#delegate?.trailersReceived(trailers);
  }

  override finish(): void {
    this.#delegate?.finish();
  }

  override onConnectionClose(): void {
    this.#delegate?.onConnectionClose();
  }

  /** A matcher or router of the application that throws is an error of the application: a 500 and a logged stack. */
  #find(request: HTTPServerRequest): HTTPMessageDelegate {
    try {
      const delegate = this.#router.findHandler(request);
      if (delegate !== null) return delegate;
    } catch (error) {
      if (error instanceof HTTPInputError) throw error;
      appLog.error("Uncaught exception in router for %s %s", request.method, request.uri, error);
      return new StatusDelegate(this.#requestConn, 500);
    }
    appLog.debug("Delegate for %s %s request not found", request.method, request.uri);
    return new StatusDelegate(this.#requestConn, 404);
  }
}

/** Gives a request that is complete to a delegate, in the order in which a connection would. */
export async function feedRequest(delegate: HTTPMessageDelegate, request: HTTPServerRequest): Promise<void> {
  const { method, uri, version, headers, body } = request;
  await delegate.headersReceived(new RequestStartLine(method, uri, version), headers);
  if (body.length > 0) await delegate.dataReceived(body);
  delegate.finish();
}
