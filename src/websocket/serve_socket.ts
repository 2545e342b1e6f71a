import { isTestedVersion } from "../net/internal.ts";

/** What Deno itself calls the parts of a WebSocket, and its way to close what it has opened. */
interface Parts {
  /** The method that reads. */
  readonly loop: symbol;
  readonly state: symbol;
  /** The method that begins to wait for a sign of life, if that is wanted. */
  readonly watch: symbol;
  /** The number of the connection. */
  readonly id: symbol;
  readonly closeResource: (id: unknown) => void;
}

let parts: Parts | null | undefined;

/**
 * The missing methods of a WebSocket of `Deno.upgradeWebSocket`: they pause its reading and drop its connection.
 *
 * Deno reads in a loop in JavaScript, which looks at the socket's state before each message and ends when it is closed.
 * Here that loop gets a socket that seems closed while it is paused, and is started again later. It also does not learn
 * that we have sent a Close frame: it would drop a client whose message crosses it.
 */
export class ServeSocket {
  readonly #socket: WebSocket;
  readonly #parts: Parts;
  readonly #loop: unknown;
  /** What the loop takes for the socket. */
  readonly #view: WebSocket;
  #paused = false;
  /** `true` if the loop has seen that. */
  #stopped = false;
  #runs = false;
  #dropped = false;

  private constructor(socket: WebSocket, parts: Parts, onFrame: () => void) {
    this.#socket = socket;
    this.#parts = parts;
    this.#loop = Reflect.get(socket, parts.loop);
    this.#view = new Proxy(socket, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        // The loop asks for it with each message and each pong, and nothing else tells of pongs.
        if (key === parts.watch) onFrame();
        return key === parts.state ? this.#stateFor(value) : value;
      },
      set: (target, key, value) => Reflect.set(target, key, value, target),
    });
  }

  /**
   * Takes a socket that is not open yet; `null` where Deno is not one of those that were tested.
   *
   * @param onFrame Is called with each message, before it is handed over, and with each pong.
   */
  static of(socket: WebSocket, onFrame: () => void): ServeSocket | null {
    if (parts === undefined) parts = isTestedVersion() ? partsOf(socket) : null;
    if (parts === null) return null;
    const own = new ServeSocket(socket, parts, onFrame);
    // Deno calls it when the socket is open.
    return Reflect.defineProperty(socket, parts.loop, { value: () => own.#run() }) ? own : null;
  }

  /** The bytes that wait for the client, also once a Close frame waits behind them: Deno's own count is 0 then. */
  get bufferedAmount(): number {
    if (this.#socket.readyState === WebSocket.CLOSED) return 0;
    const { state } = this.#parts;
    const open = new Proxy(this.#socket, {
      get: (target, key) => key === state ? WebSocket.OPEN : Reflect.get(target, key, target),
    });
    const amount: unknown = Reflect.get(WebSocket.prototype, "bufferedAmount", open);
    return Number(amount);
  }

  /** `true` once {@linkcode ServeSocket.drop} was called. */
  get dropped(): boolean {
    return this.#dropped;
  }

  /** Reads nothing more after the message that is being handed over: to be called while that is done. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (!this.#runs && !this.#dropped) this.#run();
  }

  /** Drops the connection: what is being sent still leaves, and nothing else is read. */
  drop(): void {
    if (this.#dropped || this.#socket.readyState === WebSocket.CLOSED) return;
    this.#dropped = true;
    const { id, state, closeResource } = this.#parts;
    Reflect.set(this.#socket, state, WebSocket.CLOSED);
    closeResource(Reflect.get(this.#socket, id));
  }

  async #run(): Promise<void> {
    this.#runs = true;
    do {
      // Deno's wait for a sign of life ends where the socket seems closed.
      if (this.#stopped) this.#call(Reflect.get(this.#socket, this.#parts.watch));
      this.#stopped = false;
      await this.#read();
    } while (this.#stopped && !this.#paused);
    this.#runs = false;
  }

  async #read(): Promise<void> {
    try {
      await this.#call(this.#loop);
    } catch (error) {
      // The loop looks for a connection that is not there any more.
      if (!this.#dropped) throw error;
    }
  }

  #call(method: unknown): unknown {
    return typeof method === "function" ? Reflect.apply(method, this.#view, []) : null;
  }

  /** The state of the socket as the loop has to see it. */
  #stateFor(state: unknown): unknown {
    if (this.#paused && state !== WebSocket.CLOSED) {
      this.#stopped = true;
      return WebSocket.CLOSED;
    }
    return state === WebSocket.CLOSING ? WebSocket.CONNECTING : state;
  }
}

function partsOf(socket: WebSocket): Parts | null {
  const loop = symbolOf(WebSocket.prototype, "[[eventLoop]]");
  const state = symbolOf(socket, "[[readyState]]");
  const watch = symbolOf(WebSocket.prototype, "[[serverHandleIdleTimeout]]");
  const id = symbolOf(socket, "[[rid]]");
  const core: unknown = propertyOf(propertyOf(Deno, propertyOf(Deno, "internal")), "core");
  const close: unknown = propertyOf(core, "tryClose");
  if (loop === undefined || state === undefined || watch === undefined || id === undefined) return null;
  if (typeof Reflect.get(socket, loop) !== "function" || typeof close !== "function") return null;
  return { loop, state, watch, id, closeResource: (id) => Reflect.apply(close, core, [id]) };
}

function symbolOf(object: WebSocket, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === description);
}

function propertyOf(value: unknown, key: unknown): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return typeof key === "string" || typeof key === "symbol" ? Reflect.get(value, key) : undefined;
}
