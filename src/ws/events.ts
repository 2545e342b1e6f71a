/**
 * An event for the listeners of `addEventListener` and the `on` properties, as the `Event` of `ws`.
 *
 * The events of a page have the same names and fields, but no target can be set for them.
 */
export class Event<Target extends object = object> {
  readonly #type: string;
  readonly #target: Target | null;

  /** Creates an event; `target` is the WebSocket that it is for. */
  constructor(type: string, target: Target | null = null) {
    this.#type = type;
    this.#target = target;
  }

  /** The WebSocket; `null` only in an event that the program has created itself. */
  get target(): Target {
    // As in the types of `ws`: every event that a listener gets has one.
    return this.#target as Target;
  }

  /** The name of the event: `"open"`, `"message"`, `"close"` or `"error"`. */
  get type(): string {
    return this.#type;
  }
}

/** Fields of a {@linkcode MessageEvent}. */
export interface MessageEventInit {
  /**
   * The message.
   *
   * @default {null}
   */
  data?: unknown;
}

/** Reports a message. */
export class MessageEvent<Target extends object = object> extends Event<Target> {
  readonly #data: unknown;

  /** Creates an event. */
  constructor(type: string, options: MessageEventInit = {}, target: Target | null = null) {
    super(type, target);
    this.#data = options.data ?? null;
  }

  /** The message: a string, or binary data as `binaryType` says. */
  get data(): unknown {
    return this.#data;
  }
}

/** Fields of a {@linkcode CloseEvent}. */
export interface CloseEventInit {
  /**
   * The code that the peer closed with.
   *
   * @default {0}
   */
  code?: number;
  /**
   * The reason that the peer closed with.
   *
   * @default {""}
   */
  reason?: string;
  /**
   * `true` if both sides have sent a Close frame.
   *
   * @default {false}
   */
  wasClean?: boolean;
}

/** Reports the end of the connection. */
export class CloseEvent<Target extends object = object> extends Event<Target> {
  readonly #init: CloseEventInit;

  /** Creates an event. */
  constructor(type: string, options: CloseEventInit = {}, target: Target | null = null) {
    super(type, target);
    this.#init = { ...options };
  }

  /** The code that the peer closed with: 1005 if it gave no code, 1006 if it did not close. */
  get code(): number {
    return this.#init.code ?? 0;
  }

  /** The reason that the peer closed with. */
  get reason(): string {
    return this.#init.reason ?? "";
  }

  /** `true` if both sides have sent a Close frame. */
  get wasClean(): boolean {
    return this.#init.wasClean ?? false;
  }
}

/** Fields of an {@linkcode ErrorEvent}. */
export interface ErrorEventInit {
  /**
   * The error.
   *
   * @default {null}
   */
  error?: Error;
  /**
   * The message of the error.
   *
   * @default {""}
   */
  message?: string;
}

/** Reports a failure of the connection. */
export class ErrorEvent<Target extends object = object> extends Event<Target> {
  readonly #error: Error | null;
  readonly #message: string;

  /** Creates an event. */
  constructor(type: string, options: ErrorEventInit = {}, target: Target | null = null) {
    super(type, target);
    this.#error = options.error ?? null;
    this.#message = options.message ?? "";
  }

  /** The error; `null` only in an event that the program has created itself. */
  get error(): Error {
    // As in the types of `ws`.
    return this.#error as Error;
  }

  /** The message of the error. */
  get message(): string {
    return this.#message;
  }
}

for (
  const [prototype, ...names] of [
    [Event.prototype, "target", "type"],
    [MessageEvent.prototype, "data"],
    [CloseEvent.prototype, "code", "reason", "wasClean"],
    [ErrorEvent.prototype, "error", "message"],
  ] as const
) {
  for (const name of names) Object.defineProperty(prototype, name, { enumerable: true });
}

/** The events of `addEventListener` by name. */
export interface WebSocketEventMap<Target extends object = object> {
  /** Reports the end of the handshake. */
  open: Event<Target>;
  /** Reports a message. */
  message: MessageEvent<Target>;
  /** Reports the end of the connection. */
  close: CloseEvent<Target>;
  /** Reports a failure of the connection. */
  error: ErrorEvent<Target>;
}

/** A listener of `addEventListener`: a function, or an object with a method. */
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
