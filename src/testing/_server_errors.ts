import { appLog, ERROR, type LogRecord } from "../util/log.ts";

/**
 * Collects the errors that the code of applications did not catch, as `tornado.application` logs them. Those that an
 * `ExpectLog` expects do not reach it.
 */
export class ServerErrors implements Disposable {
  /** Records that have failed a test: of several clients in one test, the first to look raises the error. */
  static readonly #raised: WeakSet<LogRecord> = new WeakSet();
  readonly #handler = { level: ERROR, handle: (record: LogRecord): void => void this.#records.push(record) };
  #records: LogRecord[] = [];

  /** Begins to collect. */
  constructor() {
    appLog.addHandler(this.#handler);
  }

  /**
   * Throws what was collected, and forgets it.
   *
   * @throws {Error} The error, or an `AggregateError` of several.
   */
  raise(): void {
    const records = this.#records.filter((record) => !ServerErrors.#raised.has(record));
    this.#records = [];
    for (const record of records) ServerErrors.#raised.add(record);
    const errors = records.map((record) => record.excInfo ?? new Error(record.getMessage()));
    const [first] = errors;
    if (first === undefined) return;
    throw errors.length === 1 ? first : new AggregateError(errors, `${errors.length} errors of the application`);
  }

  /** Forgets what was collected. */
  clear(): void {
    this.#records = [];
  }

  /** Ends the collecting. */
  [Symbol.dispose](): void {
    appLog.removeHandler(this.#handler);
  }
}
