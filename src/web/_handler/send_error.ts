import { toError } from "../../internal/promises.ts";
import { appLog, genLog } from "../../util/log.ts";
import { HTTPError } from "../errors.ts";
import type { SendErrorOptions } from "./options.ts";
import type { Output } from "./output.ts";
import { isPromise } from "./values.ts";

/** What an error page asks of a handler. */
export interface ErrorPageHandler {
  clear(): void;
  setStatus(statusCode: number, reason: string | null): void;
  setHeader(name: string, value: string): void;
  writeError(statusCode: number, options: SendErrorOptions): void | Promise<void>;
}

/**
 * Replaces the response by an error page, if nothing of it is sent yet, and calls `end` unless the page did. Where that is not possible
 * it calls `giveUp`.
 */
export function sendErrorPage(
  handler: ErrorPageHandler,
  out: Output,
  statusCode: number,
  options: SendErrorOptions,
  end: () => void,
  giveUp: () => void,
): void {
  if (out.headersWritten) return breakOff(out, giveUp);
  handler.clear();
  const { error, reason = null } = options;
  handler.setStatus(statusCode, error instanceof HTTPError && error.reason !== null ? error.reason : reason);
  // RFC 9110 section 15.5.6 requires it.
  if (statusCode === 405) handler.setHeader("Allow", answeredMethods(handler).join(", "));
  let page: unknown;
  try {
    // A 304 is no error to tell of, and has no body.
    if (statusCode !== 304) page = handler.writeError(statusCode, options);
  } catch (error) {
    pageFailed(error);
  }
  const endUnlessDone = () => {
    if (!out.finished) end();
  };
  if (isPromise(page)) page.then(undefined, pageFailed).then(endUnlessDone).then(undefined, pageFailed);
  else endUnlessDone();
}

/** The client cannot be told any more what went wrong; but it can see that the response is not complete. */
function breakOff(out: Output, giveUp: () => void): void {
  genLog.error("Cannot send error response after headers written");
  if (out.finished) return;
  out.connection.abort();
  giveUp();
}

function pageFailed(error: unknown): void {
  appLog.error("Uncaught exception in write_error", toError(error));
}

/** The methods that the handler's class defines itself. */
function answeredMethods(handler: object): string[] {
  const { constructor } = handler;
  const supported: unknown = Reflect.get(constructor, "SUPPORTED_METHODS");
  if (!Array.isArray(supported)) return [];
  return supported.filter((method) => {
    const verb: unknown = Reflect.get(handler, String(method).toLowerCase());
    return typeof verb === "function" && !unanswered.has(verb);
  });
}

const unanswered = new WeakSet<object>();

/** Names a method of `RequestHandler` that only says that the method is not there. */
export function markUnanswered(verb: object): void {
  unanswered.add(verb);
}
