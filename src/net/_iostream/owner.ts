/**
 * What is called of a stream by those that work for it. The stream's class sets it, which alone can reach its state, so that a
 * stream needs no closures for it.
 */
export const owner: {
  /** Begins to write what is queued; `false` if there is nothing, or a write is under way already. */
  flush: (stream: object) => boolean;
  /** The kernel has taken `count` more bytes; if `done`, nothing is left, and the writer goes back to the pool. */
  wrote: (stream: object, count: number, done: boolean) => void;
  /** A write has failed. */
  failed: (stream: object, error: unknown) => void;
} = { flush: () => false, wrote() {}, failed() {} };
