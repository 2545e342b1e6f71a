import type { ByteBuffer } from "../../internal/byte_buffer.ts";
import type { StreamConsumer } from "../../net/iostream.ts";
import type { HTTPMessageDelegate } from "../_httputil/delegates.ts";
import { HTTPInputError } from "../_httputil/errors.ts";
import type { Exchange, ExchangeDriver } from "./exchange.ts";
import { errorResponse } from "./message_head.ts";
import { RequestHeadParser } from "./request_head.ts";

/** Reads one request without a server or time-outs; resolves with whether the connection can carry another one. */
export function readRequest(exchange: Exchange, delegate: HTTPMessageDelegate): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  exchange.stream.consume(new RequestReader(exchange, delegate, resolve));
  return promise;
}

class RequestReader implements ExchangeDriver, StreamConsumer {
  readonly ending = false;
  readonly #exchange: Exchange;
  readonly #delegate: HTTPMessageDelegate;
  readonly #resolve: (keepAlive: boolean) => void;
  readonly #parser = new RequestHeadParser();
  #begun = false;

  constructor(exchange: Exchange, delegate: HTTPMessageDelegate, resolve: (keepAlive: boolean) => void) {
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
      this.#exchange.begin(this, this.#delegate, this.#parser);
    }
    while (this.#exchange.wantsBody && buffer.length > 0) this.#exchange.feed(buffer);
    if (!this.#exchange.wantsBody) stream.pause();
  }

  onEnd(): void {
    if (this.#begun) this.#exchange.streamClosed();
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
