import type { ByteBuffer } from "../../internal/byte_buffer.ts";
import { handled, toError } from "../../internal/promises.ts";
import { genLog } from "../../util/log.ts";
import { type BaseIOStream, StreamClosedError, type StreamConsumer } from "../../net/iostream.ts";
import type { HTTPMessageDelegate } from "../_httputil/delegates.ts";
import { HTTPInputError } from "../_httputil/errors.ts";
import type { HTTPHeaders } from "../_httputil/headers.ts";
import type { ResponseStartLine } from "../_httputil/start_lines.ts";
import { BodyReader } from "./body_reader.ts";
import type { Exchange } from "./exchange.ts";
import { UNTIL_CLOSE } from "./framing.ts";
import { ResponseHeadParser } from "./response_head.ts";

/** Learns of a response what the delegate of a message is not told. */
export interface ResponseObserver {
  /** Takes the bytes after the response, and the end of the stream; `null` if no reader does. */
  readonly next: StreamConsumer | null;
  /** An interim response has come, such as 100. */
  interim(startLine: ResponseStartLine, headers: HTTPHeaders): void;
  /** The response is malformed or too large, or the delegate threw; `onConnectionClose` follows. */
  failed(error: Error): void;
  /** The reading has ended; `keepAlive` tells whether the connection can carry another exchange. */
  ended(keepAlive: boolean): void;
}

/** Reads the response to the request of an exchange; resolves with whether the connection can carry another one. */
export function readResponse(exchange: Exchange, delegate: HTTPMessageDelegate): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const failed = (error: Error) => {
    if (error instanceof HTTPInputError) genLog.info("Malformed HTTP message from server: %s", error.message);
    else genLog.error("Uncaught exception", error);
  };
  followResponse(exchange, delegate, { next: null, interim: () => {}, failed, ended: resolve });
  return promise;
}

/**
 * Reads the response to the request of an exchange, and tells the observer when that has ended.
 *
 * @param head A parser that may have been used before, but not for a response that was not complete.
 */
export function followResponse(
  exchange: Exchange,
  delegate: HTTPMessageDelegate,
  observer: ResponseObserver,
  head: ResponseHeadParser = new ResponseHeadParser(),
): void {
  exchange.stream.consume(new ResponseReader(exchange, delegate, observer, head));
}

/**
 * Reads the head of a response and leaves the bytes after it in the stream. Interim responses are skipped.
 *
 * @throws {HTTPInputError} If the head is malformed, or longer than `maxSize` bytes; the stream stays open.
 * @throws {StreamClosedError} If the stream closes before the head is complete.
 */
export function readResponseHead(stream: BaseIOStream, maxSize: number): Promise<ResponseHeadParser> {
  const { promise, resolve, reject } = Promise.withResolvers<ResponseHeadParser>();
  const head = new ResponseHeadParser();
  stream.consume({
    onData(buffer: ByteBuffer): void {
      try {
        while (head.parse(buffer.bytes, buffer.start, buffer.end, maxSize)) {
          buffer.start += head.length;
          if (head.skipInterim()) continue;
          stream.consume(null);
          return resolve(head);
        }
      } catch (error) {
        stream.consume(null);
        reject(error);
      }
    },
    onEnd: (error: Error | null): void => reject(new StreamClosedError(error)),
  });
  return handled(promise);
}

class ResponseReader implements StreamConsumer {
  readonly #exchange: Exchange;
  readonly #delegate: HTTPMessageDelegate;
  readonly #observer: ResponseObserver;
  readonly #head: ResponseHeadParser;
  #body: BodyReader | null = null;
  #held = false;
  #keepAlive = false;
  #done = false;

  constructor(
    exchange: Exchange,
    delegate: HTTPMessageDelegate,
    observer: ResponseObserver,
    head: ResponseHeadParser,
  ) {
    this.#exchange = exchange;
    this.#delegate = delegate;
    this.#observer = observer;
    this.#head = head;
  }

  onData(buffer: ByteBuffer): void {
    try {
      while (!this.#done && !this.#held) {
        if (this.#body === null) {
          if (!this.#parseHead(buffer)) return;
        } else if (this.#body.done) {
          return this.#finish();
        } else if (buffer.length === 0) {
          return;
        } else {
          const held = this.#body.feed(buffer);
          if (held !== undefined) this.#hold(held);
        }
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  onEnd(error: Error | null): void {
    // Who holds the bytes back still gets those that have come.
    if (this.#done || this.#held) return;
    // A reset ends no body (RFC 9112, 8).
    if (error === null && this.#body?.end()) return this.#finish();
    this.#lose();
  }

  /** Parses a head; returns false if more bytes are needed. */
  #parseHead(buffer: ByteBuffer): boolean {
    const exchange = this.#exchange;
    const { params } = exchange;
    const head = this.#head;
    if (!head.parse(buffer.bytes, buffer.start, buffer.end, params.maxHeaderSize)) return false;
    buffer.start += head.length;
    const { startLine } = head;
    if (head.skipInterim()) {
      this.#observer.interim(startLine, head.headers());
      return true;
    }
    const length = head.bodyLength(exchange.isHead);
    this.#keepAlive = length !== UNTIL_CLOSE && !params.noKeepAlive && head.keepAlive;
    const held = this.#delegate.headersReceived(startLine, head.headers());
    this.#body = new BodyReader(this.#delegate, length, exchange.maxBodySize, params);
    head.restart();
    if (held !== undefined) this.#hold(held);
    return true;
  }

  #hold(held: Promise<void>): void {
    this.#held = true;
    this.#exchange.stream.pause();
    held.then(() => {
      this.#held = false;
      const { stream } = this.#exchange;
      if (this.#body?.done) this.#finish();
      else if (stream.closed()) stream.consume(this);
      else stream.resume();
    }).catch((error) => this.#fail(error));
  }

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    const { stream } = this.#exchange;
    if (!stream.closed()) stream.consume(this.#observer.next);
    try {
      this.#delegate.finish();
    } catch (error) {
      genLog.error("Uncaught exception", toError(error));
      stream.close();
    }
    this.#observer.ended(this.#keepAlive && !stream.closed());
    // The observer may have dropped the rest of a request, which a close would still send.
    if (!this.#keepAlive) stream.close();
  }

  #fail(error: unknown): void {
    if (this.#done) return;
    this.#observer.failed(toError(error));
    this.#done = true;
    this.#exchange.stream.close(error instanceof Error ? error : null);
    this.#lose();
  }

  /** Tells the delegate that the response is not complete. */
  #lose(): void {
    this.#done = true;
    try {
      this.#delegate.onConnectionClose();
    } catch (error) {
      genLog.error("Uncaught exception", toError(error));
    }
    this.#observer.ended(false);
  }
}
