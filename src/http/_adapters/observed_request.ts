import type { Bytes } from "../../internal/bytes.ts";
import type { EndReason, RequestListener, RequestRecord, TraceIds } from "../../internal/events.ts";
import { byteLength } from "../../internal/utf8.ts";
import type { BaseIOStream } from "../../net/iostream.ts";
import {
  type HTTPConnection,
  HTTPMessageDelegate,
  type HTTPRequestContext,
  type UpgradeHandler,
} from "../_httputil/delegates.ts";
import type { HTTPHeaders } from "../_httputil/headers.ts";
import { RequestStartLine, ResponseStartLine } from "../_httputil/start_lines.ts";

/**
 * The bytes of a whole response from which on its end is when the kernel has them: a smaller one leaves in this turn of
 * the event loop, and a promise for each would cost more than all else here.
 */
const AWAITED = 65536;

/**
 * One exchange that has listeners: it stands between an engine's connection and the application, and reports what goes
 * through. Without listeners there is none.
 */
export class ObservedRequest implements HTTPConnection, RequestRecord {
  method = "";
  target = "";
  scheme = "http";
  client = "";
  readonly start: number = performance.now();
  route: string | null = null;
  status = 0;
  received = 0;
  sent = 0;
  upgraded = false;
  reason: EndReason | null = null;
  trace: TraceIds | null = null;

  readonly #connection: HTTPConnection;
  readonly #listeners: readonly RequestListener[];
  #headers: HTTPHeaders | null = null;
  /** The application has written all of the response, or taken the connection. */
  #complete = false;
  /** The listeners know of the end. */
  #over = false;
  #closeCallback: (() => void) | null = null;

  constructor(connection: HTTPConnection, listeners: readonly RequestListener[]) {
    this.#connection = connection;
    this.#listeners = listeners;
  }

  get byDeno(): boolean {
    return !this.#connection.freesWritten;
  }

  get record(): RequestRecord {
    return this;
  }

  get context(): HTTPRequestContext | null {
    return this.#connection.context;
  }

  get freesWritten(): boolean {
    return this.#connection.freesWritten;
  }

  get maxBodySize(): number {
    return this.#connection.maxBodySize;
  }

  header(name: string): string | null {
    return this.#headers?.get(name) ?? null;
  }

  /** Reports the head. */
  begin(startLine: RequestStartLine | ResponseStartLine, headers: HTTPHeaders): void {
    if (startLine instanceof RequestStartLine) {
      this.method = startLine.method;
      this.target = startLine.path;
    }
    this.#headers = headers;
    const { context } = this.#connection;
    if (context !== null) {
      this.scheme = context.protocol;
      this.client = context.remoteIp;
    }
    const listeners = this.#listeners;
    for (let i = 0; i < listeners.length; i++) listeners[i]?.started(this);
  }

  /** Tells whether a listener has a context for the parts of the application. */
  get hasContext(): boolean {
    const listeners = this.#listeners;
    for (let i = 0; i < listeners.length; i++) if (listeners[i]?.enter !== undefined) return true;
    return false;
  }

  /** Calls a part of the application in the contexts of the listeners. */
  enter<T>(call: () => T): T {
    return this.#enter(call, 0);
  }

