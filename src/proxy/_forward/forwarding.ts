import { HTTPClientError, HTTPStreamClosedError, HTTPTimeoutError } from "../../http/httpclient.ts";
import {
  type HTTPConnection,
  type HTTPHeaders,
  HTTPMessageDelegate,
  HTTPOutputError,
  type HTTPServerRequest,
  ResponseStartLine,
} from "../../http/httputil.ts";
import {
  type Body,
  type ExchangeEnd,
  isIdempotent,
  RequestControl,
  type ResponseSink,
  type WireRequest,
  WITH_BODY,
} from "../../http/client/internal.ts";
import { getTrusted, peekTrusted, setTrusted } from "../../http/internal.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { currentClock, TimerEntry } from "../../internal/clock.ts";
import { handled, toError } from "../../internal/promises.ts";
import { StreamClosedError } from "../../net/iostream.ts";
import { genLog } from "../../util/log.ts";
import { endWithError, replaceState, stateOf } from "../../web/internal.ts";
import { HTTPError } from "../../web/mod.ts";
import type { Acquired, Upstream } from "../_upstreams/upstream.ts";
import type { ProxyHandler } from "../proxy_handler.ts";
import { type Balance, balanceOf, type Upstreams } from "../upstreams.ts";
import {
  asksForWebSocket,
  changeRequestFields,
  changeResponseFields,
  contentLength,
  interimFields,
  isOfWebSocket,
  peerOf,
  requestFields,
  responseFields,
  trailerFields,
  upgradeFields,
} from "./fields.ts";
import type { ProxySettings } from "./settings.ts";
import { Tunnel } from "./tunnel.ts";

/** Bytes that are written to a client before the upstream waits for them to go. */
const HIGH_WATER = 65536;
/** The status of a request that its client gave up, for the log; no client ever sees it. */
const CLIENT_CLOSED_REQUEST = 499;
/** A length beyond it cannot be counted exactly. */
const MAX_LENGTH = Number.MAX_SAFE_INTEGER - 1;
/** The largest Content-Length that a request is written with. */
const MAX_STATED_LENGTH = 999_999_999_999_999;

/** Why a request got no response from an upstream. */
interface Failure {
  readonly error: Error;
  /** Tells whether another upstream may be tried. */
  readonly mayRepeat: boolean;
  /** Tells whether the same upstream may be, since only an idle connection had ended. */
  readonly isStale: boolean;
}

const NONE: readonly Upstream[] = [];

type Write = (chunk: Bytes) => Promise<void>;

/**
 * Leads one request from a client to an upstream, and the response back. It receives the request in place of its
 * handler, and takes the response from the connection of the client.
 */
export class Forwarding extends HTTPMessageDelegate implements ResponseSink, ExchangeEnd {
  readonly maxBodySize: number = MAX_LENGTH;
  readonly #handler: ProxyHandler;
  readonly #request: HTTPServerRequest;
  readonly #connection: HTTPConnection;
  readonly #balance: Balance;
  readonly #settings: ProxySettings;
  readonly #headers: HTTPHeaders;
  readonly #target: string;
  /** Tells whether an upstream gets its own name as the Host. */
  readonly #namesUpstream: boolean;
  readonly #wantsWebSocket: boolean;
  readonly #expectsContinue: boolean;
  readonly #control = new RequestControl(0, null);
  /** The upstream that was asked last, and the connection to it. */
  #upstream: Upstream | null = null;
  #acquired: Acquired | null = null;
  /** Those that have failed, in this round of attempts. */
  #tried: readonly Upstream[] = NONE;
  #begunAt = 0;
  /** Fires when an upstream takes too long for the head of its response, or the client for more of the request. */
  #timer: TimerEntry | null = null;
  #sentAt = 0;
  // The body of the request.
  #body: Body | null;
  /** Tells whether only the first bytes, or the end without any, are going to say if there is a body. */
  #awaitsBody = false;
  #write: Write | null = null;
  #onWritable: (() => void) | null = null;
  #bodyEnd: PromiseWithResolvers<void> | null = null;
  #bodyTrailers: HTTPHeaders | null = null;
  /** Tells whether the upstream has all that has come of a body of which more is to come. */
  #awaitsClient = false;
  /** Tells whether the whole request has come. */
  #isReceived = false;
  // The response.
  #startLine: ResponseStartLine | null = null;
  #responseHeaders: HTTPHeaders | null = null;
  #trailers: HTTPHeaders | null = null;
  #hasBegun = false;
  #unwritten = 0;
  /** An error of the subclass, or a client that stands still: it ends the request, by no fault of an upstream. */
  #ownFault: Error | null = null;
  #isOver = false;
  #clientIsGone = false;
  /** Tells whether the request broke off before its end. */
  #isCut = false;

