import { lastResort } from "./console_handler.ts";
import type { LogFilter, LogHandler } from "./handler.ts";
import { CRITICAL, DEBUG, ERROR, INFO, NOTSET, WARNING } from "./levels.ts";
import { LogRecord } from "./record.ts";

/** What a {@linkcode Logger} may be given when it is made. */
export interface LoggerOptions {
  /**
   * The logger that also receives what this one logs, and whose level counts when this one has none.
   *
   * @default {null}
   */
  parent?: Logger | null;
  /**
   * Whether warnings and worse go to the console when no handler is set up anywhere above.
   *
   * @default {true}
   */
  lastResort?: boolean;
}

/** Counts changes of any logger, so that each can keep the level it works at until something changes. */
let generation = 0;

/**
 * A named source of log records.
 *
 * Loggers form a tree by their dotted names. A record goes to the handlers of its logger and of all loggers above it. Where there is
 * none at all, warnings and worse go to the console, like Python's handler of last resort. No method of a logger throws because
 * of what is logged or where it goes.
 *
 * Messages take Python's `%` conversions, formatted only when the record is kept. An `Error` at the end that no conversion asks for
 * is logged with its stack.
 * Text from a peer belongs into an argument, not into the message, where its `%` signs would count.
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
  /** Dotted name; the root logger's is `"root"`. */
  readonly name: string;
  /** The logger above, or `null` at the root of a tree. */
  readonly parent: Logger | null;

  readonly #handlers: LogHandler[] = [];
  readonly #filters: LogFilter[] = [];
  readonly #lastResort: boolean;
  #level: number = NOTSET;
  #propagate = true;
  #threshold = NOTSET;
  #generation = -1;

  /**
   * Makes a logger outside the named tree; {@linkcode getLogger} gives those within it.
   *
   * @param name Dotted name.
   * @param options Its place in a tree.
   */
  constructor(name: string, options: LoggerOptions = {}) {
    const { parent = null, lastResort = true } = options;
    this.name = name;
    this.parent = parent;
    this.#lastResort = lastResort;
  }

  /** Records below this level are dropped; 0 (`NOTSET`) means the level of the logger above. */
  get level(): number {
    return this.#level;
  }

  set level(level: number) {
    this.#level = level;
    generation++;
  }

  /** Whether records also go to the handlers of the loggers above. */
  get propagate(): boolean {
    return this.#propagate;
  }

  set propagate(propagate: boolean) {
    this.#propagate = propagate;
    generation++;
  }

  /** The handlers of this logger itself, in the order they are called. */
  get handlers(): readonly LogHandler[] {
    return this.#handlers;
  }

  /**
   * Adds a handler; one that is there already is not added twice.
   *
   * @param handler Takes the records of this logger and of those below it.
   */
  addHandler(handler: LogHandler): void {
    if (!this.#handlers.includes(handler)) this.#handlers.push(handler);
    generation++;
  }

  /**
   * Takes a handler away without closing it.
   *
   * @param handler A handler added before; any other is ignored.
   */
  removeHandler(handler: LogHandler): void {
    const index = this.#handlers.indexOf(handler);
    if (index >= 0) this.#handlers.splice(index, 1);
    generation++;
  }

  /**
   * Adds a filter for records logged on this logger itself, not on those below it (as in Python).
   *
   * @param filter Decides which records are kept.
   */
  addFilter(filter: LogFilter): void {
    if (!this.#filters.includes(filter)) this.#filters.push(filter);
  }

  /**
   * Takes a filter away.
   *
   * @param filter A filter added before; any other is ignored.
   */
  removeFilter(filter: LogFilter): void {
    const index = this.#filters.indexOf(filter);
    if (index >= 0) this.#filters.splice(index, 1);
  }

  /**
   * Whether a handler is set up here or on a logger that this one's records reach.
   *
   * @returns False where only the last resort is left.
   */
  hasHandlers(): boolean {
    return this.#handlers.length > 0 || (this.#propagate && this.parent !== null && this.parent.hasHandlers());
  }

  /**
   * The level that counts here: this logger's own, or that of the nearest one above which has one.
   *
   * @returns A numeric level.
   */
  getEffectiveLevel(): number {
    return this.#level !== NOTSET || this.parent === null ? this.#level : this.parent.getEffectiveLevel();
  }

  /**
   * Whether a record of this level would go anywhere: cheap enough to ask before a message is even put together.
   *
   * @param level A numeric level.
   * @returns False also when no handler would take it, which is where this differs from Python.
   */
  isEnabledFor(level: number): boolean {
    if (this.#generation !== generation) this.#refresh();
    return level >= this.#threshold;
  }

  /**
   * Logs at `DEBUG`.
   *
   * @param msg The message with its `%` conversions.
   * @param args Their values, and perhaps an `Error` at the end.
   */
  debug(msg: unknown, ...args: unknown[]): void {
    if (this.isEnabledFor(DEBUG)) this.#emit(DEBUG, msg, args);
  }

  /**
   * Logs at `INFO`.
   *
   * @param msg The message with its `%` conversions.
   * @param args Their values, and perhaps an `Error` at the end.
   */
  info(msg: unknown, ...args: unknown[]): void {
    if (this.isEnabledFor(INFO)) this.#emit(INFO, msg, args);
  }

  /**
   * Logs at `WARNING`.
   *
   * @param msg The message with its `%` conversions.
   * @param args Their values, and perhaps an `Error` at the end.
   */
  warning(msg: unknown, ...args: unknown[]): void {
    if (this.isEnabledFor(WARNING)) this.#emit(WARNING, msg, args);
  }

  /**
   * Logs at `ERROR`.
   *
   * @param msg The message with its `%` conversions.
   * @param args Their values, and perhaps an `Error` at the end.
   */
  error(msg: unknown, ...args: unknown[]): void {
    if (this.isEnabledFor(ERROR)) this.#emit(ERROR, msg, args);
  }

  /**
   * Logs a caught value at `ERROR`, always with its stack; Python takes the exception that is being handled, here it is given.
   *
   * @param msg The message with its `%` conversions.
   * @param args Their values, and the caught value at the end; one that is no `Error` is appended to the message.
   */
  exception(msg: unknown, ...args: unknown[]): void {
    if (!this.isEnabledFor(ERROR)) return;
    const last = args.at(-1);
    if (last instanceof Error) {
      this.handle(new LogRecord(this.name, ERROR, { msg, args: args.slice(0, -1), excInfo: last }));
    } else this.#emit(ERROR, msg, args);
  }

  /**
   * Logs at `CRITICAL`.
   *
   * @param msg The message with its `%` conversions.
   * @param args Their values, and perhaps an `Error` at the end.
   */
  critical(msg: unknown, ...args: unknown[]): void {
    if (this.isEnabledFor(CRITICAL)) this.#emit(CRITICAL, msg, args);
  }

  /**
   * Logs at a level of the caller's choice.
   *
   * @param level A numeric level.
   * @param msg The message with its `%` conversions.
   * @param args Their values, and perhaps an `Error` at the end.
   */
  log(level: number, msg: unknown, ...args: unknown[]): void {
    if (this.isEnabledFor(level)) this.#emit(level, msg, args);
  }

  /**
   * Hands a finished record to the filters and handlers, whatever its level.
   *
   * @param record The record, perhaps made elsewhere.
   */
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
    // A copy, because a handler may take itself away.
    for (const handler of [...this.#handlers]) {
      if (record.levelno >= (handler.level ?? NOTSET)) callHandler(handler, record);
    }
    if (this.#propagate && this.parent !== null) this.parent.#callHandlers(record);
  }

  #emit(level: number, msg: unknown, args: unknown[]): void {
    this.handle(new LogRecord(this.name, level, { msg, args }));
  }

  #refresh(): void {
    const level = this.getEffectiveLevel();
    if (this.hasHandlers()) this.#threshold = level;
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

/** A broken log must be seen, but it must not break what it reports on. */
function reportFailure(what: string, name: string, error: unknown): void {
  try {
    console.error(`Cannot log a record of "${name}": its ${what} failed:`, error);
  } catch {
    // The console itself is gone; there is nowhere left to say so.
  }
}

/**
 * The logger above all others; what is set up here holds for every logger of the tree. Its level is `WARNING` at the start.
 */
export const rootLogger: Logger = new Logger("root");
rootLogger.level = WARNING;

const loggers = new Map<string, Logger>();

/**
 * The logger of a dotted name, always the same object for the same name; the loggers above it are made as needed.
 *
 * @example
 * ```ts
 * import { getLogger, rootLogger } from "@twister/twister/log";
 * import { assert } from "@std/assert";
 * assert(getLogger("shop.cart") === getLogger("shop.cart"));
 * assert(getLogger("shop").parent === rootLogger);
 * ```
 *
 * @param name Dotted name; the root logger without one.
 * @returns The logger.
 */
export function getLogger(name = ""): Logger {
  if (name === "" || name === "root") return rootLogger;
  let logger = loggers.get(name);
  if (logger === undefined) {
    const dot = name.lastIndexOf(".");
    // Access lines are for those who asked for them: without a handler they go nowhere, whatever their level.
    logger = new Logger(name, {
      parent: getLogger(dot < 0 ? "" : name.slice(0, dot)),
      lastResort: name !== "tornado.access",
    });
    loggers.set(name, logger);
  }
  return logger;
}
