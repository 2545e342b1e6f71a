import { LogFormatter } from "./formatter.ts";
import type { LogHandler } from "./handler.ts";
import type { LogRecord } from "./record.ts";
import { RolloverSchedule } from "./rollover_schedule.ts";

/** What a {@linkcode FileHandler} may be told. */
export interface FileHandlerOptions {
  /**
   * Records below this level are not written.
   *
   * @default {0}
   */
  level?: number;
  /**
   * Makes the lines.
   *
   * @default {new LogFormatter({ color: false })}
   */
  formatter?: LogFormatter;
}

/** What a {@linkcode RotatingFileHandler} may be told. */
export interface RotatingFileHandlerOptions extends FileHandlerOptions {
  /**
   * The file is changed before it would reach this many bytes; 0 means never.
   *
   * @default {0}
   */
  maxBytes?: number;
  /**
   * How many old files are kept; 0 means that the file is never changed.
   *
   * @default {0}
   */
  backupCount?: number;
}

/** What a {@linkcode TimedRotatingFileHandler} may be told. */
export interface TimedRotatingFileHandlerOptions extends FileHandlerOptions {
  /**
   * Unit of the interval: `S`, `M`, `H`, `D` from the file's last change, `midnight`, or `W0` to `W6` for the end of a weekday (0 is
   * Monday).
   *
   * @default {"H"}
   */
  when?: string;
  /**
   * How many units one file lasts.
   *
   * @default {1}
   */
  interval?: number;
  /**
   * How many old files are kept; 0 means all.
   *
   * @default {0}
   */
  backupCount?: number;
  /**
   * The time in seconds since 1970, for tests.
   *
   * @default {() => Date.now() / 1000}
   */
  now?: () => number;
}

const encoder = new TextEncoder();

/**
 * Appends records to a file, each written at once so that none is lost when the program ends.
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
  /** The file that is written to. */
  readonly path: string;
  /** Records below this level are not written. */
  readonly level: number;
  readonly #formatter: LogFormatter;
  #file: Deno.FsFile | null;
  #closed = false;
  #size = 0;
  #isRegular = true;

  /**
   * Opens the file for appending and makes it when there is none; needs read and write permission for it.
   *
   * @param path The file.
   * @param options Level and lines.
   * @throws {Error} The file cannot be opened, one of `Deno.errors`.
   */
  constructor(path: string, options: FileHandlerOptions = {}) {
    const { level = 0, formatter = new LogFormatter({ color: false }) } = options;
    this.path = path;
    this.level = level;
    this.#formatter = formatter;
    this.#file = this.#open();
  }

  /**
   * Writes one record; after {@linkcode close} it does nothing.
   *
   * @param record The record.
   * @throws {Error} The file cannot be written or changed for a new one; a logger that calls this reports it and goes on.
   */
  handle(record: LogRecord): void {
    if (this.#closed) return;
    const line = encoder.encode(`${this.#formatter.format(record)}\n`);
    let failure: unknown = null;
    // Never roll over what is no regular file, /dev/null for one.
    if (this.#isRegular && this.shouldRollover(this.#size, line.length)) {
      this.#file?.close();
      this.#file = null;
      try {
        this.doRollover();
      } catch (error) {
        failure = error;
      }
    }
    // The line is written even when the change failed; a file that could not be opened again is tried with the next line.
    this.#file ??= this.#open();
    this.#write(this.#file, line);
    if (failure !== null) throw failure;
  }

  /** Closes the file; a second call does nothing. */
  close(): void {
    this.#closed = true;
    this.#file?.close();
    this.#file = null;
  }

  /**
   * Whether the file is to be changed for a new one before the next line; override this together with {@linkcode doRollover}.
   *
   * @param _size Bytes that the file has.
   * @param _next Bytes that are about to be written.
   * @returns Here always false.
   */
  protected shouldRollover(_size: number, _next: number): boolean {
    return false;
  }

  /** Moves the file, which is closed at this time, out of the way. */
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
 * Appends records to a file that is changed for a new one when it is full: `app.log` becomes `app.log.1`, that becomes `app.log.2`,
 * and so on up to `backupCount`.
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
   * @param path The file; the old ones have `.1`, `.2` after its name.
   * @param options Size and number of files.
   * @throws {Error} The file cannot be opened, one of `Deno.errors`.
   */
  constructor(path: string, options: RotatingFileHandlerOptions = {}) {
    super(path, options);
    const { maxBytes = 0, backupCount = 0 } = options;
    this.#maxBytes = maxBytes;
    this.#backupCount = backupCount;
  }

  /**
   * Whether the next line would reach the limit. A first line that is longer than the limit stays in its empty file.
   *
   * @param size Bytes that the file has.
   * @param next Bytes that are about to be written.
   * @returns True when the file is to be changed.
   */
  protected override shouldRollover(size: number, next: number): boolean {
    return this.#maxBytes > 0 && this.#backupCount > 0 && size > 0 && size + next >= this.#maxBytes;
  }

  /** Renames every file to the next number; the oldest is overwritten. */
  protected override doRollover(): void {
    for (let i = this.#backupCount - 1; i >= 1; i--) renameIfThere(`${this.path}.${i}`, `${this.path}.${i + 1}`);
    renameIfThere(this.path, `${this.path}.1`);
  }
}

/**
 * Appends records to a file that is changed for a new one at certain times; the old one gets the time at which it began after its name,
 * `app.log.2026-11-20`.
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
   * Opens the file for appending. The time already spent on a file that exists counts from its last change.
   *
   * @param path The file; the old ones have a time after its name.
   * @param options Interval and number of files.
   * @throws {RangeError} `when` is not a known unit, or `interval` not a positive number.
   * @throws {Error} The file cannot be opened, one of `Deno.errors`.
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

  /**
   * Whether the file's time is over.
   *
   * @param _size Not used.
   * @param _next Not used.
   * @returns True when the file is to be changed.
   */
  protected override shouldRollover(_size: number, _next: number): boolean {
    return this.#now() >= this.#rolloverAt;
  }

  /** Renames the file and removes the oldest ones. Where the new name is taken, the file is kept and written on. */
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

/** Seconds since 1970, or null when there is no such file. */
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
