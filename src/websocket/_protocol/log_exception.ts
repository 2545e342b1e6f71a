import { toError } from "../../internal/promises.ts";
import { appLog } from "../../util/log.ts";
import type { WebSocketDelegate } from "../protocol.ts";

/** Has the application log what it has thrown, which may go wrong as well. */
export function logException(handler: WebSocketDelegate, error: unknown): void {
  try {
    handler.logException(error);
  } catch (loggingError) {
    appLog.error("Error in exception logger", toError(loggingError));
  }
}
