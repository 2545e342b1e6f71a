/**
 * An event for the listeners of `addEventListener` and the `on` properties, as the `Event` of `ws`.
 *
 * The events of a page have the same names and fields, but no target can be set for them.
 */
export class Event<Target extends object = object> {
  /** The WebSocket. */
  readonly target: Target;
  /** `"open"`, `"message"`, `"close"` or `"error"`. */
  readonly type: string;

  /** Creates an event. */
  constructor(type: string, target: Target) {
    this.type = type;
    this.target = target;
  }
}

/** Reports a message. */
export class MessageEvent<Target extends object = object> extends Event<Target> {
  /** A string, or binary data as `binaryType` says. */
  readonly data: unknown;

  /** Creates an event. */
  constructor(target: Target, data: unknown) {
    super("message", target);
    this.data = data;
  }
}

/** Reports the end of the connection. */
export class CloseEvent<Target extends object = object> extends Event<Target> {
  /** The code that the peer closed with: 1005 if it gave no code, 1006 if it did not close. */
  readonly code: number;
  /** Its reason. */
  readonly reason: string;
  /** `true` if both sides have sent a Close frame. */
  readonly wasClean: boolean;

  /** Creates an event. */
  constructor(target: Target, code: number, reason: string, wasClean: boolean) {
    super("close", target);
    this.code = code;
    this.reason = reason;
    this.wasClean = wasClean;
  }
}

/** Reports a failure of the connection. */
export class ErrorEvent<Target extends object = object> extends Event<Target> {
  /** The error. */
  readonly error: Error;
  /** Its message. */
  readonly message: string;

  /** Creates an event. */
  constructor(target: Target, error: Error) {
    super("error", target);
    this.error = error;
    this.message = error.message;
  }
}

/** The events of `addEventListener` by name. */
export interface WebSocketEventMap<Target extends object = object> {
  /** The end of the handshake. */
  open: Event<Target>;
  /** Reports a message. */
  message: MessageEvent<Target>;
  /** Reports the end of the connection. */
  close: CloseEvent<Target>;
  /** Reports a failure of the connection. */
  error: ErrorEvent<Target>;
}

/** A function, or an object with a method. */
export type EventListener<E> = ((event: E) => void) | { handleEvent(event: E): void };

/** Options of `addEventListener`. */
export interface AddEventListenerOptions {
  /**
   * `true` to call the listener only once.
   *
   * @default {false}
   */
  once?: boolean;
}
