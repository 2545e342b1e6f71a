import { currentClock, type Timer } from "../../internal/clock.ts";
import type { Delivery, Subscriber, TopicMessage, Topics } from "../../pubsub/mod.ts";
import type { StreamLog } from "../stream_log.ts";
import { encodeLogEntry } from "./log_entry.ts";

/** The topic of the entries of a log, and the one of those who stop it. */
const ENTRIES_TOPIC = "\x02log ";
const STOP_TOPIC = "\x02stop ";
/** Seconds of silence after which a producer says that it is alive. */
const BEAT = 5;

/** Returns the topic of the entries of a log. */
export function entriesTopic(name: string): string {
  return ENTRIES_TOPIC + name;
}

/** Returns the topic on which the epoch of a log stops it. */
export function stopTopic(name: string): string {
  return STOP_TOPIC + name;
}

/** Publishes the entries of a log of this process, and stops it when another one says so. */
export class LogPublisher implements Subscriber {
  readonly #topics: Topics;
  readonly #name: string;
  readonly #log: StreamLog;
  /** The number of the last entry that was published. */
  #number = 0;
  #beat: Timer | null = null;

  constructor(topics: Topics, name: string, log: StreamLog) {
    this.#topics = topics;
    this.#name = name;
    this.#log = log;
  }

  deliver({ text }: TopicMessage): Delivery {
    if (text === this.#log.epoch) this.#log.stop();
    return "delivered";
  }

  /** Resolves when the last entry is published. */
  async run(): Promise<void> {
    const { epoch } = this.#log;
    this.#topics.subscribe(stopTopic(this.#name), this);
    // A log is known before its first entry.
    this.#send(null, "");
    for await (const { id, event, data } of this.#log.read()) {
      // The numbers tell of a gap by themselves.
      if (event === "gap") continue;
      this.#number = Number(id.slice(epoch.length + 1));
      this.#send(event, data);
    }
    this.#beat?.cancel();
    this.#topics.unsubscribe(stopTopic(this.#name), this);
  }

  #send(event: string | null, data: string): void {
    const { epoch } = this.#log;
    this.#topics.publish(entriesTopic(this.#name), encodeLogEntry({ epoch, number: this.#number, event, data }));
    this.#beat?.cancel();
    this.#beat = currentClock().setTimer(() => this.#send(null, ""), BEAT, { unref: true });
  }
}
