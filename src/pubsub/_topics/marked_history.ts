import type { Bytes } from "../../internal/bytes.ts";
import { envelopeSource, lostCount } from "../envelope.ts";
import type { HistoryEntry, HistoryPage, HistoryPosition, TopicHistory } from "../history.ts";
import { type MessageSource, TopicMessage } from "../message.ts";

/** A page that tells of messages which its publishers could not send. */
export interface MarkedPage extends HistoryPage {
  /** All that the history has after the position, with marks for what could not be sent; `null` if there are none. */
  readonly marked: readonly HistoryEntry[] | null;
}

/** A history in which publishers leave marks for messages that they could not send: a page with one is not complete. */
export class MarkedHistory implements TopicHistory {
  readonly #history: TopicHistory;

  constructor(history: TopicHistory) {
    this.#history = history;
  }

  append(topic: string, data: Bytes): void | Promise<void> {
    return this.#history.append(topic, data);
  }

  async since(topic: string, position: HistoryPosition | null): Promise<MarkedPage> {
    const page = await this.#history.since(topic, position);
    const isMarked = page.entries.some(({ data }) => lostCount(data) > 0);
    return isMarked ? { ...page, entries: [], complete: false, marked: page.entries } : { ...page, marked: null };
  }
}

/** Stands for messages that their publisher could not send. No subscriber gets it: they are told of a gap. */
export class LostMessages extends TopicMessage {
  readonly count: number;

  private constructor(count: number, source: MessageSource) {
    super("", source);
    this.count = count;
  }

  /** Reads the mark of a history; `null` if the data are something else. */
  static read(topic: string, data: Uint8Array, position: HistoryPosition): LostMessages | null {
    const count = lostCount(data);
    if (count === 0) return null;
    const { origin, number } = envelopeSource(data);
    return new LostMessages(count, { origin, number, time: 0, position, topic });
  }
}
