import type { Bytes } from "../internal/bytes.ts";

/**
 * A place in the history of a topic. A reader that names the last place it has seen gets what came later.
 *
 * It is plain data, so that a page can send it back as JSON when it connects again.
 */
export interface HistoryPosition {
  /** Names the history: another one, after its data were lost or expired, has another name. */
  readonly epoch: string;
  /** The number of the message; it grows with each message of the topic. 0 is the place before the first one. */
  readonly offset: number;
}

/** The place of a message, and that of the one before it on the same topic. */
export interface MessagePosition extends HistoryPosition {
  /** The offset of the message before. */
  readonly previous: number;
}

/** The limits of the history of a topic. */
export interface HistoryLimits {
  /** The most messages of a topic. */
  readonly size: number;
  /** Seconds after the last message of a topic, when its messages are forgotten. */
  readonly ttl: number;
  /** The most bytes of the messages of a topic. */
  readonly bytes: number;
}

/** A message that a history kept. */
export interface HistoryEntry {
  /** Its offset. */
  readonly offset: number;
  /** The envelope that was appended. */
  readonly data: Uint8Array;
}

/** The messages that a history has after a position. */
export interface HistoryPage {
  /** The last position of the topic. */
  readonly position: HistoryPosition;
  /** The messages after the position that was asked for, in order; empty if {@linkcode complete} is `false`. */
  readonly entries: readonly HistoryEntry[];
  /** Tells whether these are all messages after that position: none was forgotten, and the epoch is the same. */
  readonly complete: boolean;
}

/**
 * Keeps the last messages of each topic. The one of a broker keeps them for all processes.
 */
export interface TopicHistory {
  /**
   * Appends a message and publishes it, in one step: the broker brings it to all subscribers of the topic, those of
   * this process included, with its position. One that is appended again, since the answer was lost, is not kept twice.
   */
  append(topic: string, data: Bytes): void | Promise<void>;
  /** Reads what came after a position; with `null` only the last position. */
  since(topic: string, position: HistoryPosition | null): Promise<HistoryPage>;
}
