import { handled, isThenable, toError } from "../../internal/promises.ts";
import { xhtmlEscape } from "../../util/escape.ts";
import { appLog, genLog } from "../../util/log.ts";
import { HTTPError } from "../errors.ts";
import type { RequestHandler } from "../request_handler.ts";
import type { HandlerState } from "./handler_state.ts";
import { stateOf } from "./private_parts.ts";

/** Options of `sendError`, which passes them on to `writeError`. */
export interface SendErrorOptions {
  /**
   * The error or other value that was thrown.
   *
   * @default {absent: nothing was thrown}
   */
  readonly error?: unknown;
  /**
   * The reason phrase; that of an `HTTPError` takes precedence.
   *
   * @default {the usual one of the status}
   */
  readonly reason?: string;
  /** Anything else that `writeError` is to know. */
  readonly [name: string]: unknown;
}

/**
 * Replaces the response by an error page, then calls `finish` unless the page did. Once headers are sent, all it can do
 * is to break the response off.
 */
export function sendErrorPage(handler: RequestHandler, statusCode: number, options: SendErrorOptions): void {
  const state = stateOf(handler);
  if (state.headersWritten) return breakOff(state);
  if (statusCode >= 100 && statusCode < 200) {
    genLog.error("Cannot answer with %d, which is an interim status: sending 500", statusCode);
    statusCode = 500;
  }
  handler.clear();
  const { error, reason = null } = options;
  handler.setStatus(statusCode, error instanceof HTTPError && error.reason !== null ? error.reason : reason);
  // RFC 9110 section 15.5.6 requires it.
  if (statusCode === 405) handler.setHeader("Allow", answeredMethods(handler).join(", "));
  let page: unknown;
  try {
    // Responses of these have no body.
    if (![204, 205, 304].includes(statusCode)) page = handler.writeError(statusCode, options);
  } catch (error) {
    pageFailed(error);
  }
  const finishUnlessDone = () => {
    if (!state.finished) handled(handler.finish());
  };
  if (!isThenable(page)) return finishUnlessDone();
  page.then(undefined, pageFailed).then(finishUnlessDone).then(undefined, (error) => {
    pageFailed(error);
    state.abandon();
  });
}

/** The client can no longer be told what went wrong; but it can see that the response is incomplete. */
function breakOff(state: HandlerState): void {
  genLog.error("Cannot send error response after headers written");
  if (state.finished) return;
  state.connection.abort();
  state.conclude();
}

function pageFailed(error: unknown): void {
  appLog.error("Uncaught exception in write_error", toError(error));
}

/** The methods that a subclass of RequestHandler, the end of the chain, defines. */
function answeredMethods(handler: RequestHandler): string[] {
  const supported: unknown = Reflect.get(handler.constructor, "SUPPORTED_METHODS");
  if (!Array.isArray(supported)) return [];
  let base: object = handler;
  for (let next: object = base; next !== Object.prototype; next = Object.getPrototypeOf(next)) base = next;
  return supported.filter((method) => {
    const name = String(method).toLowerCase();
    const verb: unknown = Reflect.get(handler, name);
    return typeof verb === "function" && verb !== Reflect.get(base, name);
  });
}

/** The default error page, byte for byte Tornado's. */
export function errorPage(statusCode: number, reason: string): string {
  const title = `${statusCode}: ${xhtmlEscape(reason)}`;
  return `<html><title>${title}</title><body>${title}</body></html>`;
}

/** The number of causes of an error that are shown; a cause may name itself as its cause. */
const MAX_CAUSES = 8;

/** An error with its stack and those of its causes, for the page that a developer sees. */
export function traceback(error: unknown): string {
  let text = stackOf(error);
  let cause = error;
  for (let depth = 0; depth < MAX_CAUSES && cause instanceof Error && cause.cause !== undefined; depth++) {
    cause = cause.cause;
    text += `\nCaused by: ${stackOf(cause)}`;
  }
  return `${text}\n`;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return `Uncaught ${Deno.inspect(error)}`;
  return error.stack ?? `${error.name}: ${error.message}`;
}
