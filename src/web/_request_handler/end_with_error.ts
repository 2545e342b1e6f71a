import { toError } from "../../internal/promises.ts";
import { UnreadableBodyError } from "../../http/httputil.ts";
import { StreamClosedError } from "../../net/iostream.ts";
import { appLog, genLog } from "../../util/log.ts";
import { answerIn } from "../_render/page.ts";
import { DrainError, Finish, HTTPError } from "../errors.ts";
import { finishQuietly, type RequestHandler } from "../request_handler.ts";
import { observeHook } from "./hooks.ts";
import { stateOf } from "./private_parts.ts";
import { requestSummary } from "./request_log.ts";

/** Ends a request because of what was thrown. It never throws: a fault of one handler must not reach the connection. */
export function endWithError(handler: RequestHandler, error: unknown): void {
  if (error instanceof StreamClosedError && stateOf(handler).isGone) endWithoutPeer(handler);
  else if (error instanceof StreamClosedError) {
    stateOf(handler).connection.drained().then(() => reportError(handler, error), () => endWithoutPeer(handler));
  } else reportError(handler, error);
}

function reportError(handler: RequestHandler, thrown: unknown): void {
  const error = refused(answerIn(thrown));
  try {
    if (error instanceof Finish) return finishEarly(handler, error);
    // The end of a stream that was told to end, or of a request whose deadline has its line already.
    const state = stateOf(handler);
    if (state.finished && (error instanceof DrainError || state.isDeadline(error))) return;
    try {
      observeHook(handler.request, handler.logException(error));
    } catch (loggingError) {
      appLog.error("Error in exception logger", toError(loggingError));
    }
    if (stateOf(handler).finished) return;
    handler.sendError(error instanceof HTTPError ? error.statusCode : 500, { error });
  } catch (secondError) {
    appLog.error("Exception in exception handler", toError(secondError));
    stateOf(handler).abandon();
  }
}

/** Makes the 400 for a body that the handler could not read; returns any other error unchanged. */
function refused(error: unknown): unknown {
  if (!(error instanceof UnreadableBodyError)) return error;
  return new HTTPError(error.statusCode, "%s", { args: [error.message], cause: error });
}

function finishEarly(handler: RequestHandler, { chunk }: Finish): void {
  if (stateOf(handler).finished) return;
  if (chunk !== undefined) handler.write(chunk);
  if (!stateOf(handler).finished) finishQuietly(handler);
}

/** A client that is gone is nobody's error: the handler is told that the request is over, and the log has its line. */
function endWithoutPeer(handler: RequestHandler): void {
  genLog.debug("Client is gone: %s", requestSummary(handler.request));
  if (!stateOf(handler).finished) stateOf(handler).concludeSafely();
}
