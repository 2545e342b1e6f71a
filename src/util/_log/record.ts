import { expandPrintf, formatPrintf, toText } from "../../internal/printf.ts";
import { type CallSite, findCaller } from "./call_site.ts";
import { getLevelName } from "./levels.ts";

/**
 * One logged event: what was said, by which logger, how urgent, when, and with which error.
 *
 * Its text is made when it is asked for, so a record that no handler prints costs little. Part of Python's `logging.LogRecord`.
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
  /** Name of the logger that was called. */
  readonly name: string;
  /** Numeric level, 10 to 50. */
  readonly levelno: number;
  /** The message before its arguments are put in. */
  readonly msg: unknown;
  /** The arguments of the message's `%` conversions, without `excInfo`. */
  readonly args: readonly unknown[];
  /** Time of the event in seconds since 1970. */
  readonly created: number;
  /** The error logged with the message: an argument at the end that is an `Error` and that no conversion asks for. */
  readonly excInfo: Error | null;

  #message: string | null = null;
  #caller: CallSite | null = null;

  /**
   * Makes a record; loggers do that by themselves.
   *
   * @param name Name of the logger.
   * @param levelno Numeric level.
   * @param options The message, its arguments and its time.
   */
  constructor(name: string, levelno: number, options: LogRecordOptions) {
    const { msg, args = [], created = Date.now() / 1000 } = options;
    this.name = name;
    this.levelno = levelno;
    this.msg = msg;
    this.created = created;
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

  /** The level's name in capitals, `"WARNING"`. */
  get levelname(): string {
    return getLevelName(this.levelno);
  }

  /** The calling file's name without its extension, `"web"`; known only while the call that logged is still running. */
  get module(): string {
    return this.#findCaller().module;
  }

  /** The calling file as its URL or path; known only while the call that logged is still running. */
  get pathname(): string {
    return this.#findCaller().pathname;
  }

  /** The line of the call; known only while the call that logged is still running. */
  get lineno(): number {
    return this.#findCaller().lineno;
  }

  /**
   * The message with its arguments put in, neither escaped nor indented.
   *
   * @returns The text; it never throws, whatever the arguments are.
   */
  getMessage(): string {
    this.#message ??= formatPrintf(toText(this.msg), this.args);
    return this.#message;
  }

  #findCaller(): CallSite {
    this.#caller ??= findCaller();
    return this.#caller;
  }
}

/** What a {@linkcode LogRecord} is made of. */
export interface LogRecordOptions {
  /** The message; anything but a string is printed as text. */
  msg: unknown;
  /**
   * Values for the message's `%` conversions; an `Error` left over at the end becomes `excInfo` where none is given.
   *
   * @default {[]}
   */
  args?: readonly unknown[];
  /**
   * The error to log with the message, or `null` for none.
   *
   * @default {undefined}
   */
  excInfo?: Error | null;
  /**
   * Time of the event in seconds since 1970.
   *
   * @default {Date.now() / 1000}
   */
  created?: number;
}

function isAskedFor(msg: unknown, args: readonly unknown[]): boolean {
  return typeof msg === "string" && msg.includes("%") && expandPrintf(msg, args).consumed >= args.length;
}
