import { type Message, rawMessage } from "../internal/json_object.ts";
import { utf8Length } from "../internal/utf8.ts";
import { jsonEncode } from "../util/escape.ts";
import { type EventFields, eventText } from "./_event_stream/event_text.ts";
import type { EventHistory, EventReader } from "./_event_stream/event_history.ts";

/** Beyond the answer of any language model. */
const DEFAULT_SIZE = 100_000;
const DEFAULT_BYTES = 16 * 2 ** 20;
/** What an entry costs beside its data. */
const ENTRY_BYTES = 64;
/** Entries are taken from the front of the list when so many, and half of it, are unused. */
const MIN_SHIFT = 1024;

/**
 * The state of a {@linkcode StreamLog}: it is `"open"` until the producer finishes it, a reader stops it, or the
 * producer fails.
 */
export type StreamLogState = "open" | "finished" | "stopped" | "failed";

/** Options of {@linkcode StreamLog}. */
export interface StreamLogOptions {
  /**
   * The most entries that are kept; the oldest ones go first.
   *
   * @default {100000}
   */
  size?: number;
  /**
   * The most bytes that are kept, with 64 for each entry.
   *
   * @default {16777216}
   */
  bytes?: number;
  /**
   * The name of the log among all: that of another one for its copy, whose entries have the same positions.
   *
   * @default {16 random hexadecimal digits}
   */
  epoch?: string;
}

/** An entry of a {@linkcode StreamLog}, as {@linkcode StreamLog.read} yields it. */
export interface StreamLogEntry {
  /** The position: the log's epoch, a hyphen, and the number of the entry. That of a gap is the one before it. */
  readonly id: string;
  /** The name: `"message"`, unless the producer gave another; `"end"` for the last entry, and `"gap"` for a loss. */
  readonly event: string;
  /** The text. */
  readonly data: string;
}

interface Entry {
  readonly event: string | undefined;
  readonly data: string;
  readonly bytes: number;
}

/** Stands for an entry that is no longer kept, whose text would stay as long as its place in the list. */
const GONE: Entry = { event: undefined, data: "", bytes: 0 };

/** Goes on with the entry of a higher number, since those before it are lost; readers that lack them are told. */
export let skipTo: (log: StreamLog, number: number) => void;

/**
 * The work of one producer, such as the text of a language model or the progress of a job, for any number of readers
 * that come late, drop, and come back. The producer does not know them: it goes on while none is there.
 *
 * As the `history` of an event stream it sends each reader the entries after the last one that the reader has, and then
 * the new ones as they come, at the pace of that reader. The last entry is an event named `end`, whose data is
 * `finished`, `stopped` or `failed`; a client that comes back afterwards is answered with 204, by which a browser
 * learns to stay away. If entries that a reader lacks are no longer kept, it is told so by an event named `gap`.
 *
 * @example
 * ```ts
 * import { StreamLog } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const log = new StreamLog();
 * const first = log.append("Once");
 * log.append(" upon a time");
 * log.finish();
 * assertEquals((await Array.fromAsync(log.read())).map(({ data }) => data), ["Once", " upon a time", "finished"]);
 * assertEquals((await Array.fromAsync(log.read(first))).length, 2);
 * ```
 */
export class StreamLog implements EventHistory {
  /** The random name of this log: a position of another log, or of one before a restart, is not taken for its own. */
  readonly epoch: string;
  readonly #size: number;
  readonly #maxBytes: number;
  readonly #stop = new AbortController();
  readonly #wakes = new Set<() => void>();
  #entries: Entry[] = [];
  /** The index of the oldest entry that is kept. */
  #head = 0;
  /** The number of the entry at index 0. */
  #base = 1;
  #bytes = 0;
  #state: StreamLogState = "open";

  static {
    skipTo = (log, number) => log.#skipTo(number);
  }

  /**
   * Makes an empty log.
   *
   * @throws {RangeError} If a limit is less than 1, or the epoch is not 16 hexadecimal digits.
   */
  constructor(options: StreamLogOptions = {}) {
    const { size = DEFAULT_SIZE, bytes = DEFAULT_BYTES, epoch = newEpoch() } = options;
    if (!/^[0-9a-f]{16}$/.test(epoch)) {
      throw new RangeError(`Cannot name a log ${JSON.stringify(epoch)}: an epoch has 16 hexadecimal digits`);
    }
    if (!(size >= 1 && bytes >= 1)) {
      throw new RangeError(`Cannot keep ${size} entries of ${bytes} bytes in a log: both must be 1 or more`);
    }
    this.epoch = epoch;
    this.#size = size;
    this.#maxBytes = bytes;
  }

  /** The state of the log. */
  get state(): StreamLogState {
    return this.#state;
  }

  /** Aborts when {@linkcode StreamLog.stop} is called. The producer passes it on to what it waits for. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** The bytes that the log keeps. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The number of entries so far, those that are no longer kept included. */
  get length(): number {
    return this.#base + this.#entries.length - 1;
  }

  /** The number of readers that follow the log. */
  get readers(): number {
    return this.#wakes.size;
  }

