import type { ByteBuffer } from "../../internal/byte_buffer.ts";
import { toError } from "../../internal/promises.ts";
import { genLog } from "../../util/log.ts";
import type { StreamConsumer } from "../../net/iostream.ts";
import type { HTTPMessageDelegate } from "../_httputil/delegates.ts";
import { HTTPInputError } from "../_httputil/errors.ts";
import { HTTPHeaders } from "../_httputil/headers.ts";
import { parseResponseStartLine } from "../_httputil/start_lines.ts";
import { BodyReader, CHUNKED, UNTIL_CLOSE } from "./body_reader.ts";
import { type HTTP1Connection, messageReaders, requestWasHead } from "./connection.ts";
import { isTransferEncodingChunked, parseContentLength } from "./header_framing.ts";
import { isBodyless, listHas } from "./message_head.ts";

const END_OF_HEAD = new Uint8Array([13, 10, 13, 10]);

/** Reads the response to the request that an {@linkcode HTTP1Connection} has written. */
class ReplyReader implements StreamConsumer {
  readonly #exchange: HTTP1Connection;
  readonly #delegate: HTTPMessageDelegate;
  readonly #resolve: (keepAlive: boolean) => void;
  #body: BodyReader | null = null;
  #searched = 0;
  #held = false;
  #keepAlive = false;
  #done = false;

  constructor(exchange: HTTP1Connection, delegate: HTTPMessageDelegate, resolve: (keepAlive: boolean) => void) {
    this.#exchange = exchange;
    this.#delegate = delegate;
    this.#resolve = resolve;
  }

  onData(buffer: ByteBuffer): void {
    try {
      while (!this.#done && !this.#held) {
        if (this.#body === null) {
          if (!this.#head(buffer)) return;
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
  #head(buffer: ByteBuffer): boolean {
    const { params, stream } = this.#exchange;
    const at = buffer.indexOf(END_OF_HEAD, this.#searched);
    if ((at < 0 ? buffer.length : at) > params.maxHeaderSize) throw new HTTPInputError("Response header too large");
    if (at < 0) {
      this.#searched = Math.max(0, buffer.length - 3);
      return false;
    }
    this.#searched = 0;
    const text = buffer.takeLatin1(at + 4);
    const lineEnd = text.indexOf("\r\n");
    const startLine = parseResponseStartLine(text.slice(0, lineEnd));
    const headers = HTTPHeaders.parse(text.slice(lineEnd + 2, -2));
    const { code } = startLine;
    // Interim responses announce the final one (RFC 9110, 15.2); a switch of protocols is final.
    if (code >= 100 && code < 200 && code !== 101) return true;
    let length = UNTIL_CLOSE;
    if (requestWasHead(this.#exchange) || isBodyless(code)) {
      length = 0;
    } else if (isTransferEncodingChunked(headers)) {
      length = CHUNKED;
    } else if (headers.has("Content-Length")) {
      length = parseContentLength(headers);
    }
    const connection = headers.get("Connection");
    this.#keepAlive = length !== UNTIL_CLOSE && !params.noKeepAlive &&
      (startLine.version === "HTTP/1.0" ? listHas(connection, "keep-alive") : !listHas(connection, "close"));
    const held = this.#delegate.headersReceived(startLine, headers);
    this.#body = new BodyReader(
      this.#delegate,
      length,
      params.maxBodySize ?? stream.maxBufferSize,
      params.maxHeaderSize,
    );
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
    if (!stream.closed()) stream.consume(null);
    if (!this.#keepAlive) stream.close();
    try {
      this.#delegate.finish();
    } catch (error) {
      genLog.error("Uncaught exception", toError(error));
      stream.close();
    }
    this.#resolve(this.#keepAlive && !stream.closed());
  }

  #fail(error: unknown): void {
    if (this.#done) return;
    if (error instanceof HTTPInputError) genLog.info("Malformed HTTP message from server: %s", error.message);
    else genLog.error("Uncaught exception", toError(error));
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
    this.#resolve(false);
  }
}

messageReaders.reply = (exchange, delegate) => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  exchange.stream.consume(new ReplyReader(exchange, delegate, resolve));
  return promise;
};
