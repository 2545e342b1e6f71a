import { appLog, ERROR, type LogRecord } from "../util/log.ts";

/**
 * Collects the errors that the code of applications did not catch, as `tornado.application` logs them. Those that an
 * `ExpectLog` expects do not reach it.
 */
export class ServerErrors implements Disposable {
  /** Errors that have failed a test: of several clients in one test, the first to look raises an error. */
  static readonly #raised: WeakSet<Error> = new WeakSet();
  readonly #handler = { level: ERROR, handle: (record: LogRecord): void => this.#take(record) };
  #errors: Error[] = [];

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
    const errors = this.#errors.filter((error) => !ServerErrors.#raised.has(error));
    this.#errors = [];
    for (const error of errors) ServerErrors.#raised.add(error);
    const [first] = errors;
    if (first === undefined) return;
    throw errors.length === 1 ? first : new AggregateError(errors, `${errors.length} errors of the application`);
  }

  /** Forgets what was collected. */
  clear(): void {
    this.#errors = [];
  }

  /** Ends the collecting. */
  [Symbol.dispose](): void {
    appLog.removeHandler(this.#handler);
  }

  #take(record: LogRecord): void {
    this.#errors.push(record.excInfo ?? new Error(record.getMessage()));
  }
}
