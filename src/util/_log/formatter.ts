import { toText } from "../../internal/printf.ts";
import { foldFrames } from "./fold_frames.ts";
import { CRITICAL, DEBUG, ERROR, INFO, WARNING } from "./levels.ts";
import type { LogRecord } from "./record.ts";
import { formatTime } from "./strftime.ts";

/** Options of a {@linkcode LogFormatter}. */
export interface LogFormatterOptions {
  /**
   * Format of a line, with Python's `%(name)s` fields.
   *
   * @default {LogFormatter.DEFAULT_FORMAT}
   */
  fmt?: string;
  /**
   * Format of `%(asctime)s`, with the conversions of C's `strftime`.
   *
   * @default {LogFormatter.DEFAULT_DATE_FORMAT}
   */
  datefmt?: string;
  /**
   * Colours the part between `%(color)s` and `%(end_color)s`. `true` colours it if standard error is a
   * terminal and `NO_COLOR` is not set, `"always"` in any case.
   *
   * @default {true}
   */
  color?: boolean | "always";
  /**
   * Terminal colours, 0 to 7, by level.
   *
   * @default {LogFormatter.DEFAULT_COLORS}
   */
  colors?: Readonly<Record<number, number>>;
}

/** A field of the format: its name, width and precision. */
const FIELD = /%(?:\((\w{1,32})\)(-?)(\d{1,3})?(?:\.(\d{1,3}))?[sdf]|%)/g;

/**
 * Characters of a message that must not reach a log file or terminal: controls but tab and newline, and the line
 * separators at which some viewers break lines. With them a peer could forge lines or control the terminal.
 */
// deno-lint-ignore no-control-regex -- control characters are what is looked for
const UNSAFE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]/g;

/**
 * Formats records as Tornado does: `[I 261120 06:26:19 web:2345] message`, coloured by level on a terminal.
 *
 * The lines of a message after the first one, and those of a stack, are indented by four spaces. Other control
 * characters are escaped (`\r`, `\x1b`), so that text from a peer cannot look like a line of its own. The frames of
 * Twister in a stack are folded into one line, unless the record asks for all frames, or there are no others.
 *
 * The format has the fields of Python's log records `name`, `levelname`, `levelno`, `message`, `asctime`, `created`,
 * `msecs`, `module`, `filename`, `pathname`, `lineno` and `process`, and Tornado's `color` and `end_color`.
 *
 * @example
 * ```ts
 * import { LogFormatter, LogRecord, WARNING } from "@twister/twister/log";
 * import { assertEquals } from "@std/assert";
 * const formatter = new LogFormatter({ fmt: "%(levelname)1.1s %(name)s: %(message)s", color: false });
 * const record = new LogRecord("shop", WARNING, { msg: "two\nlines" });
 * assertEquals(formatter.format(record), "W shop: two\n    lines");
 * ```
 */
export class LogFormatter {
  /** Format of Tornado's lines. */
  static readonly DEFAULT_FORMAT: string =
    "%(color)s[%(levelname)1.1s %(asctime)s %(module)s:%(lineno)d]%(end_color)s %(message)s";
  /** Format of a time: two digits each for year, month and day, then the time of day. */
  static readonly DEFAULT_DATE_FORMAT: string = "%y%m%d %H:%M:%S";
  /** Colours by level: blue for debug, green for info, yellow for warning, red for error, magenta for critical. */
  static readonly DEFAULT_COLORS: Readonly<Record<number, number>> = Object.freeze({
    [DEBUG]: 4,
    [INFO]: 2,
    [WARNING]: 3,
    [ERROR]: 1,
    [CRITICAL]: 5,
  });

  readonly #fmt: string;
  readonly #datefmt: string;
  readonly #colors: Readonly<Record<number, number>>;
  readonly #color: boolean;

  /** Makes a formatter, and decides whether its lines are coloured. */
  constructor(options: LogFormatterOptions = {}) {
    const {
      fmt = LogFormatter.DEFAULT_FORMAT,
      datefmt = LogFormatter.DEFAULT_DATE_FORMAT,
      color = true,
      colors = LogFormatter.DEFAULT_COLORS,
    } = options;
    this.#fmt = fmt;
    this.#datefmt = datefmt;
    this.#colors = colors;
    this.#color = color === "always" || (color && stderrSupportsColor());
  }

  /**
   * Formats a record.
   *
   * @returns One or several lines, without a newline at the end.
   */
  format(record: LogRecord): string {
    const formatted = this.#fmt.replace(
      FIELD,
      (whole: string, name?: string, minus?: string, width?: string, precision?: string) => {
        if (name === undefined) return "%";
        const value = this.#field(record, name);
        if (value === null) return whole;
        const text = precision === undefined ? value : value.slice(0, Number(precision));
        return minus ? text.padEnd(Number(width ?? 0)) : text.padStart(Number(width ?? 0));
      },
    );
    const { excInfo, allFrames } = record;
    const text = excInfo === null ? formatted : `${formatted.trimEnd()}\n${describeError(excInfo, allFrames)}`;
    return text.replaceAll("\n", "\n    ");
  }

  #field(record: LogRecord, name: string): string | null {
    switch (name) {
      case "message":
        return escapeControls(record.getMessage());
      case "name":
        return escapeControls(record.name);
      case "levelname":
        return record.levelname;
      case "levelno":
        return String(record.levelno);
      case "asctime":
        return formatTime(record.created, this.#datefmt);
      case "created":
        return record.created.toFixed(6);
      case "msecs":
        return String(Math.floor((record.created * 1000) % 1000));
      case "module":
        return escapeControls(record.module);
      case "filename":
        return escapeControls(record.pathname.slice(record.pathname.lastIndexOf("/") + 1));
      case "pathname":
        return escapeControls(record.pathname);
      case "lineno":
        return String(record.lineno);
      case "process":
        return String(Deno.pid);
      case "color":
        return this.#color && record.levelno in this.#colors ? `\x1b[3${this.#colors[record.levelno]}m` : "";
      case "end_color":
        return this.#color && record.levelno in this.#colors ? "\x1b[0m" : "";
      default:
        return null;
    }
  }
}

function describeError(error: Error, allFrames: boolean): string {
  let text: string;
  try {
    text = Deno.inspect(error, { colors: false });
  } catch {
    text = toText(error);
  }
  return escapeControls(allFrames ? text : foldFrames(text));
}

function escapeControls(text: string): string {
  return text.replace(UNSAFE, (character) => {
    if (character === "\r") return "\\r";
    const code = character.charCodeAt(0);
    return code > 0xff ? `\\u${code.toString(16).padStart(4, "0")}` : `\\x${code.toString(16).padStart(2, "0")}`;
  });
}

function stderrSupportsColor(): boolean {
  try {
    return !Deno.noColor && Deno.stderr.isTerminal();
  } catch {
    return false;
  }
}
