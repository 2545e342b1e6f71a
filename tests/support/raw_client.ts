/**
 * A client that speaks raw bytes to a server, for what no well-behaved client sends.
 *
 * @module
 */
import { IOStream } from "../../src/net/iostream.ts";
import { latin1, latin1Bytes } from "./bytes.ts";

/** One connection; close it with `using`. */
export class RawClient implements Disposable {
  readonly #stream: IOStream;

  private constructor(stream: IOStream) {
    this.#stream = stream;
  }

  /** Connects to a port of this machine. */
  static async connect(port: number): Promise<RawClient> {
    return new RawClient(await IOStream.connect({ hostname: "127.0.0.1", port }));
  }

  /** Connects, sends, and returns everything until the server closes. */
  static async exchange(port: number, text: string): Promise<string> {
    using client = await RawClient.connect(port);
    await client.send(text);
    return await client.rest();
  }

  /** Sends a latin1 text. */
  async send(text: string): Promise<void> {
    await this.#stream.write(latin1Bytes(text));
  }

  /** Says that nothing more will be sent. */
  async end(): Promise<void> {
    await this.#stream.closeWrite();
  }

  /** Reads up to and including a text, as latin1. */
  async until(text: string): Promise<string> {
    return latin1(await this.#stream.readUntil(new TextEncoder().encode(text)));
  }

  /** Reads so many bytes, as latin1. */
  async bytes(count: number): Promise<string> {
    return latin1(await this.#stream.readBytes(count));
  }

  /** Reads a response that has a Content-Length, or none and no body. */
  async response(): Promise<{ head: string; body: string }> {
    const head = await this.until("\r\n\r\n");
    const length = /^content-length: (\d+)/im.exec(head);
    return { head, body: length === null ? "" : await this.bytes(Number(length[1])) };
  }

  /** Reads everything until the server closes, as latin1; a reset counts as a close. */
  async rest(): Promise<string> {
    return latin1(await this.#stream.readUntilClose());
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.#stream.close();
  }
}
