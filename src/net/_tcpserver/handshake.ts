import { currentClock, TimerEntry } from "../../internal/clock.ts";
import { genLog } from "../../util/log.ts";
import { closeQuietly } from "../_netutil/accept_handler.ts";

/**
 * Completes the TLS handshake of an accepted connection. If it fails or takes longer than `seconds`, logs one line,
 * closes the connection and resolves with `false`.
 *
 * Deno finishes handshakes in the background before it releases a socket, so the descriptor of a stalled one stays open
 * until the client sends something or leaves.
 */
export async function completeHandshake(connection: Deno.TlsConn, peer: string, seconds: number): Promise<boolean> {
  let late = false;
  const timer = new TimerEntry(currentClock().wheel, () => {
    late = true;
    closeQuietly(connection);
  });
  timer.start(seconds);
  try {
    await connection.handshake();
    return true;
  } catch (error) {
    if (late) genLog.warning("SSL handshake with %s timed out after %s s", peer, seconds);
    else logFailure(peer, error);
    closeQuietly(connection);
    return false;
  } finally {
    timer.cancel();
  }
}

function logFailure(peer: string, error: unknown): void {
  // Port scanners and the health checks of load balancers connect and go away: not worth a warning each.
  const level = isDisconnect(error) ? "info" : "warning";
  genLog[level]("SSL Error on %s: %s", peer, error);
}

function isDisconnect(error: unknown): boolean {
  return error instanceof Deno.errors.UnexpectedEof || error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.Interrupted;
}
