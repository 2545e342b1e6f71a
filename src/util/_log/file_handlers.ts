import { utf8 } from "../_escape/text.ts";
import { LogFormatter } from "./formatter.ts";
import type { LogHandler } from "./handler.ts";
import type { LogRecord } from "./record.ts";
import { RolloverSchedule } from "./rollover_schedule.ts";

/** Options of a {@linkcode FileHandler}. */
export interface FileHandlerOptions {
  /**
   * Lowest level that is written.
   *
   * @default {0}
   */
  level?: number;
  /**
   * Formatter of the lines.
   *
   * @default {new LogFormatter({ color: false })}
   */
  formatter?: LogFormatter;
}

/** Options of a {@linkcode RotatingFileHandler}. */
export interface RotatingFileHandlerOptions extends FileHandlerOptions {
  /**
   * Size limit in bytes: a line that would reach it goes to a new file. 0 means no limit.
   *
   * @default {0}
   */
  maxBytes?: number;
  /**
   * Number of old files to keep. 0 means that there is never a new file.
   *
   * @default {0}
   */
  backupCount?: number;
}

/** Options of a {@linkcode TimedRotatingFileHandler}. */
export interface TimedRotatingFileHandlerOptions extends FileHandlerOptions {
  /**
   * Unit of the interval: `S`, `M`, `H` or `D` after the file's last change, `midnight`, or `W0` to `W6` for the end of
   * a weekday, Monday to Sunday.
   *
   * @default {"H"}
   */
  when?: string;
  /**
   * Number of units for which a file is used.
   *
   * @default {1}
   */
  interval?: number;
  /**
   * Number of old files to keep. 0 keeps all.
   *
   * @default {0}
   */
  backupCount?: number;
  /**
   * Returns the time in seconds since the epoch. Tests replace it.
   *
   * @default {() => Date.now() / 1000}
   */
  now?: () => number;
}

/**
 * Appends records to a file. Each is written immediately, so that none is lost when the program ends.
 *
 * @example
 * ```ts
 * import { FileHandler, Logger } from "@twister/twister/log";
 * import { assertMatch } from "@std/assert";
 * const path = await Deno.makeTempFile();
 * const handler = new FileHandler(path);
 * const logger = new Logger("shop");
 * logger.addHandler(handler);
 * logger.info("open");
 * handler.close();
 * assertMatch(await Deno.readTextFile(path), /^\[I .*\] open\n$/);
 * await Deno.remove(path);
 * ```
 */
export class FileHandler implements LogHandler {
  /** Path of the file. */
  readonly path: string;
  /** Lowest level that is written. */
  readonly level: number;
  readonly #formatter: LogFormatter;
  #file: Deno.FsFile | null;
  #closed = false;
  #size = 0;
  #isRegular = true;

  /**
   * Opens the file for appending, and creates it if needed. It needs read and write permission.
   *
   * @throws {Error} The file cannot be opened: one of `Deno.errors`.
   */
  constructor(path: string, options: FileHandlerOptions = {}) {
    const { level = 0, formatter = new LogFormatter({ color: false }) } = options;
    this.path = path;
    this.level = level;
    this.#formatter = formatter;
    this.#file = this.#open();
  }

  /**
   * Writes a record. After {@linkcode close} it does nothing.
   *
   * @throws {Error} The file cannot be written or replaced. A logger that calls this method reports the error and goes
   * on.
   */
  handle(record: LogRecord): void {
    if (this.#closed) return;
    const line = utf8(`${this.#formatter.format(record)}\n`);
    let failure: unknown = null;
    // Only a regular file is replaced, never /dev/null.
    if (this.#isRegular && this.shouldRollover(this.#size, line.length)) {
      this.#file?.close();
      this.#file = null;
      try {
        this.doRollover();
      } catch (error) {
        failure = error;
      }
    }
    // The line is written even if the rollover failed. If the file cannot be opened, the next line tries again.
    this.#file ??= this.#open();
    this.#write(this.#file, line);
    if (failure !== null) throw failure;
  }

  /** Closes the file. A second call does nothing. */
  close(): void {
    this.#closed = true;
    this.#file?.close();
    this.#file = null;
  }

  /**
   * Decides whether the next line goes to a new file. Override it together with {@linkcode doRollover}.
   *
   * @returns `false`, unless overridden.
   */
  protected shouldRollover(_size: number, _next: number): boolean {
    return false;
  }

  /** Moves the file out of the way. The file is closed during the call. */
  protected doRollover(): void {}

  #open(): Deno.FsFile {
    const file = Deno.openSync(this.path, { append: true, create: true });
    const info = file.statSync();
    this.#size = info.size;
    this.#isRegular = info.isFile;
    return file;
  }

  #write(file: Deno.FsFile, line: Uint8Array): void {
    let written = 0;
    while (written < line.length) written += file.writeSync(line.subarray(written));
    this.#size += line.length;
  }
}

