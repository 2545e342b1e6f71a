import { HTTP1Connection } from "../http/http1connection.ts";
import { RequestStartLine } from "../http/httputil.ts";
import { type IOStream, StreamClosedError } from "../net/iostream.ts";
import { type Incoming, ReceivedResponse } from "./_incoming.ts";
import type { Outgoing } from "./_outgoing.ts";

/** A request that was sent. */
export interface Exchange {
  /** Resolves with the response when its head has come. */
  readonly head: Promise<Incoming>;
  /** Resolves at the end of the response: with `true` if the connection can carry another request. */
  readonly keepsAlive: Promise<boolean>;
}

/** Sends a request on a connection; `signal` gives up before the head of the response has come. */
export function exchange(stream: IOStream, request: Outgoing, signal: AbortSignal): Exchange {
  const response = new ReceivedResponse(() => stream.close());
  const connection = new HTTP1Connection(stream, true);
  const keepsAlive = connection.readResponse(response);
  write(connection, request).catch((error) => {
    // The reader learns of a connection that has closed, and may have a response by then.
    if (error instanceof StreamClosedError) return;
    response.fail(error);
    stream.close();
  });
  const giveUp = () => response.close();
  signal.addEventListener("abort", giveUp, { once: true });
  return { head: response.head.finally(() => signal.removeEventListener("abort", giveUp)), keepsAlive };
}

/** Writes a request. */
async function write(connection: HTTP1Connection, { method, target, headers, body }: Outgoing): Promise<void> {
  const startLine = new RequestStartLine(method, target, "HTTP/1.1");
  if (body === null || body instanceof Uint8Array) {
    const written = connection.writeHeaders(startLine, headers, body ?? undefined);
    connection.finish();
    return await written;
  }
  await connection.writeHeaders(startLine, headers);
  for await (const piece of body) await connection.write(piece);
  connection.finish();
}
