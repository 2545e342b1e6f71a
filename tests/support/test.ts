/**
 * The test function of this project: a test fails on a warning or error in the log that it did not announce.
 *
 * @module
 */
import { firstFailure, within as inTime } from "../../src/testing/_running.ts";
import { type LogRecord, NOTSET, rootLogger, WARNING } from "../../src/util/log.ts";

/** Seconds after which a test that has not ended fails, so that a hanging test is named. */
const DEADLINE = 120;

/** What a test gets. */
export interface TestContext {
  /**
   * Announces log records: those of the named logger whose message matches are allowed, and at least one must come
   * before the test ends. It may be called before or after the record is logged.
   */
  expectLog(logger: string, pattern: RegExp): void;
  /** Every record so far, of any level, in order. */
  readonly logs: readonly LogRecord[];
}

/**
 * Registers a test that runs with Deno's operation and resource checks, a watch over the log, and a deadline.
 *
 * @param name What is tested: the symbol, then the criterion.
 * @param fn The test.
 * @param options `deadline`: seconds that the test may take, 120 unless given.
 */
export function test(
  name: string,
  fn: (t: TestContext) => void | Promise<void>,
  { deadline = DEADLINE }: { deadline?: number } = {},
): void {
  const run = (t: TestContext) => within(deadline, fn(t));
  Deno.test({ name, sanitizeOps: true, sanitizeResources: true, fn: () => runWatched(run) });
}

/**
 * Waits for a result, but not longer than so many seconds of real time.
 *
 * @throws {Error} The time is over.
 */
export async function within<T>(seconds: number, result: T | Promise<T>): Promise<T> {
  if (!(result instanceof Promise)) return result;
  return await inTime(seconds, result, () => new Error(`The test has not ended after ${seconds} s`));
}

async function runWatched(fn: (t: TestContext) => void | Promise<void>): Promise<void> {
  const logs: LogRecord[] = [];
  const expected: { logger: string; pattern: RegExp }[] = [];
  const handler = { handle: (record: LogRecord) => void logs.push(record) };
  const level = rootLogger.level;
  rootLogger.level = NOTSET;
  rootLogger.addHandler(handler);
  try {
    await fn({ logs, expectLog: (logger, pattern) => void expected.push({ logger, pattern }) });
  } catch (error) {
    for (const record of logs) {
      if (record.levelno >= WARNING) console.error("logged before the failure: %s", describe(record));
    }
    throw firstFailure(error);
  } finally {
    rootLogger.removeHandler(handler);
    rootLogger.level = level;
  }
  checkLogs(logs, expected);
}

/** @throws {Error} A record came that was not announced, or one that was announced did not come. */
export function checkLogs(logs: readonly LogRecord[], expected: readonly { logger: string; pattern: RegExp }[]): void {
  const matches = (record: LogRecord, { logger, pattern }: { logger: string; pattern: RegExp }) =>
    // A pattern with the g or y flag keeps its position between calls; search() does not.
    record.name === logger && record.getMessage().search(pattern) >= 0;
  const missing = expected.filter((one) => !logs.some((record) => matches(record, one)));
  const surplus = logs.filter((record) => record.levelno >= WARNING && !expected.some((one) => matches(record, one)));
  const faults = [
    ...surplus.map((record) => `not announced: ${describe(record)}`),
    ...missing.map(({ logger, pattern }) => `did not come: ${logger} ${pattern}`),
  ];
  if (faults.length > 0) throw new Error(`The log is not as the test says:\n  ${faults.join("\n  ")}`);
}

function describe(record: LogRecord): string {
  const error = record.excInfo === null ? "" : `\n${Deno.inspect(record.excInfo)}`;
  return `${record.levelname} ${record.name}: ${record.getMessage()}${error}`;
}
