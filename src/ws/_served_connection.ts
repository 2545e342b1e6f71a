import type { UpgradedConnection, UpgradedConnections } from "../http/httputil.ts";
import { currentClock, TimerEntry } from "../internal/clock.ts";
import type { WebSocket } from "./web_socket.ts";

/** The server goes down (RFC 6455, section 7.4.1). */
const GOING_AWAY = 1001;
/** The part of the time for draining in which the Close frames are sent, so that not all clients come back in the same moment. */
const SPREAD = 0.5;

/** A WebSocket on a connection of a server of Twister, which ends with it. */
export class ServedConnection implements UpgradedConnection {
  readonly #websocket: WebSocket;
  #timer: TimerEntry | null = null;

  /** Adds the WebSocket to the others of its server until it is closed. */
  constructor(websocket: WebSocket, others: UpgradedConnections) {
    this.#websocket = websocket;
    others.add(this);
    websocket.on("close", () => {
      this.#timer?.cancel();
      others.delete(this);
    });
  }

  /** Sends a Close frame within the time. */
  drain(seconds: number): void {
    this.#timer ??= new TimerEntry(currentClock().wheel, () => this.#websocket.close(GOING_AWAY));
    this.#timer.start(Math.random() * seconds * SPREAD);
  }

  /** Drops the connection. */
  abort(): void {
    this.#websocket.terminate();
  }
}
