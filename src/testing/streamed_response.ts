import type { HTTPHeaders } from "../http/httputil.ts";
import type { Bytes } from "../internal/bytes.ts";
import type { Incoming } from "./_incoming.ts";

/**
 * A response whose head has come, and whose body a test reads piece by piece; `TestClient.stream` returns it.
 *
 * While the test reads nothing, 64 KiB are read ahead; then the server feels a client that is slow.
 *
 * @example
 * ```ts
 * import { TestClient } from "@twister/twister/testing";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Endless extends RequestHandler {
 *   override async get(): Promise<void> {
 *     for (;;) {
 *       this.write("x".repeat(1000));
 *       await this.flush();
 *     }
 *   }
 * }
 * await using client = new TestClient(new Application([["/", Endless]]));
 * using response = await client.stream("/");
 * let received = 0;
 * for await (const piece of response) {
 *   received += piece.length;
 *   if (received > 5000) break;
 * }
 * assertEquals(response.code, 200);
 * ```
 */
export class StreamedResponse implements Disposable {
  readonly #incoming: Incoming;

  /** Takes over a response; tests get one from `TestClient.stream`. */
  constructor(incoming: Incoming) {
    this.#incoming = incoming;
  }

  /** The status. */
  get code(): number {
    return this.#incoming.code;
  }

  /** The reason phrase. */
  get reason(): string {
    return this.#incoming.reason;
  }

  /** The headers. */
  get headers(): HTTPHeaders {
    return this.#incoming.headers;
  }

  /**
   * Yields the pieces of the body as they come. Leaving the loop early closes the connection.
   *
   * @throws {HTTPClientError} If the connection ends before the body.
   */
  [Symbol.asyncIterator](): AsyncIterator<Bytes, void, void> {
    return this.#incoming.pieces[Symbol.asyncIterator]();
  }

  /** Goes away: the server learns that the client is gone, unless the body has come whole. */
  close(): void {
    this.#incoming.close();
  }

  /** Does the same as {@linkcode StreamedResponse.close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}
