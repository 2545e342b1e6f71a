/** Messages of a topic that are missing. {@linkcode Subscriber.onGap} is told of them. */
export interface TopicGap {
  /** The topic. */
  readonly topic: string;
  /**
   * The number of messages that are missing at the most; `null` if that cannot be known, since the history of the topic
   * has begun anew.
   */
  readonly missed: number | null;
  /** The random name of the `Topics` whose messages are missing; `null` if they may be of several. */
  readonly origin: string | null;
}
