import { handled } from "../internal/promises.ts";
import type { Topics } from "../pubsub/mod.ts";
import { LogCopy } from "./_event_stream/log_copy.ts";
import { entriesTopic, LogPublisher, stopTopic } from "./_event_stream/log_publisher.ts";
import type { StreamLog } from "./stream_log.ts";
import { StreamLogs, type StreamLogsOptions, type StreamProducer } from "./stream_logs.ts";

/**
 * Logs by name that the readers of all processes find which share a broker: the producer runs in one of them, and a
 * client that comes back may reach another. A position is the same everywhere.
 *
 * Each process that has readers of a log keeps a copy, made from the history of the topics, which must have room for
 * the entries of a log (`size`, `bytes`) and keep them as long as it takes (`ttl`). Entries that a copy lacks are told
 * to its readers as a gap. If the process of a producer dies, its logs end as `failed` within 20 s. `stop()` works on a
 * copy too. A name is used once.
 *
 * @example
 * ```ts
 * import { MemoryHub, Topics } from "@twister/twister/pubsub";
 * import { SharedStreamLogs } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const hub = new MemoryHub();
 * const history = { size: 10_000, ttl: 600 };
 * await using here = new SharedStreamLogs(new Topics({ broker: hub.broker(), history }));
 * await using there = new SharedStreamLogs(new Topics({ broker: hub.broker(), history }));
 *
 * here.start("17", async (log) => {
 *   for await (const token of ["Once", " upon", " a time"]) log.append(token);
 * });
 * let log = await there.find("17");
 * while (log === null) log = await there.find("17");
 * const entries = await Array.fromAsync(log.read());
 * assertEquals(entries.map(({ data }) => data), ["Once", " upon", " a time", "finished"]);
 * ```
 */
export class SharedStreamLogs implements AsyncDisposable {
  readonly #topics: Topics;
  readonly #logs: StreamLogs;
  readonly #finding = new Map<string, Promise<StreamLog | null>>();
  readonly #publishing = new Set<Promise<void>>();
  #isClosed = false;

  /**
   * Makes the logs of this process. The topics belong to them, and are closed with them.
   *
   * @throws {TypeError} If the topics have no history.
   * @throws {RangeError} If a limit is less than 1, or the time is negative.
   */
  constructor(topics: Topics, options: StreamLogsOptions = {}) {
    if (topics.history === null) throw new TypeError("Cannot share stream logs: the topics have no history");
    this.#topics = topics;
    this.#logs = new StreamLogs(options);
  }

  /**
   * Makes a log, and calls its producer in this process; see {@linkcode StreamLogs.start}.
   *
   * @throws {Error} If there is an open log of this name, or so many that none may be added.
   */
  start(name: string, produce: StreamProducer): StreamLog {
    if (this.#isClosed) throw new Error(`Cannot start the stream log ${JSON.stringify(name)}: the logs are closed`);
    const log = this.#logs.start(name, produce);
    const publishing = new LogPublisher(this.#topics, name, log).run().finally(() =>
      this.#publishing.delete(publishing)
    );
    this.#publishing.add(handled(publishing));
    return log;
  }

  /**
   * Returns the log of a name, wherever its producer runs; `null` if there is none. One that another process has just
   * started may not be known yet.
   *
   * @throws {Error} If the history cannot be read, or so many logs are open that none may be added.
   */
  async find(name: string): Promise<StreamLog | null> {
    const known = this.#logs.get(name);
    if (known !== null || this.#isClosed) return known;
    let finding = this.#finding.get(name);
    if (finding === undefined) {
      finding = this.#copy(name).finally(() => this.#finding.delete(name));
      this.#finding.set(name, finding);
    }
    return await finding;
  }

  /** Stops the logs whose producers run in this process, and closes the topics. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#logs[Symbol.dispose]();
    await Promise.all(this.#publishing);
    await this.#topics.close();
  }

  /** Closes the logs, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Makes a copy of the log of another process. */
  async #copy(name: string): Promise<StreamLog | null> {
    const topic = entriesTopic(name);
    const position = (await this.#topics.history?.since(topic, null))?.position;
    if (position === undefined || this.#isClosed) return null;
    const copy = new LogCopy(() => this.#topics.unsubscribe(topic, copy), () => this.#topics.metrics().isUp);
    try {
      // If the history has lost the beginning, the last message tells how far the log is, or else the next one.
      for (const offset of [0, position.offset - 1]) {
        const { recovered } = await this.#topics.subscribe(topic, copy, { since: { ...position, offset } });
        if (recovered) copy.knowsAll();
        if (recovered || copy.epoch !== null) break;
      }
      await copy.begun;
      if (copy.epoch !== null && !this.#isClosed) return this.#startCopy(name, copy, copy.epoch);
    } catch (error) {
      copy.end();
      throw error;
    }
    copy.end();
    return null;
  }

  #startCopy(name: string, copy: LogCopy, epoch: string): StreamLog {
    const log = this.#logs.start(name, (log) => copy.fill(log), { epoch });
    log.signal.addEventListener("abort", () => {
      if (!copy.isOver && !this.#isClosed) this.#topics.publish(stopTopic(name), epoch);
      copy.end();
    });
    return log;
  }
}
