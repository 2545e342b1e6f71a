/**
 * One connection of a client that says all it has to say, and listens.
 *
 * @module
 */
import { nextTurn } from "../../../src/internal/clock.ts";
import { latin1Bytes, latin1Text } from "../../../src/internal/utf8.ts";
import { IOStream, StreamClosedError } from "../../../src/net/iostream.ts";

/** Milliseconds after which a front that still waits for bytes of a row is left: it has not taken it for complete. */
const PATIENCE = 2000;

/**
 * Sends a text and returns all that comes until the front closes or has nothing more to say.
 *
 * @param options `patience`: milliseconds after which a front is left that waits for more; `piece`: the bytes that are
 * sent at a time.
 */
export async function exchange(
  port: number,
  text: string,
  { patience = PATIENCE, piece = Infinity }: { patience?: number; piece?: number } = {},
): Promise<string> {
  const stream = await IOStream.connect({ hostname: "127.0.0.1", port });
  const timer = setTimeout(() => stream.close(), patience);
  try {
    stream.setNodelay(true);
    if (piece === Infinity) stream.send(latin1Bytes(text));
    for (let at = 0; piece < Infinity && at < text.length; at += piece) {
      await stream.write(latin1Bytes(text.slice(at, at + piece)));
      await nextTurn();
    }
    return latin1Text(await stream.readUntilClose());
  } catch (error) {
    if (!(error instanceof StreamClosedError)) throw error;
    return "";
  } finally {
    clearTimeout(timer);
    stream.close();
  }
}
