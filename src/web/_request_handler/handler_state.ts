import {
  HTTPHeaders,
  type HTTPMessageDelegate,
  HTTPServerRequest,
  type LongLivedResponse,
} from "../../http/httputil.ts";
import { getTrusted, respondEmpty } from "../../http/internal.ts";
import { currentClock, TimerEntry } from "../../internal/clock.ts";
import { toError } from "../../internal/promises.ts";
import { StreamClosedError } from "../../net/iostream.ts";
import { appLog, genLog } from "../../util/log.ts";
import { DrainError } from "../errors.ts";
import type { RequestHandler } from "../request_handler.ts";
import { HTTPError } from "../errors.ts";
import { guardsOf, holdEnd } from "../handler_guard.ts";
import { observeHook } from "./hooks.ts";
import { Output } from "./output.ts";
import { requestSummary } from "./request_log.ts";

/** The time limit of a request. */
interface Deadline {
  readonly timer: TimerEntry;
  /** Aborts the signal of the handler, once that has asked for it. */
  controller: AbortController | null;
}

/** Learns what becomes of a response. */
export interface ResponseWatcher {
  /** The client has gone before the end. */
  clientGone?(): void;
  /** The server has begun to drain, and all its responses have so many seconds left. */
  drain?(seconds: number): void;
  /** The request has ended, in whatever way. */
  over?(): void;
}

function isLongLived(watcher: ResponseWatcher): watcher is ResponseWatcher & LongLivedResponse {
  return watcher.drain !== undefined;
}

/** The response of a handler, and the calls to make at the end of the request. */
export class HandlerState extends Output {
  readonly #handler: RequestHandler | null;
  /** The receiver of the rest of the request, which writes the response in place of the handler; or `null`. */
  successor: HTTPMessageDelegate | null = null;
  /** Most have one at most, and a list takes 56 bytes of each event stream. */
  #watchers: ResponseWatcher | readonly ResponseWatcher[] | null = null;
  #deadline: Deadline | null = null;

  /** `handler` is `null` for a response that is over before it begins. */
  constructor(request: HTTPServerRequest, handler: RequestHandler | null) {
    super(request);
    this.#handler = handler;
  }

  /**
   * Completes the response with ETag and Content-Length, sends what is left of it, and concludes the request.
   *
   * @throws {Error} If the response is finished already, or has a body that its status does not allow.
   */
  finish(): void {
    if (this.finished) throw new Error("finish() called twice");
    const handler = this.#handler;
    const held = handler === null || guardsOf(handler.application).length === 0 ? undefined : holdEnd(handler);
    if (held === undefined) return this.#complete();
    // Nothing is added to the response meanwhile.
    this.finished = true;
    held.then(() => this.#complete()).catch((error) => this.#endHeld(error));
  }

  /** Answers with an error page in place of a response whose end was held back in vain. */
  #endHeld(error: unknown): void {
    const handler = this.#handler;
    if (handler === null) return;
    this.finished = false;
    try {
      observeHook(handler.request, handler.logException(error));
      handler.sendError(error instanceof HTTPError ? error.statusCode : 500, { error });
    } catch (secondError) {
      appLog.error("Exception in exception handler", toError(secondError));
      this.abandon();
    }
  }

  /** The connection speaks another protocol, such as WebSocket; the handler lives on with it. */
  get leftHTTP(): boolean {
    return this === over;
  }

  protected override beforeHead(): void {
    const handler = this.#handler;
    if (handler === null) return;
    const guards = guardsOf(handler.application);
    for (let i = 0; i < guards.length; i++) guards[i]?.beforeHead?.(handler);
  }

