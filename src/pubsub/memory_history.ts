import type { Bytes } from "../internal/bytes.ts";
import { currentClock } from "../internal/clock.ts";
import { envelopeSource } from "./envelope.ts";
import type {
  HistoryEntry,
  HistoryLimits,
  HistoryPage,
  HistoryPosition,
  MessagePosition,
  TopicHistory,
} from "./history.ts";

/** Topics without messages whose position is kept, some 20 MB; the one that was silent for longest is forgotten. */
const MAX_TOPICS = 100_000;
/** Publishers of a topic whose last number is kept, so that a message is not appended twice. */
const MAX_ORIGINS = 1000;
/** Seconds, 68 years: brokers count nanoseconds in 64 bits. */
const MAX_TTL = 2 ** 31;
/** With 64 random bits no two histories of a topic have the same name. */
const EPOCH_BYTES = 8;

interface KeptTopic {
  readonly epoch: string;
  offset: number;
  entries: HistoryEntry[];
  bytes: number;
  /** When the messages are forgotten, in monotonic seconds. */
  expires: number;
  /** The last number of each publisher. */
  readonly last: Map<string, number>;
}

/** Takes a message that was appended. */
export type AppendedReceiver = (topic: string, data: Bytes, position: MessagePosition) => void;

/**
 * Keeps the history of topics in the memory of this process.
 *
 * `Topics` without a broker uses one; another is in the hub of `./pubsub/workers`.
 */
export class MemoryHistory implements TopicHistory {
  readonly #limits: HistoryLimits;
  readonly #publish: AppendedReceiver;
  /** The topic that was silent for longest is first. */
  readonly #topics = new Map<string, KeptTopic>();
  /** Topics whose messages are forgotten, but not their positions; the one that was silent for longest is first. */
  readonly #silent = new Map<string, KeptTopic>();

  /** Makes an empty history; `publish` gets each message that is appended. */
  constructor(limits: HistoryLimits, publish: AppendedReceiver) {
    this.#limits = checkedLimits(limits);
    this.#publish = publish;
  }

  /** Appends a message and publishes it. */
  append(topic: string, data: Bytes): void {
    const { origin, sequence } = envelopeSource(data);
    const kept = this.#touch(topic);
    if (sequence <= (kept.last.get(origin) ?? 0)) return;
    kept.last.delete(origin);
    kept.last.set(origin, sequence);
    dropOldest(kept.last, MAX_ORIGINS);
    const offset = ++kept.offset;
    kept.entries.push({ offset, data });
    kept.bytes += data.length;
    let surplus = 0;
    while (kept.entries.length - surplus > this.#limits.size || kept.bytes > this.#limits.bytes) {
      kept.bytes -= kept.entries[surplus++].data.length;
    }
    // Not one by one: a list of many thousands would be moved for each message.
    if (surplus > 0) kept.entries.splice(0, surplus);
    this.#publish(topic, data, { epoch: kept.epoch, offset, previous: offset - 1 });
  }

  /** Reads what came after a position. */
  // deno-lint-ignore require-await
  async since(topic: string, position: HistoryPosition | null): Promise<HistoryPage> {
    return this.read(topic, position);
  }

  /** Reads what came after a position, as {@linkcode since} does, within the call. */
  read(topic: string, position: HistoryPosition | null): HistoryPage {
    const { epoch, offset, entries } = this.#touch(topic, false);
    const last = { epoch, offset };
    if (position === null) return { position: last, entries: [], complete: true };
    const first = offset - entries.length;
    const complete = position.epoch === epoch && position.offset >= first && position.offset <= offset;
    return { position: last, entries: complete ? entries.slice(position.offset - first) : [], complete };
  }

  /** Returns a topic, which it makes if there is none; one that is written to lives on. */
  #touch(topic: string, writes = true): KeptTopic {
    const now = currentClock().monotonic();
    this.#expire(now);
    const expires = now + this.#limits.ttl;
    let kept = this.#topics.get(topic) ?? this.#silent.get(topic);
    if (kept === undefined) {
      const epoch = crypto.getRandomValues(new Uint8Array(EPOCH_BYTES)).toHex();
      kept = { epoch, offset: 0, entries: [], bytes: 0, expires, last: new Map() };
      this.#topics.set(topic, kept);
      const { size } = this.#silent;
      if (size > 0) dropOldest(this.#silent, MAX_TOPICS - this.#topics.size);
      else dropOldest(this.#topics, MAX_TOPICS);
    } else if (writes) {
      this.#silent.delete(topic);
      this.#topics.delete(topic);
      this.#topics.set(topic, kept);
      kept.expires = expires;
    }
    return kept;
  }

  /** Forgets the messages of topics that were silent for too long. */
  #expire(now: number): void {
    for (const [topic, kept] of this.#topics) {
      if (kept.expires > now) return;
      kept.entries = [];
      kept.bytes = 0;
      this.#topics.delete(topic);
      this.#silent.set(topic, kept);
    }
  }
}

/**
 * Returns limits that a history can work with.
 *
 * @throws {RangeError} If one is not positive, or the ttl above 68 years.
 */
export function checkedLimits({ size, ttl, bytes }: HistoryLimits): HistoryLimits {
  if (!(Number.isSafeInteger(size) && size > 0)) {
    throw new RangeError(`Cannot keep a history: its size is not a positive integer: ${size}`);
  }
  if (!(ttl > 0 && ttl <= MAX_TTL)) {
    throw new RangeError(`Cannot keep a history: its ttl is not positive, or above ${MAX_TTL}: ${ttl}`);
  }
  if (!(bytes > 0)) throw new RangeError(`Cannot keep a history: its bytes are not positive: ${bytes}`);
  return { size, ttl, bytes };
}

function dropOldest<V>(map: Map<string, V>, most: number): void {
  if (map.size <= most) return;
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
