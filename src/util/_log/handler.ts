import type { LogRecord } from "./record.ts";

/**
 * Target of records: the console, a file, a list in a test, a collector on the network. Part of Python's
 * `logging.Handler`.
 *
 * A logger reports an error that `handle` throws on the console, and goes on.
 */
export interface LogHandler {
  /**
   * Lowest level of the records that the handler gets.
   *
   * @default {0}
   */
  readonly level?: number;
  /** Takes a record, synchronously. */
  handle(record: LogRecord): void;
  /** Releases files and other resources. The handler is not used afterwards. */
  close?(): void;
}

/** Decides which records of a logger are kept. Python's `logging.Filter`. */
export interface LogFilter {
  /** Returns `false` to drop the record. */
  filter(record: LogRecord): boolean;
}