  /**
   * Adds an entry.
   *
   * @param data Text; bytes of UTF-8 text; or an object or array, which becomes JSON.
   * @returns The position of the entry.
   * @throws {Error} If the log has ended: the reason of {@linkcode StreamLog.signal} if it was stopped.
   * @throws {TypeError} If the name has a line end, or the data has no JSON form.
   */
  append(data: Message, fields: Pick<EventFields, "event"> = {}): string {
    if (this.#state === "stopped") throw this.#stop.signal.reason;
    if (this.#state !== "open") throw new Error(`Cannot append to a stream log: it has ${this.#state}`);
    const raw = rawMessage(data);
    const text = raw === null ? jsonEncode(data) : typeof raw === "string" ? raw : new TextDecoder().decode(raw);
    // Where it is made, an error has a cause that can be found.
    eventText("", fields);
    return this.#add(text, fields.event);
  }

  /** Ends the log; does nothing if it has ended. */
  finish(): void {
    this.#conclude("finished");
  }

  /** Ends the log because the producer cannot go on; does nothing if it has ended. */
  fail(): void {
    this.#conclude("failed");
  }

  /** Ends the log, and tells the producer by {@linkcode StreamLog.signal}; does nothing if it has ended. */
  stop(): void {
    if (this.#state !== "open") return;
    this.#conclude("stopped");
    this.#stop.abort();
  }

  /**
   * Yields the entries after a position, waits for new ones, and ends after the last. If some that the reader lacks are
   * no longer kept, the first one it yields is named `gap`.
   *
   * @param after The position of the last entry that the reader has, `null` for none.
   */
  async *read(after: string | null = null): AsyncGenerator<StreamLogEntry, void, void> {
    let woken = Promise.withResolvers<void>();
    const wake = () => woken.resolve();
    this.#wakes.add(wake);
    try {
      for (let { next, gap } = this.#find(after);; woken = Promise.withResolvers()) {
        for (;;) {
          if (next < this.#first) [next, gap] = [this.#first, true];
          if (gap) yield { id: this.#id(next - 1), event: "gap", data: this.#gapData(next) };
          gap = false;
          const entry = this.#entry(next);
          if (entry === null) break;
          yield { id: this.#id(next++), event: entry.event ?? "message", data: entry.data };
        }
        if (this.#isEnd(next)) return;
        await woken.promise;
      }
    } finally {
      this.#wakes.delete(wake);
    }
  }

  #skipTo(number: number): void {
    this.#entries = [];
    this.#head = this.#bytes = 0;
    this.#base = number;
  }

  /** Begins to read for an event stream, which calls it. */
  follow(lastEventId: string | null, wake: () => void): EventReader {
    let { next, gap } = this.#find(lastEventId);
    this.#wakes.add(wake);
    const atEnd = () => !gap && this.#isEnd(next);
    return {
      get atEnd(): boolean {
        return atEnd();
      },
      read: (limit) => {
        let text = "";
        if (next < this.#first) [next, gap] = [this.#first, true];
        if (gap) text = eventText(this.#gapData(next), { event: "gap" });
        gap = false;
        for (let entry = this.#entry(next); entry !== null && text.length < limit; entry = this.#entry(++next)) {
          text += eventText(entry.data, { event: entry.event, id: this.#id(next) });
        }
        return text;
      },
      close: () => void this.#wakes.delete(wake),
    };
  }

  get #first(): number {
    return this.#base + this.#head;
  }

  #id(number: number): string {
    return `${this.epoch}-${number}`;
  }

  #entry(number: number): Entry | null {
    return this.#entries[number - this.#base] ?? null;
  }

  #isEnd(next: number): boolean {
    return this.#state !== "open" && next > this.length;
  }

  /** Returns the number of the entry that comes next to a reader, and whether others before it are lost. */
  #find(after: string | null): { next: number; gap: boolean } {
    if (after === null) return { next: this.#first, gap: this.#first > 1 };
    const [, epoch, digits] = /^([0-9a-f]{16})-(\d{1,15})$/.exec(after) ?? [];
    const next = Number(digits) + 1;
    if (epoch !== this.epoch || next > this.length + 1) return { next: this.#first, gap: true };
    return next < this.#first ? { next: this.#first, gap: true } : { next, gap: false };
  }

  #gapData(next: number): string {
    return JSON.stringify({ next: this.#id(next) });
  }

  #add(data: string, event: string | undefined): string {
    const bytes = utf8Length(data) + ENTRY_BYTES;
    this.#entries.push({ event, data, bytes });
    this.#bytes += bytes;
    const { length } = this;
    // The newest entry stays, whatever its size.
    while ((this.#bytes > this.#maxBytes || length - this.#first >= this.#size) && this.#first < length) {
      this.#bytes -= this.#entries[this.#head]?.bytes ?? 0;
      this.#entries[this.#head++] = GONE;
    }
    if (this.#head >= MIN_SHIFT && this.#head * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#base += this.#head;
      this.#head = 0;
    }
    for (const wake of [...this.#wakes]) wake();
    return this.#id(length);
  }

  #conclude(state: "finished" | "stopped" | "failed"): void {
    if (this.#state !== "open") return;
    this.#state = state;
    this.#add(state, "end");
  }
}

function newEpoch(): string {
  return crypto.getRandomValues(new Uint8Array(8)).toHex();
}
