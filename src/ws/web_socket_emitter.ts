import type { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { ClientRequest, IncomingMessage } from "node:http";
import { addListener, getProperty, removeListener, setProperty } from "./_event_target.ts";
import type { AddEventListenerOptions, EventListener, WebSocketEventMap } from "./events.ts";
import type { RawData } from "./options.ts";

/** The events of a {@linkcode WebSocket} with their arguments. */
export interface WebSocketEvents {
  /** The handshake is done; of a client. */
  open: [];
  /** A message has come: a `Buffer` also for text, unless `binaryType` says otherwise. */
  message: [data: RawData, isBinary: boolean];
  /** The connection is closed: 1005 if the peer gave no code, 1006 if it did not close. */
  close: [code: number, reason: Buffer];
  /** The connection has failed; `close` follows. */
  error: [error: Error];
  /** A ping has come, and is answered unless `autoPong` is off. */
  ping: [data: Buffer];
  /** A pong has come. */
  pong: [data: Buffer];
  /** The server has accepted the handshake. */
  upgrade: [response: IncomingMessage];
  /** The server has answered with something else; without a listener that is an error. */
  "unexpected-response": [request: ClientRequest, response: IncomingMessage];
  /** A redirect is followed. */
  redirect: [url: string, request: ClientRequest];
}

/**
 * The part of a `WebSocket` that it has in common with a page's: `addEventListener`, and the `on` properties.
 *
 * @typeParam Self What events have as their target.
 */
export abstract class WebSocketEmitter<Self extends object> extends EventEmitter<WebSocketEvents> {
  /** Whether both sides have sent a Close frame: `wasClean` of the event. */
  abstract readonly closedCleanly: boolean;

  /** The listener for `open` that was set here. */
  get onopen(): ((event: WebSocketEventMap<Self>["open"]) => void) | null {
    return getProperty(this, "open");
  }

  set onopen(listener: ((event: WebSocketEventMap<Self>["open"]) => void) | null) {
    setProperty(this, "open", listener);
  }

  /** The listener for `message` that was set here. */
  get onmessage(): ((event: WebSocketEventMap<Self>["message"]) => void) | null {
    return getProperty(this, "message");
  }

  set onmessage(listener: ((event: WebSocketEventMap<Self>["message"]) => void) | null) {
    setProperty(this, "message", listener);
  }

  /** The listener for `close` that was set here. */
  get onclose(): ((event: WebSocketEventMap<Self>["close"]) => void) | null {
    return getProperty(this, "close");
  }

  set onclose(listener: ((event: WebSocketEventMap<Self>["close"]) => void) | null) {
    setProperty(this, "close", listener);
  }

  /** The listener for `error` that was set here. */
  get onerror(): ((event: WebSocketEventMap<Self>["error"]) => void) | null {
    return getProperty(this, "error");
  }

  set onerror(listener: ((event: WebSocketEventMap<Self>["error"]) => void) | null) {
    setProperty(this, "error", listener);
  }

  /** Adds a listener for `open`, `message`, `close` or `error` in the manner of a page; for other names it does nothing. */
  addEventListener<Name extends keyof WebSocketEventMap>(
    type: Name,
    listener: EventListener<WebSocketEventMap<Self>[Name]>,
    options: AddEventListenerOptions = {},
  ): void {
    addListener(this, type, listener, options, false);
  }

  /** Removes what {@linkcode addEventListener} added. */
  removeEventListener<Name extends keyof WebSocketEventMap>(
    type: Name,
    listener: EventListener<WebSocketEventMap<Self>[Name]>,
  ): void {
    removeListener(this, type, listener);
  }
}
