/**
 * Logging for Twister: Tornado's `tornado.log`, with the small part of Python's `logging` that it stands on.
 *
 * There are three streams: `tornado.access` for one line per request, `tornado.application` for errors in the application's own code,
 * `tornado.general` for all else. Warnings and errors of the last two reach the console without any set-up; access lines are printed
 * only after {@linkcode enablePrettyLogging} or where a handler was added. Whoever wants the records elsewhere adds a handler:
 *
 * ```ts
 * import { INFO, type LogRecord, rootLogger } from "@twister/twister/log";
 * rootLogger.level = INFO;
 * rootLogger.addHandler({ handle: (record: LogRecord) => queueMicrotask(() => record.getMessage()) });
 * ```
 *
 * @module
 */
import { getLogger, type Logger } from "./_log/logger.ts";

export { ConsoleHandler, type ConsoleHandlerOptions } from "./_log/console_handler.ts";
export {
  FileHandler,
  type FileHandlerOptions,
  RotatingFileHandler,
  type RotatingFileHandlerOptions,
  TimedRotatingFileHandler,
  type TimedRotatingFileHandlerOptions,
} from "./_log/file_handlers.ts";
export { LogFormatter, type LogFormatterOptions } from "./_log/formatter.ts";
export { CRITICAL, DEBUG, ERROR, getLevelName, getLevelNumber, INFO, NOTSET, WARNING } from "./_log/levels.ts";
export type { LogFilter, LogHandler } from "./_log/handler.ts";
export { getLogger, Logger, type LoggerOptions, rootLogger } from "./_log/logger.ts";
export {
  defineLoggingOptions,
  enablePrettyLogging,
  type LoggingOptionParser,
  type LoggingOptions,
  type LoggingOptionSettings,
} from "./_log/pretty_logging.ts";
export { LogRecord, type LogRecordOptions } from "./_log/record.ts";

/** One line per finished request: `tornado.access`. */
export const accessLog: Logger = getLogger("tornado.access");
/** Errors that the application's own code did not catch: `tornado.application`. */
export const appLog: Logger = getLogger("tornado.application");
/** Everything else that Twister has to say: `tornado.general`. */
export const genLog: Logger = getLogger("tornado.general");
