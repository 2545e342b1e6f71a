/**
 * What the listeners of `addEventListener` and the `on` properties get, as the `Event` of `ws`.
 *
 * The events of a page have the same names and fields, but those cannot be given a target.
 */
export class Event<Target extends object = object> {
  /** The WebSocket. */
  readonly target: Target;
  /** `"open"`, `"message"`, `"close"` or `"error"`. */
  readonly type: string;

  /** Makes an event. */
  constructor(type: string, target: Target) {
    this.type = type;
    this.target = target;
  }
}

/** A message has come. */
export class MessageEvent<Target extends object = object> extends Event<Target> {
  /** A string, or binary data as `binaryType` says. */
  readonly data: unknown;

  /** Makes an event. */
  constructor(target: Target, data: unknown) {
    super("message", target);
    this.data = data;
  }
}

/** The connection is closed. */
export class CloseEvent<Target extends object = object> extends Event<Target> {
  /** The code that the peer closed with: 1005 if it gave none, 1006 if it did not close. */
  readonly code: number;
  /** Its reason. */
  readonly reason: string;
  /** Whether both sides have sent a Close frame. */
  readonly wasClean: boolean;

  /** Makes an event. */
  constructor(target: Target, code: number, reason: string, wasClean: boolean) {
    super("close", target);
    this.code = code;
    this.reason = reason;
    this.wasClean = wasClean;
  }
}

/** The connection has failed. */
export class ErrorEvent<Target extends object = object> extends Event<Target> {
  /** Why. */
  readonly error: Error;
  /** Its message. */
  readonly message: string;

  /** Makes an event. */
  constructor(target: Target, error: Error) {
    super("error", target);
    this.error = error;
    this.message = error.message;
  }
}

/** The events of `addEventListener` by name. */
export interface WebSocketEventMap<Target extends object = object> {
  /** The handshake is done. */
  open: Event<Target>;
  /** A message has come. */
  message: MessageEvent<Target>;
  /** The connection is closed. */
  close: CloseEvent<Target>;
  /** The connection has failed. */
  error: ErrorEvent<Target>;
}

/** A function, or an object with a method. */
export type EventListener<E> = ((event: E) => void) | { handleEvent(event: E): void };

/** Options of `addEventListener`. */
export interface AddEventListenerOptions {
  /**
   * Whether the listener is called once.
   *
   * @default {false}
   */
  once?: boolean;
}
