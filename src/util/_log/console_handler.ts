import { LogFormatter } from "./formatter.ts";
import { ERROR, INFO, WARNING } from "./levels.ts";
import type { LogHandler } from "./handler.ts";
import type { LogRecord } from "./record.ts";

/** Options of a {@linkcode ConsoleHandler}. */
export interface ConsoleHandlerOptions {
  /**
   * Lowest level that is printed.
   *
   * @default {0}
   */
  level?: number;
  /**
   * Formatter of the lines.
   *
   * @default {new LogFormatter()}
   */
  formatter?: LogFormatter;
  /**
   * Sends `DEBUG` and `INFO` to standard error as well. Collectors of the console then see them as warnings.
   *
   * @default {false}
   */
  stderr?: boolean;
}

/**
 * Prints records with `console.debug`, `info`, `warn` and `error`, so that Deno's OpenTelemetry collects them with
 * their severity.
 *
 * Deno writes the first two to standard output, the others to standard error.
 *
 * @example
 * ```ts
 * import { ConsoleHandler, Logger } from "@twister/twister/log";
 * const logger = new Logger("shop");
 * logger.addHandler(new ConsoleHandler());
 * logger.info("open");
 * ```
 */
export class ConsoleHandler implements LogHandler {
  /** Lowest level that is printed. */
  readonly level: number;
  readonly #formatter: LogFormatter;
  readonly #outFormatter: LogFormatter;
  readonly #stderr: boolean;

  /** Makes a handler for the console. */
  constructor(options: ConsoleHandlerOptions = {}) {
    const { level = 0, formatter, stderr = false } = options;
    this.level = level;
    this.#stderr = stderr;
    this.#formatter = formatter ?? new LogFormatter();
    // Standard output may be a file while standard error is a terminal: no colours there.
    this.#outFormatter = formatter ?? (isTerminal(Deno.stdout) ? this.#formatter : new LogFormatter({ color: false }));
  }

  /** Prints one record. */
  handle(record: LogRecord): void {
    const level = record.levelno;
    // "%s" keeps the console from reading conversions in the line.
    if (level >= ERROR) console.error("%s", this.#formatter.format(record));
    else if (level >= WARNING || this.#stderr) console.warn("%s", this.#formatter.format(record));
    else if (level >= INFO) console.info("%s", this.#outFormatter.format(record));
    else console.debug("%s", this.#outFormatter.format(record));
  }
}

function isTerminal(stream: { isTerminal(): boolean }): boolean {
  try {
    return stream.isTerminal();
  } catch {
    return false;
  }
}

let handlerOfLastResort: LogHandler | null = null;

/** Returns the handler that prints bare messages if logging was never set up, as in Python. The first call makes it. */
export function lastResort(): LogHandler {
  handlerOfLastResort ??= new ConsoleHandler({ formatter: new LogFormatter({ fmt: "%(message)s", color: false }) });
  return handlerOfLastResort;
}
