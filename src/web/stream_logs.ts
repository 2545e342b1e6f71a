import { currentClock, type Timer } from "../internal/clock.ts";
import { toError } from "../internal/promises.ts";
import { appLog } from "../util/log.ts";
import { StreamLog, type StreamLogOptions } from "./stream_log.ts";

/** Time for a phone that has lost its network to come back for the rest of an answer. */
const DEFAULT_TTL = 300;
const DEFAULT_MAX_LOGS = 10_000;

/** Options of {@linkcode StreamLogs}. */
export interface StreamLogsOptions extends Omit<StreamLogOptions, "epoch"> {
  /**
   * Seconds for which a log is kept after its end.
   *
   * @default {300}
   */
  ttl?: number;
  /**
   * The most logs at a time. Beyond it, the one that ended first is dropped.
   *
   * @default {10000}
   */
  maxLogs?: number;
}

/** Makes the entries of a log. It should give up when `log.signal` aborts. */
export type StreamProducer = (log: StreamLog) => void | Promise<void>;

/**
 * Logs by name, each filled by a producer that runs whether or not a reader is there, and kept for a while after its
 * end.
 *
 * @example
 * ```ts
 * import { RequestHandler, StreamLogs } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * using answers = new StreamLogs({ ttl: 60 });
 *
 * class Answer extends RequestHandler {
 *   override get(name: string): void {
 *     const log = answers.get(name);
 *     if (log === null) return this.sendError(404);
 *     this.eventStream({ keepOpen: true, history: log });
 *   }
 * }
 *
 * const log = answers.start("17", async (log) => {
 *   for await (const token of ["Once", " upon", " a time"]) log.append(token);
 * });
 * const texts = [];
 * for await (const { event, data } of log.read()) if (event === "message") texts.push(data);
 * assertEquals([texts.join(""), Answer.name], ["Once upon a time", "Answer"]);
 * ```
 */
export class StreamLogs implements Disposable {
  readonly #options: StreamLogsOptions;
  readonly #ttl: number;
  readonly #maxLogs: number;
  readonly #logs = new Map<string, StreamLog>();
  /** The logs that have ended, the one that ended first is first, with the timers that drop them. */
  readonly #ended = new Map<string, Timer>();

  /**
   * Makes an empty set of logs.
   *
   * @throws {RangeError} If a limit is less than 1, or the time is negative.
   */
  constructor(options: StreamLogsOptions = {}) {
    const { ttl = DEFAULT_TTL, maxLogs = DEFAULT_MAX_LOGS } = options;
    if (!(ttl >= 0 && maxLogs >= 1)) {
      throw new RangeError(
        `Cannot keep ${maxLogs} logs for ${ttl} seconds: expected 1 or more logs, 0 or more seconds`,
      );
    }
    this.#options = options;
    this.#ttl = ttl;
    this.#maxLogs = maxLogs;
  }

  /** The number of logs, those that have ended and are still kept included. */
  get size(): number {
    return this.#logs.size;
  }

  /** Returns the log of a name, `null` if there is none. */
  get(name: string): StreamLog | null {
    return this.#logs.get(name) ?? null;
  }

  /**
   * Makes a log, and calls its producer. The log finishes when that is done, and fails if it throws, which is logged.
   *
   * @param options Those in which this log differs from the others.
   * @throws {Error} If there is an open log of this name, or so many that none may be added.
   */
  start(name: string, produce: StreamProducer, options: StreamLogOptions = {}): StreamLog {
    const before = this.#logs.get(name);
    if (before?.state === "open") throw new Error(`Cannot start the stream log ${JSON.stringify(name)}: it is open`);
    if (before !== undefined) this.#drop(name);
    this.#makeRoom(name);
    const log = new StreamLog({ ...this.#options, ...options });
    this.#logs.set(name, log);
    void this.#run(name, log, produce);
    return log;
  }

  /** Stops all logs that are open, and drops all. */
  [Symbol.dispose](): void {
    for (const [name, log] of [...this.#logs]) {
      log.stop();
      this.#drop(name);
    }
  }

  async #run(name: string, log: StreamLog, produce: StreamProducer): Promise<void> {
    const keep = () => this.#keep(name, log);
    log.signal.addEventListener("abort", keep, { once: true });
    try {
      await produce(log);
      log.finish();
    } catch (error) {
      // A producer that was stopped breaks off in its own way.
      if (log.state !== "stopped") appLog.error("The producer of the stream log %s has failed", name, toError(error));
      log.fail();
    }
    if (!log.signal.aborted) keep();
  }

  /** Keeps a log that has ended for a while. */
  #keep(name: string, log: StreamLog): void {
    if (this.#logs.get(name) !== log) return;
    const timer = currentClock().setTimer(() => this.#drop(name), this.#ttl, { unref: true });
    this.#ended.set(name, timer);
  }

  #makeRoom(name: string): void {
    if (this.#logs.size < this.#maxLogs) return;
    const [oldest] = this.#ended.keys();
    if (oldest === undefined) {
      throw new Error(`Cannot start the stream log ${JSON.stringify(name)}: ${this.#logs.size} logs are open`);
    }
    this.#drop(oldest);
  }

  #drop(name: string): void {
    this.#ended.get(name)?.cancel();
    this.#ended.delete(name);
    this.#logs.delete(name);
  }
}
