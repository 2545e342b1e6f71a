import { expandPrintf, formatPrintf, toText } from "../../internal/printf.ts";
import { type CallSite, findCaller, type LogCall } from "./call_site.ts";
import { getLevelName } from "./levels.ts";

/**
 * A logged event: message, logger, level, time and error. Part of Python's `logging.LogRecord`.
 *
 * The text is made on demand, so a record that no handler prints costs little.
 *
 * @example
 * ```ts
 * import { LogRecord, WARNING } from "@twister/twister/log";
 * import { assertEquals } from "@std/assert";
 * const record = new LogRecord("app", WARNING, { msg: "%d of %d", args: [2, 3] });
 * assertEquals(record.getMessage(), "2 of 3");
 * ```
 */
export class LogRecord {
  /** Name of the logger. */
  readonly name: string;
  /** Numeric level, 10 to 50. */
  readonly levelno: number;
  /** Message before its arguments are filled in. */
  readonly msg: unknown;
  /** Values for the `%` conversions of the message, without `excInfo`. */
  readonly args: readonly unknown[];
  /** Time of the event in seconds since the epoch. */
  readonly created: number;
  /** Error logged with the message, or `null`: the last argument, if it is an `Error` and no conversion uses it. */
  readonly excInfo: Error | null;
  /** A formatter shows all frames of the error's stack, those of Twister included. */
  readonly allFrames: boolean;

  readonly #below: LogCall | null;
  #message: string | null = null;
  #caller: CallSite | null = null;

  /** Makes a record. Loggers do so themselves. */
  constructor(name: string, levelno: number, options: LogRecordOptions) {
    const { msg, args = [], created = Date.now() / 1000, allFrames = false, below = null } = options;
    this.name = name;
    this.levelno = levelno;
    this.msg = msg;
    this.created = created;
    this.allFrames = allFrames;
    this.#below = below;
    const last = args.at(-1);
    if (options.excInfo !== undefined) {
      this.args = args;
      this.excInfo = options.excInfo;
    } else if (last instanceof Error && !isAskedFor(msg, args)) {
      this.args = args.slice(0, -1);
      this.excInfo = last;
    } else {
      this.args = args;
      this.excInfo = null;
    }
  }

  /** Name of the level in capitals, such as `"WARNING"`. */
  get levelname(): string {
    return getLevelName(this.levelno);
  }

  /** Name of the calling file without its extension, such as `"web"`. Read it first while the logging call runs. */
  get module(): string {
    return this.#findCaller().module;
  }

  /** URL or path of the calling file. Read it first while the logging call runs. */
  get pathname(): string {
    return this.#findCaller().pathname;
  }

  /** Line of the call. Read it first while the logging call runs. */
  get lineno(): number {
    return this.#findCaller().lineno;
  }

  /** Returns the message with its arguments filled in, neither escaped nor indented. It never throws. */
  getMessage(): string {
    this.#message ??= formatPrintf(toText(this.msg), this.args);
    return this.#message;
  }

  #findCaller(): CallSite {
    this.#caller ??= findCaller(this.#below);
    return this.#caller;
  }
}

/** Options of a {@linkcode LogRecord}. */
export interface LogRecordOptions {
  /** Message. A value that is not a string is converted to text. */
  msg: unknown;
  /**
   * Values for the `%` conversions of the message. If the last one is an `Error` that no conversion uses, it becomes
   * `excInfo`.
   *
   * @default {[]}
   */
  args?: readonly unknown[];
  /**
   * Error to log with the message, or `null`. Without this option it is the last argument, if no conversion uses that.
   *
   * @default {undefined}
   */
  excInfo?: Error | null;
  /**
   * Shows all frames of the error's stack, those of Twister included. The setting `debug` of an application sets it.
   *
   * @default {false}
   */
  allFrames?: boolean;
  /**
   * Time of the event in seconds since the epoch.
   *
   * @default {Date.now() / 1000}
   */
  created?: number;
  /**
   * The function of a logger that makes the record: the file and line are those of its caller.
   *
   * @default {null}
   */
  below?: ((...args: never[]) => unknown) | null;
}

function isAskedFor(msg: unknown, args: readonly unknown[]): boolean {
  return typeof msg === "string" && msg.includes("%") && expandPrintf(msg, args).consumed >= args.length;
}
