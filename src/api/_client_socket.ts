import { jsonText } from "../internal/json_text.ts";

/**
 * Returns the JSON of a value that a typed client sends.
 *
 * @throws {TypeError} If the value, or a part of it, has no JSON form.
 */
export function jsonToSend(value: unknown): string {
  const text = jsonText(value);
  if (text === undefined) throw new TypeError(`Cannot send a value of type ${typeof value}: it has no JSON form`);
  return text;
}

/**
 * A WebSocket of a typed client: messages of declared types, which are JSON in text. Reading from it in a loop ends
 * when it closes; leaving the loop closes it.
 */
export class ClientSocket<Sent, Received> implements Disposable {
  /** Resolves when the WebSocket is open; rejects if it closes before. */
  readonly opened: Promise<void>;
  /** Resolves with the code and the reason when the WebSocket has closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #socket: WebSocket;
  readonly #received: unknown[] = [];
  /** Those who wait for a message or the end; several loops may. */
  #change: PromiseWithResolvers<void> | null = null;
  #isClosed = false;
  #failure: Error | null = null;

  /** Takes a WebSocket that is about to open. */
  constructor(socket: WebSocket) {
    this.#socket = socket;
    const opened = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<{ code: number; reason: string }>();
    this.opened = opened.promise;
    this.closed = closed.promise;
    // Those who only read learn of the end from the loop.
    opened.promise.catch(() => {});
    socket.onopen = () => opened.resolve();
    socket.onmessage = ({ data }) => {
      try {
        this.#received.push(JSON.parse(data));
      } catch (cause) {
        this.#failure = new TypeError("Cannot read a message of the WebSocket: it is not JSON", { cause });
        socket.close();
      }
      this.#wake();
    };
    socket.onclose = ({ code, reason }) => {
      this.#isClosed = true;
      opened.reject(new Error(`The WebSocket to ${socket.url} closed with ${code} before it opened`));
      closed.resolve({ code, reason });
      this.#wake();
    };
  }

  /**
   * Sends a message, after those that wait for the WebSocket to open. It does nothing once that has closed.
   *
   * @throws {TypeError} If the message, or a part of it, has no JSON form, as a Map has none.
   */
  send(message: Sent): void {
    const text = jsonToSend(message);
    if (this.#socket.readyState !== WebSocket.CONNECTING) this.#socket.send(text);
    else this.opened.then(() => this.#socket.send(text), () => {});
  }

  /** Closes the WebSocket. */
  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  /** Closes the WebSocket, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Iterates over the messages of the server.
   *
   * @throws {TypeError} In the loop, if a message is not JSON.
   */
  [Symbol.asyncIterator](): AsyncIterator<Received>;
  async *[Symbol.asyncIterator](): AsyncIterator<unknown> {
    try {
      while (true) {
        if (this.#received.length > 0) yield this.#received.shift();
        else if (this.#failure !== null) throw this.#failure;
        else if (this.#isClosed) return;
        else await (this.#change ??= Promise.withResolvers()).promise;
      }
    } finally {
      this.close();
    }
  }

  #wake(): void {
    this.#change?.resolve();
    this.#change = null;
  }
}
