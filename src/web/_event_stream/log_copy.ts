import { currentClock, type Timer } from "../../internal/clock.ts";
import type { Delivery, Subscriber, TopicMessage } from "../../pubsub/mod.ts";
import { skipTo, type StreamLog } from "../stream_log.ts";
import { type LogEntry, parseLogEntry } from "./log_entry.ts";

/**
 * Looks at the clock in a row that find nothing new, after which a log has failed, since its process is gone; and the
 * seconds between them. They begin anew while the link to the broker is down: the process may work on.
 */
const MOST_SILENT = 4;
const LOOK = 5;

/** Takes the entries of a log of another process. */
export class LogCopy implements Subscriber {
  /** The log that it copies; `null` as long as nothing has come. */
  epoch: string | null = null;
  /** The end of the log has come, or it has failed. */
  isOver = false;
  readonly #begun = Promise.withResolvers<void>();
  readonly #done = Promise.withResolvers<void>();
  readonly #onEnd: () => void;
  readonly #isUp: () => boolean;
  /** Entries that came before there was a log for them. */
  #waiting: LogEntry[] = [];
  #log: StreamLog | null = null;
  #silent = 0;
  #timer: Timer | null = null;

  /** `onEnd` is called once; `isUp` tells whether the link to the broker is up. */
  constructor(onEnd: () => void, isUp: () => boolean) {
    this.#onEnd = onEnd;
    this.#isUp = isUp;
    this.#watch();
  }

  /** Does not wait for a message: all there are have come. */
  knowsAll(): void {
    this.#begun.resolve();
  }

  /** Resolves when something has come, or the time for it has ended. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  deliver({ text }: TopicMessage): Delivery {
    const entry = parseLogEntry(text);
    if (entry === null || this.isOver || entry.epoch !== (this.epoch ??= entry.epoch)) return "delivered";
    this.#silent = 0;
    this.#begun.resolve();
    if (this.#log === null) this.#waiting.push(entry);
    else this.#take(this.#log, entry);
    return "delivered";
  }

  /** Puts the entries into a log; resolves at its end. */
  fill(log: StreamLog): Promise<void> {
    this.#log = log;
    for (const entry of this.#waiting) this.#take(log, entry);
    this.#waiting = [];
    return this.#done.promise;
  }

  /** Takes no more. */
  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#timer?.cancel();
    this.#begun.resolve();
    this.#done.resolve();
    this.#onEnd();
  }

  #take(log: StreamLog, { number, event, data }: LogEntry): void {
    if (this.isOver) return;
    if (log.state !== "open") return this.end();
    // A beat names the last entry, which has come.
    if (number > log.length + (event === null ? 0 : 1)) skipTo(log, event === null ? number + 1 : number);
    if (event === null || number <= log.length) return;
    if (event !== "end") return void log.append(data, event === "message" ? {} : { event });
    this.end();
    if (data === "stopped") log.stop();
    else if (data === "failed") log.fail();
    else log.finish();
  }

  #watch(): void {
    this.#timer = currentClock().setTimer(
      () => {
        this.#silent = this.#isUp() ? this.#silent + 1 : 0;
        if (this.#silent < MOST_SILENT) return this.#watch();
        this.end();
        this.#log?.fail();
      },
      LOOK,
      { unref: true },
    );
  }
}