  /** Watches the client, once the whole request has come: before, the delegate learns of its end. */
  watch(): void {
    if (!this.#complete) this.#connection.setCloseCallback(() => this.left());
  }

  /** Takes the end of the connection. */
  left(): void {
    const callback = this.#closeCallback;
    this.#closeCallback = null;
    this.#end(this.#connection.context?.endReason ?? "client");
    callback?.();
  }

  writeHeaders(
    startLine: RequestStartLine | ResponseStartLine,
    headers: HTTPHeaders,
    chunk?: Bytes | string,
  ): Promise<void> {
    const written = this.#connection.writeHeaders(startLine, headers, chunk);
    if (startLine instanceof ResponseStartLine) this.#head(startLine.code);
    if (chunk !== undefined) this.sent += byteLength(chunk);
    return written;
  }

  write(chunk: Bytes | string): Promise<void> {
    const written = this.#connection.write(chunk);
    this.sent += byteLength(chunk);
    return written;
  }

  finish(): void {
    this.#connection.finish();
    if (this.#over) return;
    this.#complete = true;
    this.#endWhenTaken();
  }

  abort(): void {
    // First, since the connection tells of its end as if the client had left.
    this.#end(this.#connection.context?.endReason ?? "server");
    this.#connection.abort();
  }

  respond(startLine: ResponseStartLine, headers: HTTPHeaders, body: Bytes | string | null): void {
    this.#connection.respond(startLine, headers, body);
    this.#complete = true;
    this.sent = body === null ? 0 : byteLength(body);
    this.#head(startLine.code);
    if (this.sent < AWAITED) this.#end(null);
    else this.#endWhenTaken();
  }

  drained(): Promise<void> {
    return this.#connection.drained();
  }

  setCloseCallback(callback: (() => void) | null): void {
    this.#closeCallback = callback;
    this.#connection.setCloseCallback(callback === null ? null : () => this.left());
  }

  setMaxBodySize(maxBodySize: number): void {
    this.#connection.setMaxBodySize(maxBodySize);
  }

  setBodyTimeout(seconds: number): void {
    this.#connection.setBodyTimeout(seconds);
  }

  detach(): BaseIOStream {
    const stream = this.#connection.detach();
    this.#leaveHTTP(this.status);
    return stream;
  }

  upgrade(handler: UpgradeHandler): void {
    this.#connection.upgrade({
      onStream: (accept) =>
        handler.onStream((headers) => {
          const stream = accept(headers);
          this.#leaveHTTP(101);
          return stream;
        }),
      onWebSocket: (accept) =>
        handler.onWebSocket((headers, options) => {
          const socket = accept(headers, options);
          this.#leaveHTTP(101);
          return socket;
        }),
    });
  }

  /** Calls through the listeners from `at` on that have a context. */
  #enter<T>(call: () => T, at: number): T {
    const listeners = this.#listeners;
    for (let i = at; i < listeners.length; i++) {
      const listener = listeners[i];
      if (listener?.enter === undefined) continue;
      return listener.enter(this, i + 1 < listeners.length ? () => this.#enter(call, i + 1) : call);
    }
    return call();
  }

  #leaveHTTP(status: number): void {
    this.upgraded = this.#complete = true;
    if (status !== 0) this.#head(status);
    this.#end(null);
  }

  #head(status: number): void {
    if (this.status !== 0) return;
    this.status = status;
    for (const listener of this.#listeners) listener.headed?.(this);
  }

  #endWhenTaken(): void {
    const lost = () => this.#end(this.#connection.context?.endReason ?? "client");
    this.#connection.drained().then(() => this.#end(null), lost);
  }

  #end(reason: EndReason | null): void {
    if (this.#over) return;
    this.#over = true;
    this.reason = reason;
    const listeners = this.#listeners;
    for (let i = 0; i < listeners.length; i++) listeners[i]?.ended(this);
  }
}

/** Passes one request on to the application. */
export class ObservedDelegate extends HTTPMessageDelegate {
  readonly #request: ObservedRequest;
  readonly #start: () => HTTPMessageDelegate;
  /** `null` before the head. */
  #target: HTTPMessageDelegate | null = null;

  /** `start` makes the delegate, once the listeners know of the request. */
  constructor(request: ObservedRequest, start: () => HTTPMessageDelegate) {
    super();
    this.#request = request;
    this.#start = start;
  }

  override get borrowsData(): boolean {
    return this.#target?.borrowsData ?? true;
  }

  override headersReceived(
    startLine: RequestStartLine | ResponseStartLine,
    headers: HTTPHeaders,
  ): void | Promise<void> {
    this.#request.begin(startLine, headers);
    const target = this.#start();
    this.#target = target;
    if (!this.#request.hasContext) return target.headersReceived(startLine, headers);
    return this.#request.enter(() => target.headersReceived(startLine, headers));
  }

  override dataReceived(chunk: Bytes): void | Promise<void> {
    this.#request.received += chunk.length;
    const target = this.#target;
    if (target === null) return;
    if (!this.#request.hasContext) return target.dataReceived(chunk);
    return this.#request.enter(() => target.dataReceived(chunk));
  }

  override finish(): void {
    const target = this.#target;
    if (target === null) return;
    if (this.#request.hasContext) this.#request.enter(() => target.finish());
    else target.finish();
    this.#request.watch();
  }

  override onConnectionClose(): void {
    const target = this.#target;
    // The delegate learns of the end in place of the close callback.
    this.#request.setCloseCallback(null);
    this.#request.left();
    if (target !== null) this.#request.enter(() => target.onConnectionClose());
  }
}
