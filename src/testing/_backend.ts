import { HTTPServer, type HTTPServerOptions, type RequestCallback, type Server } from "../http/httpserver.ts";
import { FetchHandler, ServeServer, type ServeServerOptions } from "../http/serve.ts";
import { MemoryTransport } from "../net/internal.ts";
import { IOStream, type IOStreamOptions } from "../net/iostream.ts";
import { settled } from "./fake_clock.ts";
import { exchange } from "./_exchange.ts";
import { FetchedResponse, type Incoming } from "./_incoming.ts";
import { join, type Outgoing, urlOf } from "./_outgoing.ts";
import { faultyWire, isFaulty, type WireOptions } from "./_wire.ts";

/** An application that can be asked. */
export interface Backend extends AsyncDisposable {
  /** Opens a connection to the application. */
  connect(): Promise<IOStream>;
  /** Makes one request, and resolves with the response when its head has come; `signal` gives up before that. */
  send(request: Outgoing, wire: WireOptions, signal: AbortSignal): Promise<Incoming>;
}

/** Asks over connections, which are used again as far as the server allows. */
export abstract class ConnectionBackend implements Backend {
  /** Connections without a request. */
  readonly #idle: Set<IOStream> = new Set();
  /** All connections that are open. */
  readonly #open: Set<IOStream> = new Set();

  async connect(): Promise<IOStream> {
    const stream = await this.open();
    for (const one of this.#open) if (one.closed()) this.#open.delete(one);
    this.#open.add(stream);
    return stream;
  }

  async send(request: Outgoing, wire: WireOptions, signal: AbortSignal): Promise<Incoming> {
    const faulty = isFaulty(wire);
    const stream = faulty ? faultyWire(await this.connect(), wire) : this.#takeIdle() ?? await this.connect();
    const { head, keepsAlive } = exchange(stream, request, signal);
    keepsAlive.then((keeps) => {
      if (!keeps || faulty) stream.close();
      else this.#putIdle(stream);
    });
    return await head;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stream of this.#idle) stream.setCloseCallback(null);
    for (const stream of this.#open) stream.close();
    await this.end();
    // The ends of connections are told in later turns.
    await settled();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }

  /** Opens a connection. */
  protected abstract open(): Promise<IOStream>;

  /** Ends the server. */
  protected abstract end(): Promise<void>;

  #takeIdle(): IOStream | null {
    for (const stream of this.#idle) {
      this.#idle.delete(stream);
      stream.setCloseCallback(null);
      if (!stream.closed()) return stream;
    }
    return null;
  }

  #putIdle(stream: IOStream): void {
    this.#idle.add(stream);
    // Reads ahead, so that a close by the server is noticed.
    stream.setCloseCallback(() => this.#idle.delete(stream));
  }
}

/** Connections within the process, to a server of our own stack. */
export class MemoryBackend extends ConnectionBackend {
  readonly #server: HTTPServer;
  readonly #streamOptions: IOStreamOptions = {};
  readonly #near: Deno.NetAddr;
  /** The port of the next client. */
  #port = 49152;

  /** Makes a server, which listens nowhere, for clients of an address. */
  constructor(served: RequestCallback, options: HTTPServerOptions, remoteAddress: string) {
    super();
    this.#server = new HTTPServer(served, options);
    const { maxBufferSize, readChunkSize } = this.#server;
    if (maxBufferSize !== null) this.#streamOptions.maxBufferSize = maxBufferSize;
    if (readChunkSize !== null) this.#streamOptions.readChunkSize = readChunkSize;
    this.#near = { transport: "tcp", hostname: remoteAddress, port: 0 };
  }

  protected override open(): Promise<IOStream> {
    const near: Deno.NetAddr = { ...this.#near, port: this.#port++ };
    const [client, server] = MemoryTransport.pair({ near, far: SERVER_ADDRESS });
    this.#server.handleStream(new IOStream(server, this.#streamOptions), near);
    return Promise.resolve(new IOStream(client));
  }

  protected override async end(): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

const SERVER_ADDRESS: Deno.NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 80 };

/** Connections to a port of this machine. */
export class PortBackend extends ConnectionBackend {
  readonly #server: Server;

  /** Has a server listen on a free port. */
  constructor(server: Server) {
    super();
    this.#server = server;
    server.listen(0, { address: "127.0.0.1" });
  }

  /** The port. */
  get port(): number {
    return this.#server.port;
  }

  protected override open(): Promise<IOStream> {
    return IOStream.connect({ hostname: "127.0.0.1", port: this.port });
  }

  protected override async end(): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

/**
 * Requests of the Fetch standard, without a connection. Deno has no server for connections within the process, so that
 * a port serves whatever needs one.
 */
export class FetchBackend implements Backend {
  readonly #served: RequestCallback;
  readonly #options: ServeServerOptions;
  readonly #handler: FetchHandler;
  readonly #info: Deno.ServeHandlerInfo<Deno.NetAddr>;
  readonly #running: Set<Incoming> = new Set();
  #port: PortBackend | null = null;

  /** Makes a handler for clients of an address. */
  constructor(served: RequestCallback, options: ServeServerOptions, remoteAddress: string) {
    this.#served = served;
    this.#options = options;
    this.#handler = new FetchHandler(served, options);
    const remoteAddr: Deno.NetAddr = { transport: "tcp", hostname: remoteAddress, port: 49152 };
    this.#info = { remoteAddr, completed: Promise.resolve() };
  }

  connect(): Promise<IOStream> {
    return this.#onPort().connect();
  }

  async send(request: Outgoing, wire: WireOptions, signal: AbortSignal): Promise<Incoming> {
    if (isFaulty(wire)) return await this.#onPort().send(request, wire, signal);
    const { method, body } = request;
    const headers = new Headers([...request.headers.getAll()]);
    // Of all lists, that of cookies has another separator (RFC 6265, 5.4), which Headers does not know.
    const cookies = request.headers.getList("Cookie");
    if (cookies.length > 1) headers.set("Cookie", cookies.join("; "));
    const init = {
      method,
      headers,
      signal,
      body: body instanceof Uint8Array || body === null ? body : await join(body),
    };
    const response = await this.#handler.fetch(new Request(urlOf(request), init), this.#info);
    const incoming = new FetchedResponse(response);
    this.#running.add(incoming);
    return incoming;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const response of this.#running) response.close();
    if (this.#port !== null) await this.#port[Symbol.asyncDispose]();
  }

  #onPort(): PortBackend {
    return this.#port ??= new PortBackend(new ServeServer(this.#served, this.#options));
  }
}
