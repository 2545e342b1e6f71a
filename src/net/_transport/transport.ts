import type { BufferBytes } from "../../internal/byte_buffer.ts";

/** The receiving side of a {@linkcode Transport}: a stream. */
export interface TransportReceiver {
  /** Takes the first `count` of the bytes, which are valid until the call returns. */
  onData(bytes: BufferBytes, count: number): void;
  /** Takes the end of what the peer sends: `null` if the peer has ended it in order. Nothing follows. */
  onEnd(error: Error | null): void;
  /** Learns that the kernel has taken `count` bytes of the write under way, possibly not all of them. */
  onWritten(count: number): void;
  /** Learns that the write under way has failed. */
  onWriteError(error: Error): void;
}

/**
 * A connection, as a stream sees it: it pushes what comes in, and a write tells whether the kernel took it immediately.
 *
 * It begins without reading. After {@linkcode Transport.close} it calls the receiver no longer.
 */
export interface Transport {
  /** Names the receiver, before anything else is called; a later call names another one in its place. */
  attach(receiver: TransportReceiver): void;
  /** Reads until {@linkcode Transport.stopReading}. */
  startReading(): void;
  /**
   * Stops reading. A transport that cannot take a read back may still push the bytes of one.
   *
   * @param lazily Says that reading probably begins again soon: a transport may then go on until something comes, which
   * it keeps.
   */
  stopReading(lazily?: boolean): void;
  /** Tells whether a read is under way that cannot be taken back. */
  readonly readPending: boolean;
  /**
   * Hands bytes to the kernel. There is one write at a time.
   *
   * @returns `true` if the kernel has taken all of them. With `false`, a call of `onWritten` or `onWriteError` follows
   * in a later turn, and the bytes must stay as they are until then.
   */
  write(data: Uint8Array): boolean;
  /**
   * Tells whether bytes in memory are written for less than a text, which would need memory of its own.
   * @default {false}
   */
  readonly prefersBytes?: boolean;
  /** Hands a text to the kernel, a byte for each character, as {@linkcode Transport.write} does bytes. */
  writeLatin1(text: string): boolean;
  /** Ends the direction to the peer; resolves when the peer is being told. */
  closeWrite(): Promise<void>;
  /** Closes both directions and forgets the receiver. */
  close(): void;
}