/**
 * Appends records to a file, and starts a new file when it is full: `app.log` becomes `app.log.1`, that one
 * `app.log.2`, and so on up to `backupCount`. Python's `RotatingFileHandler`.
 *
 * @example
 * ```ts
 * import { Logger, RotatingFileHandler } from "@twister/twister/log";
 * import { assertEquals } from "@std/assert";
 * const dir = await Deno.makeTempDir();
 * const handler = new RotatingFileHandler(`${dir}/app.log`, { maxBytes: 40, backupCount: 1 });
 * const logger = new Logger("shop");
 * logger.addHandler(handler);
 * logger.info("this line does not fit with the next");
 * logger.info("into one file of forty bytes");
 * handler.close();
 * assertEquals([...Deno.readDirSync(dir)].map((entry) => entry.name).sort(), ["app.log", "app.log.1"]);
 * await Deno.remove(dir, { recursive: true });
 * ```
 */
export class RotatingFileHandler extends FileHandler {
  readonly #maxBytes: number;
  readonly #backupCount: number;

  /**
   * Opens the file for appending.
   *
   * @param path Path of the file. Old files have `.1`, `.2` and so on after it.
   * @throws {Error} The file cannot be opened: one of `Deno.errors`.
   */
  constructor(path: string, options: RotatingFileHandlerOptions = {}) {
    super(path, options);
    const { maxBytes = 0, backupCount = 0 } = options;
    this.#maxBytes = maxBytes;
    this.#backupCount = backupCount;
  }

  /** Decides whether the next line would reach the limit. An empty file takes a line of any length. */
  protected override shouldRollover(size: number, next: number): boolean {
    return this.#maxBytes > 0 && this.#backupCount > 0 && size > 0 && size + next >= this.#maxBytes;
  }

  /** Renames each file to the next number, and overwrites the oldest one. */
  protected override doRollover(): void {
    for (let i = this.#backupCount - 1; i >= 1; i--) renameIfThere(`${this.path}.${i}`, `${this.path}.${i + 1}`);
    renameIfThere(this.path, `${this.path}.1`);
  }
}

/**
 * Appends records to a file, and starts a new file at certain times. The name of an old file ends in the time at which
 * it began, as `app.log.2026-11-20`. Python's `TimedRotatingFileHandler`.
 *
 * @example
 * ```ts
 * import { TimedRotatingFileHandler } from "@twister/twister/log";
 * const path = await Deno.makeTempFile();
 * const handler = new TimedRotatingFileHandler(path, { when: "midnight", backupCount: 7 });
 * handler.close();
 * await Deno.remove(path);
 * ```
 */
export class TimedRotatingFileHandler extends FileHandler {
  readonly #schedule: RolloverSchedule;
  readonly #backupCount: number;
  readonly #now: () => number;
  #rolloverAt: number;

  /**
   * Opens the file for appending. The interval of an existing file starts at its last change.
   *
   * @param path Path of the file. Old files have a time after it.
   * @throws {RangeError} `when` is not a known unit, or `interval` is not a positive number.
   * @throws {Error} The file cannot be opened: one of `Deno.errors`.
   */
  constructor(path: string, options: TimedRotatingFileHandlerOptions = {}) {
    const { when = "H", interval = 1, backupCount = 0, now = () => Date.now() / 1000 } = options;
    const schedule = new RolloverSchedule(when, interval);
    const changed = lastChange(path) ?? now();
    super(path, options);
    this.#schedule = schedule;
    this.#backupCount = backupCount;
    this.#now = now;
    this.#rolloverAt = schedule.next(changed);
  }

  /** Decides whether the interval of the file has passed. */
  protected override shouldRollover(): boolean {
    return this.#now() >= this.#rolloverAt;
  }

  /** Renames the file and removes the oldest ones. If the new name is taken, the file stays and grows. */
  protected override doRollover(): void {
    const target = `${this.path}.${this.#schedule.suffix(this.#rolloverAt)}`;
    this.#rolloverAt = this.#schedule.next(this.#now());
    if (lastChange(target) === null) renameIfThere(this.path, target);
    if (this.#backupCount > 0) this.#removeOldest();
  }

  #removeOldest(): void {
    const slash = Math.max(this.path.lastIndexOf("/"), this.path.lastIndexOf("\\"));
    const folder = slash < 0 ? "." : this.path.slice(0, slash + 1);
    const prefix = `${this.path.slice(slash + 1)}.`;
    const old = [...Deno.readDirSync(folder)]
      .map((entry) => entry.name)
      .filter((name) => name.startsWith(prefix) && this.#schedule.isSuffix(name.slice(prefix.length)))
      .sort();
    for (const name of old.slice(0, Math.max(0, old.length - this.#backupCount))) {
      Deno.removeSync(slash < 0 ? name : folder + name);
    }
  }
}

/** Returns the time of a file's last change in seconds since the epoch, or null if it does not exist. */
function lastChange(path: string): number | null {
  try {
    return (Deno.statSync(path).mtime?.getTime() ?? 0) / 1000;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    Deno.renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
