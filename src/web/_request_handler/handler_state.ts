import { HTTPHeaders, type HTTPMessageDelegate, HTTPServerRequest } from "../../http/httputil.ts";
import { getTrusted, respondEmpty } from "../../http/internal.ts";
import { toError } from "../../internal/promises.ts";
import { StreamClosedError } from "../../net/iostream.ts";
import { appLog, genLog } from "../../util/log.ts";
import { DrainError } from "../errors.ts";
import type { RequestHandler } from "../request_handler.ts";
import { HTTPError } from "../errors.ts";
import { holdEnd } from "../handler_guard.ts";
import { observeHook } from "./hooks.ts";
import { Output } from "./output.ts";
import { requestSummary } from "./request_log.ts";

/** The response of a handler, and the calls to make at the end of the request. */
export class HandlerState extends Output {
  readonly #handler: RequestHandler | null;
  /** The receiver of the rest of the request, which writes the response in place of the handler; or `null`. */
  successor: HTTPMessageDelegate | null = null;
  #cleanups: (() => void)[] | null = null;

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
    const held = handler === null || handler.application.guards.length === 0 ? undefined : holdEnd(handler);
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

  protected override beforeHead(): void {
    const handler = this.#handler;
    if (handler === null) return;
    for (const guard of handler.application.guards) guard.beforeHead?.(handler);
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
      if (this.#cleanups !== null) this.cleanUp();
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
   * Calls `callback` with the seconds that are left when the server begins to drain, immediately if it has begun; not
   * after the end of the request.
   */
  watchDrain(callback: (seconds: number) => void): void {
    const others = this.connection.context?.longLived ?? null;
    if (others === null) return;
    const response = { drain: callback };
    const leave = () => others.delete(response);
    this.whenOver(leave);
    this.watchClose(leave);
    others.add(response);
  }

  /** Makes a signal that aborts if the client goes away or the server drains, but not after the end of the request. */
  newSignal(): AbortSignal {
    const controller = new AbortController();
    if (!this.finished) {
      this.watchClose(() => controller.abort(new StreamClosedError()));
      this.watchDrain((seconds) => controller.abort(new DrainError(seconds)));
    }
    return controller.signal;
  }

  /** Calls `cleanup` when the request has ended, in whatever way. */
  whenOver(cleanup: () => void): void {
    (this.#cleanups ??= []).push(cleanup);
  }

  /** Calls what {@linkcode HandlerState.whenOver} was given, once. */
  cleanUp(): void {
    for (const cleanup of this.#cleanups?.splice(0) ?? []) cleanup();
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

let over: HandlerState | null = null;

function stateAfterHTTP(): HandlerState {
  const state = new HandlerState(new HTTPServerRequest(), null);
  state.setStatus(101, null);
  state.headers = new HTTPHeaders();
  state.finished = state.leftHTTP = true;
  Object.freeze(state);
  return state;
}
