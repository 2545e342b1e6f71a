import type { LogRecord } from "./record.ts";

/**
 * Where records go: anything with a `handle` method. The console, a file, a list in a test, a collector on the network.
 *
 * What `handle` throws is reported on the console and goes no further.
 */
export interface LogHandler {
  /**
   * Records below this level are not handed over.
   *
   * @default {0}
   */
  readonly level?: number;
  /** Takes one record, synchronously. */
  handle(record: LogRecord): void;
  /** Gives back files and the like; the handler is not used afterwards. */
  close?(): void;
}

/** Decides which records of a logger are kept, as `filter` of Python's `logging.Filter`. */
export interface LogFilter {
  /** Returns false to drop the record. */
  filter(record: LogRecord): boolean;
}
