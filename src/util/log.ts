/**
 * Logging. Tornado's `tornado.log`, with the part of Python's `logging` that it is based on.
 *
 * There are three loggers: `tornado.access` for one line per request, `tornado.application` for errors in the code of
 * the application, and `tornado.general` for everything else. Warnings and errors of the last two reach the console
 * without any set-up. Access lines are printed only after {@linkcode enablePrettyLogging}, or if a handler was added. A
 * handler takes records elsewhere:
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

/** Logger `tornado.access`: one line per finished request. */
export const accessLog: Logger = getLogger("tornado.access");
/** Logger `tornado.application`: errors that the code of the application did not catch. */
export const appLog: Logger = getLogger("tornado.application");
/** Logger `tornado.general`: all other messages of Twister. */
export const genLog: Logger = getLogger("tornado.general");
