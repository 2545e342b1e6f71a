import { ConsoleHandler } from "./console_handler.ts";
import { FileHandler, RotatingFileHandler, TimedRotatingFileHandler } from "./file_handlers.ts";
import type { LogHandler } from "./handler.ts";
import { getLevelNumber } from "./levels.ts";
import { type Logger, rootLogger } from "./logger.ts";

/** Options of {@linkcode enablePrettyLogging}: the logging options of Tornado's command line. */
export interface LoggingOptions {
  /**
   * Lowest level that is logged, in upper or lower case. `"none"` or `null` leaves logging as it is.
   *
   * @default {"info"}
   */
  logging?: string | null;
  /**
   * Prints the records on the console. `null` prints them only without a log file or another handler. `true`
   * sends all of them to standard error; `null` sends those below `WARNING` to standard output.
   *
   * @default {null}
   */
  logToStderr?: boolean | null;
  /**
   * Path of the log file. Each process needs its own.
   *
   * @default {null}
   */
  logFilePrefix?: string | null;
  /**
   * Size limit of a log file in bytes, in mode `"size"`.
   *
   * @default {100_000_000}
   */
  logFileMaxSize?: number;
  /**
   * Number of old log files to keep.
   *
   * @default {10}
   */
  logFileNumBackups?: number;
  /**
   * Unit of the interval, in mode `"time"`: `S`, `M`, `H`, `D`, `midnight`, or `W0` to `W6`.
   *
   * @default {"midnight"}
   */
  logRotateWhen?: string;
  /**
   * Number of units for which a file is used.
   *
   * @default {1}
   */
  logRotateInterval?: number;
  /**
   * Reason for a new file: `"size"` or `"time"`.
   *
   * @default {"size"}
   */
  logRotateMode?: string;
}

/** Definition of an option, as {@linkcode defineLoggingOptions} passes it to the parser. */
export interface LoggingOptionSettings {
  /** Default value. */
  defaultValue: string | number | null;
  /** Type of the value. */
  type: "string" | "int" | "boolean";
  /** Help text of one or two sentences. */
  help: string;
  /** Heading of the option in the help. */
  group: string;
  /**
   * Placeholder for the value in the help.
   *
   * @default {none}
   */
  metavar?: string;
}

/** Option parser for {@linkcode defineLoggingOptions}, which reads the values by their camelCase names. */
export interface LoggingOptionParser extends LoggingOptions {
  /** Defines an option. */
  define(name: string, settings: LoggingOptionSettings): unknown;
  /** Adds a function that the parser calls once it has read the options. */
  addParseCallback(callback: () => void): void;
}

/** Heading of the options in the help, where Tornado has the path of its `log.py`. */
const GROUP = "logging";

/** Tornado's defaults, which bound the log of one process to about 1.1 GB. */
const DEFAULT_MAX_SIZE = 100_000_000;
const DEFAULT_BACKUPS = 10;

/**
 * Turns on Tornado's log lines for the whole program, or for one logger. Tornado's `enable_pretty_logging`.
 *
 * It sets the level of the logger. It adds a file handler if a file is named, and a console handler if `logToStderr`
 * says so or there is no other handler. From then on access lines are printed.
 *
 * @example
 * ```ts
 * import { enablePrettyLogging, INFO, Logger } from "@twister/twister/log";
 * import { assertEquals } from "@std/assert";
 * const logger = new Logger("shop");
 * enablePrettyLogging({ logging: "info" }, logger);
 * assertEquals([logger.level, logger.handlers.length], [INFO, 1]);
 * ```
 *
 * @throws {RangeError} The level, the rotation mode or its unit is not known.
 * @throws {Error} The file cannot be opened: one of `Deno.errors`.
 */
export function enablePrettyLogging(options: LoggingOptions = {}, logger: Logger = rootLogger): void {
  const level = options.logging === undefined ? "info" : options.logging;
  if (level === null || level.toLowerCase() === "none") return;
  logger.level = getLevelNumber(level);
  if (options.logFilePrefix) logger.addHandler(fileHandler(options.logFilePrefix, options));
  const toStderr = options.logToStderr ?? null;
  if (toStderr || (toStderr === null && logger.handlers.length === 0)) {
    logger.addHandler(new ConsoleHandler({ stderr: toStderr === true }));
  }
}

function fileHandler(path: string, options: LoggingOptions): LogHandler {
  const { logRotateMode: mode = "size", logFileNumBackups: backupCount = DEFAULT_BACKUPS } = options;
  if (mode === "size") {
    return new RotatingFileHandler(path, { maxBytes: options.logFileMaxSize ?? DEFAULT_MAX_SIZE, backupCount });
  }
  if (mode === "time") {
    const { logRotateWhen: when = "midnight", logRotateInterval: interval = 1 } = options;
    return new TimedRotatingFileHandler(path, { when, interval, backupCount });
  }
  throw new RangeError(`The value of log_rotate_mode option should be "size" or "time", not "${mode}"`);
}

/**
 * Defines Tornado's eight logging options on an option parser, and sets up logging once the options have been read.
 *
 * @example
 * ```ts
 * import { defineLoggingOptions } from "@twister/twister/log";
 * import { assertEquals } from "@std/assert";
 * const names: string[] = [];
 * defineLoggingOptions({ define: (name: string) => void names.push(name), addParseCallback: () => {} });
 * assertEquals(names.slice(0, 3), ["logging", "log_to_stderr", "log_file_prefix"]);
 * ```
 */
export function defineLoggingOptions(options: LoggingOptionParser): void {
  options.define("logging", {
    defaultValue: "info",
    type: "string",
    group: GROUP,
    metavar: "debug|info|warning|error|none",
    help: "Lowest level that is logged. With none, the logging set-up is left alone.",
  });
  options.define("log_to_stderr", {
    defaultValue: null,
    type: "boolean",
    group: GROUP,
    help: "Print the log on standard error, in colour where possible. " +
      "By default it is printed on the console unless --log_file_prefix is given or logging is set up otherwise.",
  });
  options.define("log_file_prefix", {
    defaultValue: null,
    type: "string",
    group: GROUP,
    metavar: "PATH",
    help: "Log file. Several processes need one each, so put the port number into the name, for example.",
  });
  options.define("log_file_max_size", {
    defaultValue: DEFAULT_MAX_SIZE,
    type: "int",
    group: GROUP,
    help: "Largest size of a log file in bytes.",
  });
  options.define("log_file_num_backups", {
    defaultValue: DEFAULT_BACKUPS,
    type: "int",
    group: GROUP,
    help: "Number of old log files to keep.",
  });
  options.define("log_rotate_when", {
    defaultValue: "midnight",
    type: "string",
    group: GROUP,
    help: "When to begin a new log file: S, M, H, D, midnight, or W0 to W6.",
  });
  options.define("log_rotate_interval", {
    defaultValue: 1,
    type: "int",
    group: GROUP,
    help: "How many of these units one log file lasts.",
  });
  options.define("log_rotate_mode", {
    defaultValue: "size",
    type: "string",
    group: GROUP,
    help: "What begins a new log file: size or time.",
  });
  let added: LogHandler[] = [];
  options.addParseCallback(() => {
    // Several parses must not write each line several times.
    for (const handler of added) {
      rootLogger.removeHandler(handler);
      if (handler instanceof FileHandler) handler.close();
    }
    const others = new Set(rootLogger.handlers);
    enablePrettyLogging(options);
    added = rootLogger.handlers.filter((handler) => !others.has(handler));
  });
}
