import type { ByteBuffer } from "../../src/internal/byte_buffer.ts";
import { IOStream, type StreamConsumer } from "../../src/net/iostream.ts";

/** What a client of the check of recovery does with its connection. */
export interface FeedReader {
  /** The handshake is done. */
  opened(): void;
  /** Takes a text message, and returns `false` if it is the last one that is wanted. */
  message(text: string): boolean | void;
  /** The connection that was opened has ended. */
  closed(): void;
}

const END_OF_HEAD = "\r\n\r\n";
const TEXT = 0x81;
const CLOSE = 0x88;
const decoder = new TextDecoder();

/**
 * A WebSocket that only reads short texts, with a fraction of the work of a real one: thousands of clients in one
 * process are to measure the servers, and not themselves.
 */
export class FeedConnection implements StreamConsumer {
  readonly #stream: IOStream;
  readonly #reader: FeedReader;
  readonly #ended = Promise.withResolvers<void>();
  #isOpen = false;

  private constructor(stream: IOStream, reader: FeedReader) {
    this.#stream = stream;
    this.#reader = reader;
  }

  /** Reads a feed of the server on `port` until its end; rejects if there is none. */
  static async read(port: number, target: string, reader: FeedReader): Promise<void> {
    const stream = new IOStream(await Deno.connect({ hostname: "127.0.0.1", port }));
    const feed = new FeedConnection(stream, reader);
    stream.send(
      `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    stream.consume(feed);
    await feed.#ended.promise;
  }

  onData(buffer: ByteBuffer): void {
    if (!this.#isOpen && !this.#takeHead(buffer)) return;
    for (let text = takeText(buffer); text !== null; text = takeText(buffer)) {
      if (this.#reader.message(text) === false) return this.#stream.close();
    }
    if (buffer.bytes[buffer.start] === CLOSE && buffer.length > 0) this.#stream.close();
  }

  onEnd(): void {
    if (this.#isOpen) this.#reader.closed();
    this.#ended.resolve();
  }

  #takeHead(buffer: ByteBuffer): boolean {
    const text = decoder.decode(buffer.bytes.subarray(buffer.start, buffer.end));
    const end = text.indexOf(END_OF_HEAD);
    if (end < 0) return false;
    if (!text.startsWith("HTTP/1.1 101 ")) throw new Error(`The server refuses the feed: ${text.slice(0, end)}`);
    buffer.start += end + END_OF_HEAD.length;
    this.#isOpen = true;
    this.#reader.opened();
    return true;
  }
}

/** Takes the message at the front of the buffer; `null` if it is not complete. */
function takeText(buffer: ByteBuffer): string | null {
  const { bytes, start, end } = buffer;
  if (end - start < 2) return null;
  const [kind, size] = [bytes[start], bytes[start + 1]];
  const begin = start + (size === 126 ? 4 : 2);
  const length = size === 126 ? bytes[start + 2] * 256 + bytes[start + 3] : size;
  if (end < begin + length) return null;
  // A Close frame is the last one. The feed sends no other control frames, and nothing as long as 64 KiB.
  if (kind === CLOSE) return null;
  if (kind !== TEXT || size > 126) throw new Error(`Cannot read a frame of the feed: ${kind}, ${size}`);
  buffer.start = begin + length;
  return decoder.decode(bytes.subarray(begin, begin + length));
}