  constructor(handler: ProxyHandler, connection: HTTPConnection, upstreams: Upstreams, settings: ProxySettings) {
    super();
    const { request } = handler;
    this.#handler = handler;
    this.#request = request;
    this.#connection = connection;
    this.#balance = balanceOf(upstreams);
    this.#settings = settings;
    const { passed, own } = requestFields(request, peerOf(request, settings.trustedDownstream), settings.via);
    this.#headers = passed;
    changeRequestFields(this.#headers, (fields) => handler.changeRequest(fields));
    this.#namesUpstream = settings.changeHost || getTrusted(this.#headers, "Host") === "";
    this.#target = handler.changeTarget(originForm(request));
    this.#body = this.#bodyOf(request.method, own);
    // An HTTP/1.0 client waits for no 100 (RFC 9110, section 10.1.1).
    this.#expectsContinue = this.#body !== null && request.version !== "HTTP/1.0" &&
      /100-continue/i.test(peekTrusted(own, "Expect") ?? "");
    if (this.#expectsContinue) setTrusted(this.#headers, "Expect", "100-continue");
    this.#wantsWebSocket = this.#body === null && asksForWebSocket(request, own);
    if (this.#wantsWebSocket) {
      setTrusted(this.#headers, "Upgrade", "websocket");
      setTrusted(this.#headers, "Connection", "Upgrade");
    } else if (/(?:^|[\s,])trailers(?:$|[\s,;])/i.test(peekTrusted(own, "Te") ?? "")) {
      setTrusted(this.#headers, "Te", "trailers");
      setTrusted(this.#headers, "Connection", "TE");
    }
  }

  /** Begins. The promise holds the body of a client back that waits for a 100. */
  begin(): void | Promise<void> {
    stateOf(this.#handler).successor = this;
    this.#connection.setCloseCallback(() => {
      this.#leave();
      this.#handler.onConnectionClose();
    });
    this.#begunAt = currentClock().monotonic();
    if (!this.#awaitsBody) this.#try(() => this.#next(null));
    if (this.#expectsContinue) return this.#whenWritable().then(() => {});
  }

  override dataReceived(chunk: Bytes): void | Promise<void> {
    if (this.#awaitsBody) this.#knowBody(this.#streamBody());
    if (!this.#isOver) return this.#pass(chunk);
  }

  override trailersReceived(trailers: HTTPHeaders): void {
    this.#bodyTrailers = trailerFields(trailers);
  }

  override finish(): void {
    this.#awaitsClient = false;
    this.#isReceived = true;
    // A client that takes long to send its request does not make a response late.
    this.#sentAt = currentClock().coarse();
    this.#restartTimer();
    if (this.#awaitsBody) this.#knowBody(null);
    this.#bodyEnd?.resolve();
  }

  /** The body will never be complete; the handler is told of it by the one who calls. */
  override onConnectionClose(): void {
    this.#isCut = true;
    this.#leave();
  }

  interim({ code, reason }: ResponseStartLine, headers: HTTPHeaders): void {
    // The server sends a 100 itself, when it begins to read the body.
    if (code === 100) return;
    this.#hasBegun = true;
    this.#connection.writeInterim?.(new ResponseStartLine("HTTP/1.1", code, reason), interimFields(headers));
  }

  head(startLine: ResponseStartLine, headers: HTTPHeaders): void {
    const { code, reason, version } = startLine;
    const upstream = this.#upstream;
    this.#timer?.cancel();
    this.#startLine = startLine;
    this.#responseHeaders = headers;
    if (upstream === null) return;
    upstream.isOld = version === "HTTP/1.0";
    upstream.answered(code, currentClock().coarse() - this.#sentAt);
    if (code === 101) {
      if (!this.#wantsWebSocket) throw new HTTPClientError(599, "Malformed response: 101 without an Upgrade");
      if (!isOfWebSocket(headers)) throw new HTTPClientError(599, "Malformed response: 101 to another protocol");
      return;
    }
    const fields = responseFields(headers, version, this.#settings.via);
    const cookie = this.#balance.cookieFor(upstream, this.#request);
    if (cookie !== null) fields.add("Set-Cookie", cookie);
    // Nobody is going to read the rest of a request that was refused.
    if (code >= 400 && this.#body !== null && !this.#isReceived) setTrusted(fields, "Connection", "close");
    this.#changeResponse(code, fields);
    stateOf(this.#handler).setStatus(code, reason);
    // Fields that cannot be written, such as a length that cannot be counted, leave room for an error page.
    const connection = this.#connection;
    const line = new ResponseStartLine("HTTP/1.1", code, reason);
    if (connection.sendHeaders === undefined) handled(connection.writeHeaders(line, fields));
    else connection.sendHeaders(line, fields);
    this.#hasBegun = true;
  }

  data(chunk: Bytes): void | Promise<void> {
    const connection = this.#connection;
    if (connection.send === undefined) handled(connection.write(chunk));
    else connection.send(chunk);
    this.#unwritten += chunk.length;
    if (this.#unwritten < HIGH_WATER) return;
    this.#unwritten = 0;
    return handled(connection.drained());
  }

  trailers(trailers: HTTPHeaders): void {
    this.#trailers = trailerFields(trailers);
  }

  #changeResponse(code: number, fields: HTTPHeaders): void {
    try {
      changeResponseFields(fields, () => this.#handler.changeResponse(code, fields));
    } catch (error) {
      throw this.#ownFault = toError(error);
    }
  }

  /**
   * Sets the framing of the request by that which it came with.
   *
   * @throws {HTTPError} 413 if the body is too long, before an upstream gets the head; 501 if the engine has no body.
   */
  #bodyOf(method: string, own: HTTPHeaders): Body | null {
    const length = contentLength(own);
    const isChunked = peekTrusted(own, "Transfer-Encoding") !== null;
    if (this.#connection.hidesBodies === true) {
      const hasNone = method === "GET" || method === "HEAD";
      const isAnnounced = isChunked || (length !== null && length !== "0");
      if (hasNone && isAnnounced) {
        throw failed(501, "Cannot pass the body of a %s on: the serve engine has none", method);
      }
      this.#awaitsBody = !hasNone && !isChunked && length === null;
      if (this.#awaitsBody) return null;
    }
    if (!isChunked && (length === null || length === "0")) {
      if (length !== null || WITH_BODY.has(method)) setTrusted(this.#headers, "Content-Length", "0");
      return null;
    }
    // The server has decompressed it: it is longer than the client has said.
    const isUnpacked = peekTrusted(this.#request.headers, "X-Consumed-Content-Encoding") !== null;
    if (length !== null && !isUnpacked) {
      const limit = Math.min(this.#settings.maxBodySize, MAX_STATED_LENGTH);
      if (Number(length) > limit) throw failed(413, "Content-Length too long: the limit is %s bytes", limit);
      setTrusted(this.#headers, "Content-Length", length);
    }
    return this.#streamBody();
  }

  /** Begins when it is known whether there is a body. */
  #knowBody(body: Body | null): void {
    this.#awaitsBody = false;
    this.#body = body;
    if (body === null && WITH_BODY.has(this.#request.method)) setTrusted(this.#headers, "Content-Length", "0");
    if (!this.#isOver) this.#try(() => this.#next(null));
  }

  #streamBody(): Body {
    this.#bodyEnd = Promise.withResolvers();
    const end = handled(this.#bodyEnd.promise);
    return {
      kind: "stream",
      send: (write) => {
        this.#write = write;
        this.#onWritable?.();
        return end;
      },
      trailers: () => this.#bodyTrailers,
    };
  }

  async #pass(chunk: Bytes): Promise<void> {
    const write = this.#write ?? await this.#whenWritable();
    if (write === null) return;
    this.#awaitsClient = false;
    try {
      await write(chunk);
      this.#awaitsClient = true;
      this.#restartTimer();
    } catch {
      // The exchange with the upstream has ended, and tells why.
    }
  }

  #restartTimer(): void {
    if (this.#acquired !== null && this.#startLine === null) this.#timer?.start(this.#balance.settings.responseTimeout);
  }

  #timedOut(seconds: number): void {
    if (this.#awaitsClient) this.#ownFault = failed(408, "No more of the request came for %s seconds", seconds);
    this.#control.end(this.#ownFault ?? new HTTPTimeoutError(`no response after ${seconds} seconds`));
  }

  /** Resolves when an upstream wants the body, or with `null` when none will. */
  #whenWritable(): Promise<Write | null> {
    return new Promise((resolve) => {
      if (this.#write !== null || this.#isOver) return resolve(this.#write);
      this.#onWritable = () => resolve(this.#isOver ? null : this.#write);
    });
  }

  /** Makes the next attempt, after one that has failed or as the first. */
  #next(last: Failure | null): void {
    if (this.#clientIsGone) return this.#abandon();
    const { tryTime, tryPause } = this.#balance.settings;
    const upstream = this.#balance.choose(this.#request, this.#tried);
    if (upstream !== null) return this.#attempt(upstream);
    if (currentClock().monotonic() + tryPause > this.#begunAt + tryTime) {
      return this.#refuse(last?.error ?? failed(503, "No upstream is up"));
    }
    this.#tried = NONE;
    this.#sleep(tryPause).then(() => {
      if (!this.#isOver) this.#try(() => this.#next(last));
    });
  }

  /** Runs a step; what it throws is an error of the proxy itself. */
  #try(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#fault(error);
    }
  }

  #fault(error: unknown): void {
    this.#refuse(failed(500, "Uncaught exception: %s", error));
  }

  /** Resolves also if the client leaves meanwhile. */
  #sleep(seconds: number): Promise<void> {
    return this.#control.wait<void>("before a retry", (resolve) => {
      const timer = currentClock().setTimer(() => resolve(), seconds);
      return () => timer.cancel();
    }).catch(() => {});
  }

  /** Sends the request to an upstream, immediately if there is an idle connection. */
  #attempt(upstream: Upstream): void {
    if (upstream.isOld && this.#body !== null && getTrusted(this.#headers, "Content-Length") === null) {
      return this.#refuse(failed(411, "%s speaks HTTP/1.0, which has no chunks", upstream.name));
    }
    upstream.active++;
    upstream.requests++;
    let acquired: Acquired | Promise<Acquired>;
    try {
      acquired = upstream.acquire(this.#control);
    } catch (error) {
      return this.#cannotConnect(upstream, error);
    }
    if (!(acquired instanceof Promise)) return this.#exchange(acquired, upstream);
    acquired.then(
      (opened) => this.#try(() => this.#exchange(opened, upstream)),
      (error) => this.#try(() => this.#cannotConnect(upstream, error)),
    );
  }

  #cannotConnect(upstream: Upstream, cause: unknown): void {
    upstream.active--;
    if (this.#clientIsGone) return this.#abandon();
    upstream.failed();
    const code = cause instanceof HTTPTimeoutError ? 504 : 502;
    const error = failed(code, "Cannot connect to %s: %s", upstream.name, toError(cause).message);
    this.#failed(upstream, { error, mayRepeat: true, isStale: false });
  }

  #exchange(acquired: Acquired, upstream: Upstream): void {
    if (this.#isOver) {
      upstream.active--;
      return upstream.release(acquired, true, null);
    }
    this.#upstream = upstream;
    this.#acquired = acquired;
    const { responseTimeout } = this.#balance.settings;
    if (responseTimeout < Infinity) {
      this.#timer ??= new TimerEntry(currentClock().wheel, () => this.#timedOut(responseTimeout));
      this.#timer.start(responseTimeout);
    }
    this.#sentAt = currentClock().coarse();
    try {
      acquired.connection.begin(this.#wireRequest(upstream), this, this.#control, this);
    } catch (error) {
      this.brokenOff(error);
    }
  }

  completed(isUsable: boolean): void {
    const acquired = this.#acquired;
    const upstream = this.#upstream;
    if (acquired === null || upstream === null) return;
    this.#acquired = null;
    try {
      if (this.#startLine?.code === 101) return this.#switch(acquired, upstream, isUsable);
      upstream.active--;
      upstream.release(acquired, isUsable, acquired.connection.hasKeepAlive ? this.#responseHeaders : null);
      this.#complete();
    } catch (error) {
      this.#fault(error);
    }
  }

  brokenOff(error: unknown): void {
    const acquired = this.#acquired;
    const upstream = this.#upstream;
    if (acquired === null || upstream === null) return;
    this.#acquired = null;
    // It would end the attempts that follow.
    this.#timer?.cancel();
    upstream.active--;
    const { connection, lease, isReused } = acquired;
    connection.close();
    lease.release(null);
    this.#try(() => this.#judge(upstream, toError(error), isReused && !connection.hasAnswered));
  }

  #wireRequest({ address }: Upstream): WireRequest {
    const { method } = this.#request;
    const headers = this.#headers;
    if (this.#namesUpstream) setTrusted(headers, "Host", address.host);
    return {
      method,
      target: this.#target === "*" ? "*" : pathAt(address.basePath, this.#target),
      headers,
      body: this.#body,
      expectsContinue: this.#expectsContinue,
      isLast: false,
      stallTimeout: 0,
    };
  }

  /** Decides what an exchange that broke off means. */
  #judge(upstream: Upstream, cause: Error, isStale: boolean): void {
    if (this.#clientIsGone) return this.#abandon();
    // A subclass may have made the request one that cannot be written.
    if (cause instanceof HTTPOutputError && this.#startLine === null) this.#ownFault ??= cause;
    if (this.#ownFault !== null) return this.#refuse(this.#ownFault);
    const isLost = cause instanceof HTTPStreamClosedError;
    const mayRepeat = isLost && !this.#hasBegun && this.#startLine === null && this.#body === null &&
      isIdempotent(this.#request.method);
    if (isStale && mayRepeat) {
      return this.#failed(upstream, { error: failed(502, "%s", cause.message), mayRepeat, isStale });
    }
    upstream.failed();
    const code = cause instanceof HTTPTimeoutError ? 504 : 502;
    const error = failed(code, "%s: %s", upstream.name, cause.message);
    this.#failed(upstream, { error, mayRepeat, isStale: false });
  }

  /** Tries again after a failure, or gives up. */
  #failed(upstream: Upstream, failure: Failure): void {
    if (this.#isOver) return;
    if (!failure.isStale) {
      const until = this.#begunAt + this.#balance.settings.tryTime;
      if (!failure.mayRepeat || currentClock().monotonic() >= until) return this.#refuse(failure.error);
      this.#tried = [...this.#tried, upstream];
    }
    this.#next(failure);
  }

  #complete(): void {
    this.#end();
    try {
      this.#connection.finish(this.#trailers ?? undefined);
    } catch (error) {
      // A subclass has changed the length.
      this.#logIncomplete(toError(error));
    }
    stateOf(this.#handler).concludeSafely();
  }

  /** Gives the connection of the client to a tunnel. */
  #switch({ connection, lease }: Acquired, upstream: Upstream, isOpen: boolean): void {
    const handler = this.#handler;
    const fields = upgradeFields(this.#responseHeaders ?? this.#headers, "HTTP/1.1", this.#settings.via);
    const onEnd = endOf(lease, upstream);
    const refuse = (error: Error) => {
      connection.close();
      onEnd();
      this.#refuse(error);
    };
    if (!isOpen) return refuse(failed(502, "%s has closed after a 101", upstream.name));
    let onActivity: (() => void) | null;
    try {
      handler.changeResponse(101, fields);
      onActivity = handler.watchTunnel();
    } catch (error) {
      return refuse(toError(error));
    }
    const { longLived = null } = this.#connection.context ?? {};
    this.#connection.upgrade({
      onStream: (accept) => {
        this.#end();
        const client = accept(fields);
        stateOf(handler).setStatus(101, null);
        replaceState(handler, stateOf(handler).leaveHTTP());
        const { streamCloseDelay: closeDelay } = this.#settings;
        new Tunnel(client, connection.stream, { closeDelay, longLived, onActivity, onEnd }).start();
      },
      onWebSocket: () => {
        refuse(failed(501, "Cannot pass a WebSocket to %s: the serve engine has no streams", upstream.name));
      },
    });
  }

  /** The client is gone: nobody reads a response. */
  #leave(): void {
    if (this.#isOver) return;
    this.#clientIsGone = true;
    this.#control.end(new HTTPStreamClosedError("The client has left"));
    if (this.#upstream === null) this.#abandon();
  }

  #abandon(): void {
    if (this.#isOver) return;
    this.#end();
    if (this.#isCut) return;
    const state = stateOf(this.#handler);
    if (!this.#hasBegun) state.setStatus(CLIENT_CLOSED_REQUEST, "Client Closed Request");
    state.concludeSafely();
  }

  /** Ends the request with an error page, or breaks the response off if it has begun. */
  #refuse(error: Error): void {
    if (this.#isOver) return;
    const handler = this.#handler;
    const isOpen = this.#startLine === null || !this.#hasBegun;
    this.#end();
    if (isOpen) return endWithError(handler, error);
    this.#logIncomplete(error);
    this.#connection.abort();
    stateOf(handler).concludeSafely();
  }

  #logIncomplete(error: Error): void {
    const { method, uri } = this.#request;
    const message = error instanceof HTTPError ? error.getMessage() ?? "" : error.message;
    genLog.warning("Cannot complete the response to %s %s: %s", method, uri, message);
  }

  /** Lets go of everything that the request has held. */
  #end(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#control.close();
    if (!this.#clientIsGone) this.#connection.setCloseCallback(null);
    this.#bodyEnd?.reject(new StreamClosedError(null));
    this.#onWritable?.();
  }
}

/** Returns what ends the claim of a tunnel; it lives as long as the tunnel, and keeps nothing else of the request. */
function endOf(lease: Acquired["lease"], upstream: Upstream): () => void {
  return () => {
    lease.release(null);
    upstream.active--;
  };
}

/** An empty path is the one of the upstream's address, or the root. */
function pathAt(basePath: string, target: string): string {
  return basePath === "" && !target.startsWith("/") ? `/${target}` : basePath + target;
}

function failed(code: number, message: string, ...args: unknown[]): HTTPError {
  return new HTTPError(code, message, { args });
}

/** The target as an origin server wants it (RFC 9112, section 3.2.1). */
function originForm({ uri, path, query }: HTTPServerRequest): string {
  if (uri.startsWith("/")) return uri;
  return query === "" ? path : `${path}?${query}`;
}
