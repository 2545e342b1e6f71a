/** What is known of a topic that this process subscribes to. */
interface TrackedTopic {
  /**
   * Tells whether all publishers that are there have said how far they are: the numbers of one that is met later must
   * begin with 1.
   */
  settled: boolean;
  /** The last number of each publisher. */
  readonly last: Map<string, number>;
}

/** The verdict on a message that was brought before. */
export const DUPLICATE = -1;

/**
 * Finds the messages that are missing, by the numbers that each publisher gives to the messages of each topic.
 *
 * It does no I/O and has no clock: `SequenceExchange` feeds it with what publishers say of their numbers.
 */
export class SequenceTracker {
  readonly #topics = new Map<string, TrackedTopic>();

  /** The topics that are subscribed to. */
  topics(): string[] {
    return [...this.#topics.keys()];
  }

  /** The settled topics on which a publisher has been heard of. */
  settledTopicsOf(origin: string): string[] {
    const settled = [...this.#topics].filter(([, tracked]) => tracked.settled && tracked.last.has(origin));
    return settled.map(([topic]) => topic);
  }

  has(topic: string): boolean {
    return this.#topics.has(topic);
  }

  /** Begins to follow a topic: the first number of each publisher is taken as it comes. */
  add(topic: string): void {
    if (!this.#topics.has(topic)) this.#topics.set(topic, { settled: false, last: new Map() });
  }

  delete(topic: string): void {
    this.#topics.delete(topic);
  }

  /** From now on a publisher that has not been heard of on the topic has published nothing there. */
  settle(topic: string): void {
    const tracked = this.#topics.get(topic);
    if (tracked !== undefined) tracked.settled = true;
  }

  /** Takes it that a publisher has just begun: it has published nothing. */
  began(origin: string): void {
    for (const { settled, last } of this.#topics.values()) if (!settled && !last.has(origin)) last.set(origin, 0);
  }

  /** Forgets a publisher that is gone. */
  forget(origin: string): void {
    for (const { last } of this.#topics.values()) last.delete(origin);
  }

  /** Takes the number of a message and returns how many are missing before it, or {@linkcode DUPLICATE}. */
  arrived(topic: string, origin: string, sequence: number): number {
    const tracked = this.#topics.get(topic);
    if (tracked === undefined) return 0;
    const last = tracked.last.get(origin) ?? (tracked.settled ? 0 : sequence - 1);
    if (sequence <= last) return DUPLICATE;
    tracked.last.set(origin, sequence);
    return sequence - last - 1;
  }

  /** Takes what a publisher says of its last number, and returns how many messages are missing up to it. */
  told(topic: string, origin: string, sequence: number): number {
    const tracked = this.#topics.get(topic);
    if (tracked === undefined) return 0;
    const last = tracked.last.get(origin) ?? (tracked.settled ? 0 : sequence);
    if (sequence > last || !tracked.last.has(origin)) tracked.last.set(origin, Math.max(sequence, last));
    return Math.max(0, sequence - last);
  }
}
