import { lastResort } from "./console_handler.ts";
import type { LogFilter, LogHandler } from "./handler.ts";
import { CRITICAL, DEBUG, ERROR, INFO, NOTSET, WARNING } from "./levels.ts";
import { LogRecord } from "./record.ts";

/** Options of a {@linkcode Logger}. */
export interface LoggerOptions {
  /**
   * Logger above this one. It also gets this one's records, and its level applies if this one has none.
   *
   * @default {null}
   */
  parent?: Logger | null;
  /**
   * Sends warnings and errors to the console if neither this logger nor one above has a handler.
   *
   * @default {true}
   */
  lastResort?: boolean;
}

/** Counts changes of any logger, so that each can cache its effective level until the next change. */
let generation = 0;

/**
 * A named source of log records. Python's `logging.Logger`.
 *
 * Loggers form a tree by their dotted names. A record goes to the handlers of its logger and of all loggers above it.
 * If none of them has a handler, warnings and errors go to the console. No method throws because of a message or a
 * handler.
 *
 * Messages have Python's `%` conversions, which are formatted only if the record is kept. If the last argument is an
 * `Error` that no conversion uses, it is logged with its stack. Pass text from a peer as an argument: in the message,
 * its `%` signs would be conversions.
 *
 * @example
 * ```ts
 * import { Logger, type LogRecord } from "@twister/twister/log";
 * import { assertEquals } from "@std/assert";
 * const seen: string[] = [];
 * const logger = new Logger("shop");
 * logger.addHandler({ handle: (record: LogRecord) => void seen.push(record.getMessage()) });
 * logger.info("%d items", 3);
 * assertEquals(seen, ["3 items"]);
 * ```
 */
export class Logger {
  /** Dotted name; `"root"` for the root logger. */
  readonly name: string;
  /** Logger above this one, or `null` at the root of a tree. */
  readonly parent: Logger | null;

  readonly #handlers: LogHandler[] = [];
  readonly #filters: LogFilter[] = [];
  readonly #lastResort: boolean;
  #level: number = NOTSET;
  #propagate = true;
  #threshold = NOTSET;
  #generation = -1;

  /** Makes a logger outside the tree of {@linkcode getLogger}. */
  constructor(name: string, options: LoggerOptions = {}) {
    const { parent = null, lastResort = true } = options;
    this.name = name;
    this.parent = parent;
    this.#lastResort = lastResort;
  }

  /** Lowest level that is logged. 0 (`NOTSET`) stands for the level of the logger above. */
  get level(): number {
    return this.#level;
  }

  set level(level: number) {
    this.#level = level;
    generation++;
  }

  /** True if records also go to the handlers of the loggers above. */
  get propagate(): boolean {
    return this.#propagate;
  }

  set propagate(propagate: boolean) {
    this.#propagate = propagate;
    generation++;
  }

  /** Handlers of this logger itself, in the order in which they are called. */
  get handlers(): readonly LogHandler[] {
    return this.#handlers;
  }

