import type { HTTPServerRequest } from "../../http/httputil.ts";
import { isQueryHidden } from "../../internal/hidden_queries.ts";
import { toError } from "../../internal/promises.ts";
import { accessLog, appLog, ERROR, genLog, INFO, LogRecord, WARNING } from "../../util/log.ts";
import { HTTPError } from "../errors.ts";
import type { RequestHandler } from "../request_handler.ts";

/** A request as log lines name it. */
export function requestSummary(request: HTTPServerRequest): string {
  const target = isQueryHidden(request) ? `${request.path}?...` : request.uri;
  return `${request.method} ${target} (${request.remoteIp})`;
}

/** A line about a finished request. All come from one place, and finding it costs more than all the rest of a line. */
class AccessRecord extends LogRecord {
  /** The place of all; `null` before a formatter has asked. */
  static #known: Pick<LogRecord, "module" | "pathname" | "lineno"> | null = null;

  override get module(): string {
    return this.#place().module;
  }

  override get pathname(): string {
    return this.#place().pathname;
  }

  override get lineno(): number {
    return this.#place().lineno;
  }

  #place(): Pick<LogRecord, "module" | "pathname" | "lineno"> {
    if (AccessRecord.#known !== null) return AccessRecord.#known;
    const place = { module: super.module, pathname: super.pathname, lineno: super.lineno };
    // A formatter that asks when the call is over is told nothing.
    if (place.lineno > 0) AccessRecord.#known = place;
    return place;
  }
}

/** Logs a finished request to `tornado.access`. */
export function logAccess(handler: RequestHandler): void {
  const status = handler.getStatus();
  const level = status < 400 ? INFO : status < 500 ? WARNING : ERROR;
  // Asked first, because on most servers nobody reads these lines, and they are put together for each request.
  if (!accessLog.isEnabledFor(level)) return;
  const milliseconds = 1000 * handler.request.requestTime();
  const args = [status, requestSummary(handler.request), milliseconds];
  accessLog.handle(new AccessRecord(accessLog.name, level, { msg: "%d %s %.2fms", args, below: accessLog.handle }));
}

/** An `HTTPError` with a message is a warning; anything else shows its stack, with `allFrames` also of Twister. */
export function logHandlerError(request: HTTPServerRequest, error: unknown, allFrames: boolean): void {
  const summary = requestSummary(request);
  if (!(error instanceof HTTPError)) {
    if (!appLog.isEnabledFor(ERROR)) return;
    const options = {
      msg: "Uncaught exception %s\n%s",
      args: [summary, isQueryHidden(request) ? "" : String(request)],
      excInfo: toError(error),
    };
    return appLog.handle(new LogRecord(appLog.name, ERROR, { ...options, allFrames }));
  }
  const message = error.getMessage() ?? "";
  if (message !== "") genLog.warning("%d %s: %s", error.statusCode, summary, message);
}
