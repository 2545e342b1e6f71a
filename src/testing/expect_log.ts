import { appLog, getLevelName, getLogger, INFO, type LogFilter, type Logger, type LogRecord } from "../util/log.ts";

/** Options of {@linkcode ExpectLog}. */
export interface ExpectLogOptions {
  /**
   * Tells whether it is an error if no record matches.
   *
   * @default {true}
   */
  required?: boolean;
  /**
   * The only level at which a record matches. The level of the logger is lowered to it if necessary.
   *
   * @default {null}
   */
  level?: number | null;
}

/**
 * Runs a function and expects a log record meanwhile; otherwise like {@linkcode ExpectLog}. If the function throws,
 * its error is the one that the test reports, whether the record came or not.
 *
 * @returns What the function returns.
 * @throws {Error} If a record is required and none has matched.
 *
 * @example
 * ```ts
 * import { getLogger } from "@twister/twister/log";
 * import { expectLog } from "@twister/twister/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const sum = await expectLog("shop", "slow", () => {
 *   getLogger("shop").warning("slow today");
 *   return 1 + 1;
 * });
 * assertEquals(sum, 2);
 * ```
 */
export async function expectLog<T>(
  logger: Logger | string,
  regex: RegExp | string,
  func: () => T | Promise<T>,
  options: ExpectLogOptions = {},
): Promise<T> {
  const expected = new ExpectLog(logger, regex, options);
  let result: T;
  try {
    result = await func();
  } catch (error) {
    expected.end();
    throw error;
  }
  expected[Symbol.dispose]();
  return result;
}

/**
 * Captures and suppresses the log records that a test expects. Tornado's `ExpectLog`.
 *
 * The records of the logger whose messages match from their first character are dropped, from the construction to the
 * end of the `using` block; the other ones go on as usual. A handler's exception that is expected does not fail a test
 * with `TestClient` or `AsyncHTTPTestCase`.
 *
 * @example
 * ```ts
 * import { getLogger } from "@twister/twister/log";
 * import { ExpectLog } from "@twister/twister/testing";
 * import { assertEquals } from "@std/assert";
 *
 * using expected = new ExpectLog("shop", "No .* left");
 * getLogger("shop").warning("No %s left", "apples");
 * assertEquals(expected.matched, 1);
 * ```
 */
export class ExpectLog implements LogFilter, Disposable {
  /** The logger that is watched. */
  readonly logger: Logger;
  /** The pattern, anchored at the start of the message. */
  readonly regex: RegExp;
  /** Tells whether it is an error if no record matches. */
  readonly required: boolean;
  /** The only level at which a record matches, or `null`. */
  readonly level: number | null;
  /** The number of records that matched. */
  matched = 0;
  /** The number of records at `INFO` or below that matched although no level was given. */
  deprecatedLevelMatched = 0;
  /** Tells whether a record with an error came, matching or not. */
  loggedStack = false;
  /** The level of the logger before, if it was changed. */
  origLevel: number | null = null;

  /**
   * Begins to watch.
   *
   * @param logger The logger or its name; `""` is the root logger. Records of loggers below it are not seen.
   * @param regex The pattern for the start of the message.
   */
  constructor(logger: Logger | string, regex: RegExp | string, options: ExpectLogOptions = {}) {
    const { required = true, level = null } = options;
    this.logger = typeof logger === "string" ? getLogger(logger) : logger;
    const { source, flags } = new RegExp(regex);
    this.regex = new RegExp(`^(?:${source})`, flags.replaceAll(/[gmy]/g, ""));
    this.required = required;
    this.level = level;
    if (level !== null && level < this.logger.getEffectiveLevel()) {
      this.origLevel = this.logger.level;
      this.logger.level = level;
    }
    this.logger.addFilter(this);
  }

  /** Decides on a record: `false` drops it, since it was expected. */
  filter(record: LogRecord): boolean {
    if (record.excInfo !== null) this.loggedStack = true;
    const message = record.getMessage();
    if (!this.regex.test(message)) return true;
    if (this.level !== null && record.levelno !== this.level) {
      const levels = `${getLevelName(this.level)} vs ${record.levelname}`;
      appLog.warning("Got expected log message %r at unexpected level (%s)", message, levels);
      return true;
    }
    this.matched++;
    if (this.level === null && record.levelno <= INFO) this.deprecatedLevelMatched++;
    return false;
  }

  /** Ends the watch without a look at what came. */
  end(): void {
    this.logger.removeFilter(this);
    if (this.origLevel !== null) this.logger.level = this.origLevel;
  }

  /**
   * Ends the watch, and checks that a required record came. If the block has failed already, Deno reports a
   * `SuppressedError` that hides its message; {@linkcode expectLog} does not.
   *
   * @throws {Error} If a record is required and none has matched.
   */
  [Symbol.dispose](): void {
    this.end();
    if (this.required && this.matched === 0) {
      throw new Error(`Did not get the expected log message: no record of "${this.logger.name}" matched ${this.regex}`);
    }
  }
}