  /** Adds a handler. Adding it again does nothing. */
  addHandler(handler: LogHandler): void {
    if (!this.#handlers.includes(handler)) this.#handlers.push(handler);
    generation++;
  }

  /** Removes a handler without closing it. One that was not added is ignored. */
  removeHandler(handler: LogHandler): void {
    const index = this.#handlers.indexOf(handler);
    if (index >= 0) this.#handlers.splice(index, 1);
    generation++;
  }

  /** Adds a filter for the records of this logger itself. As in Python, those of loggers below do not pass it. */
  addFilter(filter: LogFilter): void {
    if (!this.#filters.includes(filter)) this.#filters.push(filter);
    generation++;
  }

  /** Removes a filter. One that was not added is ignored. */
  removeFilter(filter: LogFilter): void {
    const index = this.#filters.indexOf(filter);
    if (index >= 0) this.#filters.splice(index, 1);
    generation++;
  }

  /**
   * Tells whether this logger, or one above that its records reach, has a handler.
   *
   * @returns `false` if only the last resort is left.
   */
  hasHandlers(): boolean {
    return this.#handlers.length > 0 || (this.#propagate && this.parent !== null && this.parent.hasHandlers());
  }

  /** Returns the level of this logger, or that of the nearest one above that has a level. */
  getEffectiveLevel(): number {
    return this.#level !== NOTSET || this.parent === null ? this.#level : this.parent.getEffectiveLevel();
  }

  /**
   * Tells whether a record of a level would be kept. The call is cheap enough to come before composing a message.
   *
   * @returns `false` also if neither a handler nor a filter would get the record, unlike in Python.
   */
  isEnabledFor(level: number): boolean {
    if (this.#generation !== generation) this.#refresh();
    return level >= this.#threshold;
  }

  /** Logs at `DEBUG`. */
  debug(msg: unknown, ...args: unknown[]): void {
    if (this.isEnabledFor(DEBUG)) this.#emit(DEBUG, msg, args);
  }

  /** Logs at `INFO`. */
  info(msg: unknown, ...args: unknown[]): void {
    if (this.isEnabledFor(INFO)) this.#emit(INFO, msg, args);
  }

  /** Logs at `WARNING`. */
  warning(msg: unknown, ...args: unknown[]): void {
    if (this.isEnabledFor(WARNING)) this.#emit(WARNING, msg, args);
  }

  /** Logs at `ERROR`. */
  error(msg: unknown, ...args: unknown[]): void {
    if (this.isEnabledFor(ERROR)) this.#emit(ERROR, msg, args);
  }

  /**
   * Logs a caught value at `ERROR`, always with its stack. Python finds that value itself; here the caller passes it.
   *
   * @param args Their values, then the caught value. One that is not an `Error` is appended to the message.
   */
  exception(msg: unknown, ...args: unknown[]): void {
    if (!this.isEnabledFor(ERROR)) return;
    const last = args.at(-1);
    if (last instanceof Error) {
      this.handle(new LogRecord(this.name, ERROR, { msg, args: args.slice(0, -1), excInfo: last }));
    } else this.#emit(ERROR, msg, args);
  }

  /** Logs at `CRITICAL`. */
  critical(msg: unknown, ...args: unknown[]): void {
    if (this.isEnabledFor(CRITICAL)) this.#emit(CRITICAL, msg, args);
  }

  /** Logs at any level, a number. */
  log(level: number, msg: unknown, ...args: unknown[]): void {
    if (this.isEnabledFor(level)) this.#emit(level, msg, args);
  }

  /** Passes a record of any level to the filters and handlers. */
  handle(record: LogRecord): void {
    for (const filter of [...this.#filters]) {
      try {
        if (!filter.filter(record)) return;
      } catch (error) {
        reportFailure("filter", this.name, error);
      }
    }
    if (this.hasHandlers()) this.#callHandlers(record);
    else if (this.#lastResort && record.levelno >= WARNING) callHandler(lastResort(), record);
  }

  #callHandlers(record: LogRecord): void {
    // A copy, because a handler may remove itself.
    for (const handler of [...this.#handlers]) {
      if (record.levelno >= (handler.level ?? NOTSET)) callHandler(handler, record);
    }
    if (this.#propagate && this.parent !== null) this.parent.#callHandlers(record);
  }

  #emit(level: number, msg: unknown, args: unknown[]): void {
    this.handle(new LogRecord(this.name, level, { msg, args, below: this.#emit }));
  }

  #refresh(): void {
    const level = this.getEffectiveLevel();
    if (this.hasHandlers() || this.#filters.length > 0) this.#threshold = level;
    else this.#threshold = this.#lastResort ? Math.max(level, WARNING) : Infinity;
    this.#generation = generation;
  }
}

function callHandler(handler: LogHandler, record: LogRecord): void {
  try {
    handler.handle(record);
  } catch (error) {
    reportFailure("handler", record.name, error);
  }
}

/** Reports a failure of the log itself: it must be seen, but must not stop the program. */
function reportFailure(what: string, name: string, error: unknown): void {
  try {
    console.error(`Cannot log a record of "${name}": its ${what} failed:`, error);
  } catch {
    // The console itself is gone; there is nowhere left to say so.
  }
}

/**
 * The logger above all others. Its handlers get the records of all loggers in the tree. Its first level is `WARNING`.
 */
export const rootLogger: Logger = new Logger("root");
rootLogger.level = WARNING;

const loggers = new Map<string, Logger>();

/**
 * Returns the logger of a dotted name, always the same object, and makes the loggers above it as needed; the empty name
 * is that of the root logger. Python's `logging.getLogger`.
 *
 * @example
 * ```ts
 * import { getLogger, rootLogger } from "@twister/twister/log";
 * import { assert } from "@std/assert";
 * assert(getLogger("shop.cart") === getLogger("shop.cart"));
 * assert(getLogger("shop").parent === rootLogger);
 * ```
 */
export function getLogger(name = ""): Logger {
  if (name === "" || name === "root") return rootLogger;
  let logger = loggers.get(name);
  if (logger === undefined) {
    const dot = name.lastIndexOf(".");
    // Access lines have no last resort: a program sees them only if it adds a handler.
    logger = new Logger(name, {
      parent: getLogger(dot < 0 ? "" : name.slice(0, dot)),
      lastResort: name !== "tornado.access",
    });
    loggers.set(name, logger);
  }
  return logger;
}
