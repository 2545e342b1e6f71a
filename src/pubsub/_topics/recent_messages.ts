import { currentClock } from "../../internal/clock.ts";
import type { HistoryLimits } from "../history.ts";
import type { TopicMessage } from "../message.ts";

/**
 * Bytes of all topics together: it is a copy of what the broker has, for those who come back soon. The topic that was
 * silent for longest is left out first.
 */
const MOST_BYTES: number = 16 * 1024 * 1024;
/** A message, its source and its place, and a frame for a WebSocket. */
const OVERHEAD = 400;
/** Entries that are gone before the list is moved, so that it is not moved for each message. */
const MOST_GONE = 64;

interface RecentTopic {
  /** The offset after which nothing is missing. */
  start: number;
  messages: TopicMessage[];
  /** Messages at the front that are gone. */
  gone: number;
  bytes: number;
  /** When the messages are forgotten, in monotonic seconds. */
  expires: number;
}

/**
 * The newest messages of the topics that a process follows: many clients that come back together ask for the same ones,
 * and the broker is spared.
 *
 * No message is missing between the first and the last one of a topic that are here.
 */
export class RecentMessages {
  readonly #limits: HistoryLimits;
  readonly #most: number;
  /** The topic that was silent for longest is first. */
  readonly #topics = new Map<string, RecentTopic>();
  #held = 0;

  constructor(limits: HistoryLimits, most: number = MOST_BYTES) {
    this.#limits = limits;
    this.#most = most;
  }

  /** The bytes in memory, about. */
  get held(): number {
    return this.#held;
  }

  /** Forgets the messages of a topic, since some are missing before the next one for example. */
  delete(topic: string): void {
    for (const message of this.#topics.get(topic)?.messages ?? []) this.#held -= weightOf(message);
    this.#topics.delete(topic);
  }

  /** Adds the message of a topic that follows the one with the offset `previous`, which was the last one. */
  add(message: TopicMessage, previous: number): void {
    const { topic } = message;
    const now = currentClock().coarse();
    const expires = now + this.#limits.ttl;
    const recent = this.#topics.get(topic) ?? { start: previous, messages: [], gone: 0, bytes: 0, expires };
    this.#topics.delete(topic);
    this.#topics.set(topic, recent);
    recent.expires = expires;
    recent.messages.push(message);
    recent.bytes += message.length;
    this.#held += weightOf(message);
    const { size, bytes } = this.#limits;
    while (recent.messages.length - recent.gone > size || recent.bytes > bytes) this.#drop(recent);
    this.#shrink(now);
  }

  /** Returns the messages after an offset; `null` if some of them may be missing. */
  since(topic: string, offset: number): TopicMessage[] | null {
    const recent = this.#topics.get(topic);
    if (recent === undefined || offset < recent.start || recent.expires <= currentClock().coarse()) return null;
    const { messages, gone } = recent;
    let first = messages.length;
    while (first > gone && offsetOf(messages[first - 1]) > offset) first--;
    return messages.slice(first);
  }

  /** Drops the oldest message of a topic. */
  #drop(recent: RecentTopic): void {
    const { messages } = recent;
    const message = messages[recent.gone++];
    recent.start = offsetOf(message);
    recent.bytes -= message.length;
    if (recent.gone < MOST_GONE && recent.gone < messages.length) return;
    for (const each of messages.splice(0, recent.gone)) this.#held -= weightOf(each);
    recent.gone = 0;
  }

  /** Forgets topics that were silent for too long, and others if all together are too large. */
  #shrink(now: number): void {
    for (const [topic, { expires }] of this.#topics) {
      if (expires > now && this.#held <= this.#most) return;
      this.delete(topic);
    }
  }
}

function offsetOf({ position }: TopicMessage): number {
  return position?.offset ?? 0;
}

function weightOf({ length }: TopicMessage): number {
  // As it came, and as text or a frame.
  return 3 * length + OVERHEAD;
}
