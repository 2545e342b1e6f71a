/**
 * Events that an `EventStream` reads at the pace of its client, from the position where that was cut. `StreamLog` is
 * one.
 */
export interface EventHistory {
  /**
   * Begins to read after an event.
   *
   * @param lastEventId The last ID that the client has received, or `null` if it has received none.
   * @param wake Called when there may be something to read after {@linkcode EventReader.read} has returned `""`. It
   * does not read before it returns.
   */
  follow(lastEventId: string | null, wake: () => void): EventReader;
}

/** Reads an {@linkcode EventHistory} for one client. */
export interface EventReader {
  /** Tells whether the client has everything, and nothing will follow. */
  readonly atEnd: boolean;
  /**
   * Returns the text of the next events, `""` if there are none yet.
   *
   * If events between the last ID of the client and the first one here are lost, the text begins with an event named
   * `gap`.
   *
   * @param limit The number of characters from which on no further event is added.
   */
  read(limit: number): string;
  /** Ends reading. */
  close(): void;
}
