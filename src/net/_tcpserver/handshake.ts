import { currentClock, WheelTimer } from "../../internal/clock.ts";
import { genLog } from "../../util/log.ts";
import { closeQuietly } from "../_netutil/accept_handler.ts";
import type { Place } from "./served_stream.ts";

/** Receives a handshake at its end, and whether it is complete; if it is not, the connection is closed. */
export type HandshakeEnd = (handshake: Handshake, isComplete: boolean) => void;

/**
 * The TLS handshake of an accepted connection. If it fails or takes longer than it may, logs one line and closes the
 * connection.
 *
 * Deno finishes handshakes in the background before it releases a socket, so the descriptor of a stalled one stays open
 * until the client sends something or leaves.
 */
export class Handshake extends WheelTimer {
  readonly connection: Deno.TlsConn;
  readonly address: Deno.Addr;
  /** The place of the connection among those of the server. */
  readonly place: Place;
  #late = false;

  constructor(connection: Deno.TlsConn, address: Deno.Addr, place: Place) {
    super(currentClock().wheel);
    this.connection = connection;
    this.address = address;
    this.place = place;
  }

  /** Begins; `onEnd` is called once, in a later turn. */
  begin(seconds: number, onEnd: HandshakeEnd): void {
    this.start(seconds);
    // Not an async function, whose promises take some microseconds of each connection.
    this.connection.handshake().then(() => {
      this.cancel();
      onEnd(this, true);
    }, (error) => {
      this.cancel();
      if (this.#late) genLog.warning("SSL handshake with %s timed out after %s s", format(this.address), seconds);
      else logFailure(format(this.address), error);
      this.close();
      onEnd(this, false);
    });
  }

  /** Closes the connection, which ends the handshake. */
  close(): void {
    closeQuietly(this.connection);
  }

  override onTimeout(): void {
    this.#late = true;
    this.close();
  }
}

function format(address: Deno.Addr): string {
  return "hostname" in address ? `${address.hostname} port ${address.port}` : "a Unix socket";
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
