import { ConsoleHandler } from "./console_handler.ts";
import { RotatingFileHandler, TimedRotatingFileHandler } from "./file_handlers.ts";
import type { LogHandler } from "./handler.ts";
import { getLevelNumber } from "./levels.ts";
import { type Logger, rootLogger } from "./logger.ts";

/** How {@linkcode enablePrettyLogging} sets up the log; the options of Tornado's command line. */
export interface LoggingOptions {
  /**
   * Lowest level that is logged, in any case; `"none"` or `null` leaves logging as it is.
   *
   * @default {"info"}
   */
  logging?: string | null;
  /**
   * Whether to print on the console; `null` means only where there is neither a log file nor another handler. With `true` everything
   * goes to standard error, with `null` lines below `WARNING` go to standard output.
   *
   * @default {null}
   */
  logToStderr?: boolean | null;
  /**
   * The log file; each process needs its own.
   *
   * @default {null}
   */
  logFilePrefix?: string | null;
  /**
   * Largest size of a log file in bytes, in mode `"size"`.
   *
   * @default {100_000_000}
   */
  logFileMaxSize?: number;
  /**
   * How many old log files are kept.
   *
   * @default {10}
   */
  logFileNumBackups?: number;
  /**
   * When to begin a new file, in mode `"time"`: `S`, `M`, `H`, `D`, `midnight`, or `W0` to `W6`.
   *
   * @default {"midnight"}
   */
  logRotateWhen?: string;
  /**
   * How many of these units one file lasts.
   *
   * @default {1}
   */
  logRotateInterval?: number;
  /**
   * `"size"` or `"time"`.
   *
   * @default {"size"}
   */
  logRotateMode?: string;
}

/** What {@linkcode defineLoggingOptions} says of an option. */
export interface LoggingOptionSettings {
  /** Value where none is given. */
  defaultValue: string | number | null;
  /** Kind of the value. */
  type: StringConstructor | NumberConstructor | BooleanConstructor;
  /** One or two sentences for the user. */
  help: string;
  /**
   * What stands for the value in the help.
   *
   * @default {none}
   */
  metavar?: string;
}

/** What {@linkcode defineLoggingOptions} needs of an option parser. The values are read from it by their camelCase names. */
export interface LoggingOptionParser extends LoggingOptions {
  /** Adds an option. */
  define(name: string, settings: LoggingOptionSettings): void;
  /** Adds a function to call when the options have been read. */
  addParseCallback(callback: () => void): void;
}

/** Tornado's defaults: together they bound the log of one process to about 1.1 GB. */
const DEFAULT_MAX_SIZE = 100_000_000;
const DEFAULT_BACKUPS = 10;

/**
 * Turns on Tornado's log lines for the whole program, or for one logger.
 *
 * Sets the logger's level, adds a file handler where a file is named, and a console handler where that is asked for or nothing else
 * is there. From then on access lines are printed.
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
 * @param options Level, file and rotation.
 * @param logger The logger to set up; the root logger by default.
 * @throws {RangeError} The level, the rotation mode or its unit is not known.
 * @throws {Error} The file cannot be opened, one of `Deno.errors`.
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
 * Adds Tornado's eight logging options to an option parser, and sets up logging when the options have been read.
 *
 * @example
 * ```ts
 * import { defineLoggingOptions } from "@twister/twister/log";
 * import { assertEquals } from "@std/assert";
 * const names: string[] = [];
 * defineLoggingOptions({ define: (name: string) => void names.push(name), addParseCallback: () => {} });
 * assertEquals(names.slice(0, 3), ["logging", "log_to_stderr", "log_file_prefix"]);
 * ```
 *
 * @param options The parser.
 */
export function defineLoggingOptions(options: LoggingOptionParser): void {
  options.define("logging", {
    defaultValue: "info",
    type: String,
    metavar: "debug|info|warning|error|none",
    help: "Lowest level that is logged. With none, the logging set-up is left alone.",
  });
  options.define("log_to_stderr", {
    defaultValue: null,
    type: Boolean,
    help: "Print the log on standard error, in colour where possible. " +
      "By default it is printed on the console unless --log_file_prefix is given or logging is set up otherwise.",
  });
  options.define("log_file_prefix", {
    defaultValue: null,
    type: String,
    metavar: "PATH",
    help: "Log file. Several processes need one each, so put the port number into the name, for example.",
  });
  options.define("log_file_max_size", {
    defaultValue: DEFAULT_MAX_SIZE,
    type: Number,
    help: "Largest size of a log file in bytes.",
  });
  options.define("log_file_num_backups", {
    defaultValue: DEFAULT_BACKUPS,
    type: Number,
    help: "Number of old log files to keep.",
  });
  options.define("log_rotate_when", {
    defaultValue: "midnight",
    type: String,
    help: "When to begin a new log file: S, M, H, D, midnight, or W0 to W6.",
  });
  options.define("log_rotate_interval", {
    defaultValue: 1,
    type: Number,
    help: "How many of these units one log file lasts.",
  });
  options.define("log_rotate_mode", {
    defaultValue: "size",
    type: String,
    help: "What begins a new log file: size or time.",
  });
  options.addParseCallback(() => enablePrettyLogging(options));
}
