/**
 * One connection of a client that says all it has to say, and listens.
 *
 * @module
 */
import { latin1Bytes, latin1Text } from "../../../src/internal/utf8.ts";
import { IOStream, StreamClosedError } from "../../../src/net/iostream.ts";

/** Milliseconds after which a front that still waits for bytes of a row is left: it has not taken it for complete. */
const PATIENCE = 2000;

/**
 * Sends a text and returns all that comes until the front closes or has nothing more to say.
 *
 * @param patience Milliseconds after which a front is left that waits for more.
 */
export async function exchange(port: number, text: string, patience: number = PATIENCE): Promise<string> {
  const stream = await IOStream.connect({ hostname: "127.0.0.1", port });
  const timer = setTimeout(() => stream.close(), patience);
  try {
    stream.send(latin1Bytes(text));
    return latin1Text(await stream.readUntilClose());
  } catch (error) {
    if (!(error instanceof StreamClosedError)) throw error;
    return "";
  } finally {
    clearTimeout(timer);
    stream.close();
  }
}
