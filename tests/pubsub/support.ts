/**
 * Subscribers and messages for the tests of topics.
 *
 * @module
 */
import { type Delivery, type Subscriber, type TopicGap, TopicMessage, type Topics } from "../../src/pubsub/mod.ts";
import { rootLogger } from "../../src/util/log.ts";

/** Keeps what it gets, and answers as it is told. */
export class Recorder implements Subscriber {
  readonly messages: TopicMessage[] = [];
  readonly gaps: TopicGap[] = [];
  #answer: (message: TopicMessage) => Delivery | Promise<Delivery>;
  #waiting: { count: number; resolve: () => void }[] = [];

  /** Makes a subscriber that takes everything, or answers with `answer`. */
  constructor(answer: (message: TopicMessage) => Delivery | Promise<Delivery> = () => "delivered") {
    this.#answer = answer;
  }

  /** What came, as text or bytes. */
  get received(): (string | Uint8Array)[] {
    return this.messages.map(({ binary, text, bytes }) => binary ? bytes : text);
  }

  deliver(message: TopicMessage): Delivery | Promise<Delivery> {
    this.messages.push(message);
    this.#waiting = this.#waiting.filter(({ count, resolve }) => {
      if (this.messages.length < count) return true;
      resolve();
      return false;
    });
    return this.#answer(message);
  }

  onGap(gap: TopicGap): void {
    this.gaps.push(gap);
  }

  /** Resolves when so many messages have come. */
  atLeast(count: number): Promise<void> {
    if (this.messages.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }
}

/** A message of nobody in particular. */
export function messageOf(message: string | object, binary?: boolean): TopicMessage {
  return new TopicMessage(message, { origin: "0a".repeat(16), number: 7, time: 1_800_000_000_000 }, binary);
}

/** Publishes a message just after the next read of a history, before the reader has the page. */
export function publishAfterRead(topics: Topics, topic: string, message: string): void {
  const { history } = topics;
  if (history === null) throw new TypeError("The topics keep no history");
  const since = history.since.bind(history);
  history.since = async (read, position) => {
    const page = await since(read, position);
    history.since = since;
    topics.publish(topic, message);
    return page;
  };
}

/** Resolves with the first line of the log that matches. */
export function logged(pattern: RegExp): Promise<string> {
  return new Promise((resolve) => {
    const handler = {
      handle: (record: { getMessage(): string }) => {
        const message = record.getMessage();
        if (!pattern.test(message)) return;
        rootLogger.removeHandler(handler);
        resolve(message);
      },
    };
    rootLogger.addHandler(handler);
  });
}
