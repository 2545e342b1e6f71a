import type { ByteBuffer } from "../../internal/byte_buffer.ts";
import type { StreamConsumer } from "../../net/iostream.ts";
import type { HTTPMessageDelegate } from "../_httputil/delegates.ts";
import { HTTPInputError } from "../_httputil/errors.ts";
import {
  beginExchange,
  exchangeClosed,
  feedExchange,
  type HTTP1Connection,
  messageReaders,
  wantsBody,
} from "./connection.ts";
import { errorResponse } from "./error_response.ts";
import type { ExchangeDriver } from "./exchange_driver.ts";
import { RequestHeadParser } from "./request_head.ts";

/** Reads a single request for an {@linkcode HTTP1Connection} that is used without a server, without time-outs. */
class RequestReader implements ExchangeDriver, StreamConsumer {
  readonly #exchange: HTTP1Connection;
  readonly #delegate: HTTPMessageDelegate;
  readonly #resolve: (keepAlive: boolean) => void;
  readonly #parser = new RequestHeadParser();
  #begun = false;

  constructor(exchange: HTTP1Connection, delegate: HTTPMessageDelegate, resolve: (keepAlive: boolean) => void) {
    this.#exchange = exchange;
    this.#delegate = delegate;
    this.#resolve = resolve;
  }

  onData(buffer: ByteBuffer): void {
    const { stream, params } = this.#exchange;
    if (!this.#begun) {
      try {
        if (!this.#parser.parse(buffer.bytes, buffer.start, buffer.end, params.maxHeaderSize)) return;
      } catch (error) {
        if (!(error instanceof HTTPInputError)) throw error;
        stream.send(errorResponse(error.statusCode));
        this.#delegate.onConnectionClose();
        return this.failed(error);
      }
      this.#begun = true;
      buffer.start += this.#parser.length;
      beginExchange(this.#exchange, this, this.#delegate, this.#parser);
    }
    while (wantsBody(this.#exchange) && buffer.length > 0) feedExchange(this.#exchange, buffer);
    if (!wantsBody(this.#exchange)) stream.pause();
  }

  onEnd(): void {
    if (this.#begun) exchangeClosed(this.#exchange);
    else this.#delegate.onConnectionClose();
    this.#resolve(false);
  }

  wanted(): void {
    this.#exchange.stream.resume();
  }

  wrote(): void {}

  finished(keepAlive: boolean): void {
    this.#exchange.stream.consume(null);
    if (!keepAlive) this.#exchange.stream.closeWhenWritten();
    this.#resolve(keepAlive);
  }

  failed(_error: HTTPInputError | null): void {
    this.#exchange.stream.consume(null);
    this.#exchange.stream.closeWhenWritten();
    this.#resolve(false);
  }

  detached(): void {
    this.#exchange.stream.consume(null);
    this.#resolve(false);
  }
}

messageReaders.request = (exchange, delegate) => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  exchange.stream.consume(new RequestReader(exchange, delegate, resolve));
  return promise;
};
