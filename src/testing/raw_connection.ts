import type { Bytes } from "../internal/bytes.ts";
import { latin1Bytes, latin1Text } from "../internal/utf8.ts";
import type { IOStream } from "../net/iostream.ts";

/**
 * A connection on which a test sends and reads bytes, for what no well-behaved client does.
 *
 * Texts are latin1: each character is one byte.
 *
 * @example
 * ```ts
 * import { TestClient } from "@twister/twister/testing";
 * import { Application } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * await using client = new TestClient(new Application());
 * using connection = await client.connect();
 * await connection.send("GET / HTTP/1.1\r\n");
 * await connection.send("Host: a\r\n\r\n");
 * const { head } = await connection.response();
 * assertEquals(head.split("\r\n")[0], "HTTP/1.1 404 Not Found");
 * ```
 */
export class RawConnection implements Disposable {
  /** The stream under the connection. */
  readonly stream: IOStream;

  /** Takes over a stream that is connected to a server. */
  constructor(stream: IOStream) {
    this.stream = stream;
  }

  /**
   * Sends a text or bytes.
   *
   * @throws {StreamClosedError} If the connection is closed.
   */
  async send(data: string | Bytes): Promise<void> {
    await this.stream.write(typeof data === "string" ? latin1Bytes(data) : data);
  }

  /** Ends the direction to the server: nothing more will be sent. */
  async end(): Promise<void> {
    await this.stream.closeWrite();
  }

  /**
   * Reads up to and including a text.
   *
   * @throws {StreamClosedError} If the server closes before.
   */
  async until(text: string): Promise<string> {
    return latin1Text(await this.stream.readUntil(latin1Bytes(text)));
  }

  /**
   * Reads so many bytes.
   *
   * @throws {StreamClosedError} If the server closes before.
   */
  async bytes(count: number): Promise<string> {
    return latin1Text(await this.stream.readBytes(count));
  }

  /**
   * Reads a response that has a Content-Length, or none and no body.
   *
   * @throws {StreamClosedError} If the server closes before its end.
   */
  async response(): Promise<{ head: string; body: string }> {
    const head = await this.until("\r\n\r\n");
    const length = /^content-length: (\d+)/im.exec(head);
    return { head, body: length === null ? "" : await this.bytes(Number(length[1])) };
  }

  /** Reads everything until the server closes; a reset counts as a close. */
  async rest(): Promise<string> {
    return latin1Text(await this.stream.readUntilClose());
  }

  /** Closes the connection. */
  close(): void {
    this.stream.close();
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.close();
  }
}
