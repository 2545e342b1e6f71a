// The state of a stream, as bits: each field would take eight bytes of every stream.

/** The transport reads. */
export const FILLING = 1;
/** The stream is closed. Bytes that the buffer has can still be read. */
export const CLOSED = 2;
/** The consumer takes nothing for a while. */
export const PAUSED = 4;
/** The consumer is at work on the buffer. */
export const FEEDING = 8;
/** The peer has ended its side while something is still being written to it. */
export const ENDED = 16;
/** The peer has ended its side, and the consumer goes on to write. */
export const HALF_OPEN = 32;
/** A read of buffered bytes waits until others have had their turn. */
export const RESTING = 64;