  #complete(): void {
    if (!this.headersWritten) {
      this.#addEtag();
      this.completeHeaders();
    }
    this.end();
    this.conclude();
  }

  /** Logs the request and tells the handler, once the response is on its way or given up. */
  conclude(): void {
    this.finished = true;
    const handler = this.#handler;
    if (handler === null) return;
    try {
      observeHook(handler.request, handler.application.logRequest(handler));
      observeHook(handler.request, handler.onFinish());
    } finally {
      this.cleanUp();
    }
  }

  /**
   * Concludes the request, since the connection goes on with another protocol.
   *
   * @returns What takes the place of this state: one for all such handlers, which live long and respond no more.
   */
  leaveHTTP(): HandlerState {
    this.conclude();
    this.request.connection = this.request.serverConnection = null;
    return over ??= stateAfterHTTP();
  }

  /** Concludes the request, and only logs what the application throws meanwhile. */
  concludeSafely(): void {
    try {
      this.conclude();
    } catch (error) {
      appLog.error("Uncaught exception %s", requestSummary(this.request), toError(error));
    }
  }

  /** Ends a response whose error page has failed: the client must not wait forever. */
  abandon(): void {
    if (this.finished) return;
    try {
      if (this.headersWritten) this.connection.finish();
      else {
        this.setStatus(500, null);
        respondEmpty(this.connection, this.statusCode);
      }
    } catch (error) {
      genLog.error("Failed to flush partial response", toError(error));
    }
    this.concludeSafely();
  }

  /**
   * Makes a signal that aborts if the client goes away, the server drains, or the deadline comes, but not after the end
   * of the request.
   */
  newSignal(): AbortSignal {
    const controller = new AbortController();
    if (!this.finished) {
      this.watch({
        clientGone: () => controller.abort(new StreamClosedError()),
        drain: (seconds) => controller.abort(new DrainError(seconds)),
      });
      if (this.#deadline !== null) this.#deadline.controller = controller;
    }
    return controller.signal;
  }

  /** Ends the request after so many seconds, unless it has ended. To be called before {@linkcode newSignal}. */
  setDeadline(seconds: number): void {
    const timer = new TimerEntry(currentClock().wheel, () => this.#endLate(seconds));
    this.#deadline = { timer, controller: null };
    timer.start(seconds);
    this.watch({ over: () => timer.cancel() });
  }

  /** Lets the response take as long as it takes. */
  clearDeadline(): void {
    this.#deadline?.timer.cancel();
  }

  #endLate(seconds: number): void {
    const handler = this.#handler;
    if (handler === null || this.finished) return;
    genLog.warning("%s took longer than %s s", requestSummary(this.request), seconds);
    const reason = new DOMException(`The request took longer than ${seconds} s`, "TimeoutError");
    this.#deadline?.controller?.abort(reason);
    // A handler that listens may have made an end of its own.
    if (this.finished) return;
    if (!this.headersWritten) return handler.sendError(503);
    const { context } = this.connection;
    if (context !== null) context.endReason = "timeout";
    this.connection.abort();
    this.concludeSafely();
  }

  /** Tells whether an error is the reason with which the deadline has ended the request. */
  isDeadline(error: unknown): boolean {
    const reason: unknown = this.#deadline?.controller?.signal.reason;
    return reason instanceof DOMException && reason.name === "TimeoutError" && reason === error;
  }

  /** Tells a watcher what becomes of the response, from now on until its end. */
  watch(watcher: ResponseWatcher): void {
    this.#watchers = this.#watchers === null ? watcher : [...listOf(this.#watchers), watcher];
    if (this.isGone) return watcher.clientGone?.();
    if (!this.watchesClose && (watcher.clientGone !== undefined || watcher.drain !== undefined)) {
      this.watchClose(this);
    }
    // The call above may have brought bad news.
    if (isLongLived(watcher) && !this.isGone) this.connection.context?.longLived?.add(watcher);
  }

  /** Tells the watchers, once, that the client has gone. */
  clientGone(): void {
    if (this.isGone) return;
    this.setGone();
    this.#tell((watcher) => watcher.clientGone?.());
  }

  /** Calls `cleanup` when the request has ended, in whatever way. */
  whenOver(cleanup: () => void): void {
    this.watch({ over: cleanup });
  }

  /** Tells the watchers, once, that the request has ended. */
  cleanUp(): void {
    const watchers = this.#watchers;
    if (watchers === null) return;
    this.#tell((watcher) => watcher.over?.());
    this.#watchers = null;
  }

  /** No watcher is told of a drain afterwards, and one that fails does not keep the others from being told. */
  #tell(tell: (watcher: ResponseWatcher) => void, from = 0): void {
    const watchers = listOf(this.#watchers);
    for (let at = from; at < watchers.length; at++) {
      const watcher = watchers[at];
      if (isLongLived(watcher)) this.request.connection?.context?.longLived?.delete(watcher);
      try {
        tell(watcher);
      } catch (error) {
        this.#tell(tell, at + 1);
        throw error;
      }
    }
  }

  #addEtag(): void {
    const { method } = this.request;
    if (this.statusCode !== 200 || (method !== "GET" && method !== "HEAD")) return;
    const handler = this.#handler;
    if (handler === null || getTrusted(this.headers, "Etag") !== null) return;
    handler.setEtagHeader();
    if (!handler.checkEtagHeader()) return;
    this.body = null;
    this.setStatus(304, null);
  }
}

function listOf(watchers: ResponseWatcher | readonly ResponseWatcher[] | null): readonly ResponseWatcher[] {
  if (watchers === null) return [];
  return isList(watchers) ? watchers : [watchers];
}

function isList(watchers: ResponseWatcher | readonly ResponseWatcher[]): watchers is readonly ResponseWatcher[] {
  return Array.isArray(watchers);
}

let over: HandlerState | null = null;

function stateAfterHTTP(): HandlerState {
  const state = new HandlerState(new HTTPServerRequest(), null);
  state.setStatus(101, null);
  state.headers = new HTTPHeaders();
  state.finished = true;
  Object.freeze(state);
  return state;
}
