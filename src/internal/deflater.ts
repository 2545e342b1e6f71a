import type { Buffer } from "node:buffer";
import { nodeBuffer } from "./node_buffer.ts";
import { nodeZlib } from "./node_zlib.ts";
import { openDeflate, Z_SYNC_FLUSH, type ZlibStream } from "./zlib_stream.ts";

/** What a sync flush ends with, which the extension leaves out (RFC 7692, section 7.2.1). */
const TAIL = 4;
/** Streams with a history of one connection: 64 of them have 14 MiB at zlib's usual settings. */
const DEFAULT_MAX_STREAMS = 64;

/** The settings of a compressor. */
export interface DeflateSettings {
  /** 0 to 9. */
  readonly level: number;
  /** 1 to 9. */
  readonly memLevel: number;
  /** Logarithm of the window, 8 to 15. */
  readonly windowBits: number;
}

const known = new Map<number, DeflateSettings>();

/** Returns the settings with these values: one object for all connections that have the same. */
export function deflateSettings(level: number, memLevel: number, windowBits: number): DeflateSettings {
  // zlib has no raw stream with a window of 8 bits; with 9 it looks back 250 bytes at most, which is within 8.
  const bits = Math.max(9, windowBits);
  const key = (level << 8) | (memLevel << 4) | bits;
  let settings = known.get(key);
  if (settings === undefined) known.set(key, settings = { level, memLevel, windowBits: bits });
  return settings;
}

/**
 * Streams for messages that stand alone, by settings: the application's settings times the windows that clients ask
 * for.
 */
const standalone = new Map<DeflateSettings, ZlibStream | null>();
/** Streams with the history of one connection, the one that was used longest ago first. */
const histories = new Map<Deflater, ZlibStream>();
let maxStreams = DEFAULT_MAX_STREAMS;

/** Limits the streams with a history, and closes those that are too many. */
export function setMaxStreams(count: number): void {
  maxStreams = count;
  for (const owner of histories.keys()) {
    if (histories.size <= maxStreams) break;
    owner.release();
  }
}

/**
 * Compresses the messages of one connection (RFC 7692, section 7.2.1).
 *
 * Messages that stand alone go through one zlib stream for all connections. Where the peer keeps its window, the
 * connection has a stream of its own, as long as it is among those that were used last: a compressor may start over at
 * any message, so the stream can be taken away, and memory is bounded whatever the number of connections is.
 */
export class Deflater {
  /** The settings of the compressor: one object for all connections that have the same. */
  readonly settings: DeflateSettings;
  /** Shorter messages are not compressed by the connection. */
  readonly threshold: number;
  readonly #takeover: boolean;

  /** `takeover` tells whether a message may refer to those before it. */
  constructor(settings: DeflateSettings, takeover: boolean, threshold = 0) {
    this.settings = settings;
    this.#takeover = takeover;
    this.threshold = threshold;
  }

  /** Compresses one message. The result lies in memory that the next call, of any connection, uses again. */
  deflate(message: Uint8Array): Uint8Array {
    // An empty message is one octet: the head of an empty block, without the tail.
    if (message.length === 0) return new Uint8Array(1);
    const stream = this.#takeover && maxStreams > 0 ? this.#ownStream() : sharedStream(this.settings);
    if (stream === null) return deflateOnce(this.settings, message);
    stream.run(message, 0, message.length);
    if (!stream.full) return stream.output.subarray(0, stream.written - TAIL);
    const pieces: Buffer[] = [];
    do {
      pieces.push(nodeBuffer().from(stream.output.subarray(0, stream.written)));
      stream.run(message, message.length - stream.left, message.length);
    } while (stream.full);
    pieces.push(nodeBuffer().from(stream.output.subarray(0, stream.written)));
    const whole = nodeBuffer().concat(pieces);
    return whole.subarray(0, whole.length - TAIL);
  }

  /**
   * Forgets what was sent, and frees the stream. The next message starts over; call it also when something was sent
   * that the stream has not seen, and when the connection closes.
   */
  release(): void {
    const stream = histories.get(this);
    if (stream === undefined) return;
    histories.delete(this);
    stream.close();
  }

  #ownStream(): ZlibStream | null {
    let stream = histories.get(this) ?? null;
    if (stream !== null) {
      histories.delete(this);
    } else {
      stream = this.#inheritedStream() ?? openDeflate(this.settings);
    }
    if (stream !== null) histories.set(this, stream);
    return stream;
  }

  /** Where there are enough streams, the one that was used longest ago starts over with this connection. */
  #inheritedStream(): ZlibStream | null {
    if (histories.size < maxStreams) return null;
    for (const [owner, stream] of histories) {
      if (owner.settings !== this.settings) {
        owner.release();
        return null;
      }
      histories.delete(owner);
      stream.reset();
      return stream;
    }
    return null;
  }
}

function sharedStream(settings: DeflateSettings): ZlibStream | null {
  let stream = standalone.get(settings);
  if (stream === undefined) standalone.set(settings, stream = openDeflate(settings));
  else stream?.reset();
  return stream;
}

/** Compresses a message that stands alone by a documented function, for a runtime whose zlib has no handle. */
export function deflateOnce(settings: DeflateSettings, message: Uint8Array): Uint8Array {
  const whole = nodeZlib().deflateRawSync(message, { ...settings, finishFlush: Z_SYNC_FLUSH });
  return whole.subarray(0, whole.length - TAIL);
}
