/**
 * A client that speaks raw bytes to a port, for what no well-behaved client sends.
 *
 * @module
 */
import { IOStream } from "../../src/net/iostream.ts";
import { RawConnection } from "../../src/testing/raw_connection.ts";

/** One connection; close it with `using`. */
export class RawClient extends RawConnection {
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
}
