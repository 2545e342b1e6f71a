import { HTTPServer, type HTTPServerOptions, type RequestCallback } from "../http/httpserver.ts";
import { HTTPHeaders, type HTTPHeadersInit } from "../http/httputil.ts";
import { ServeServer, type ServeServerOptions } from "../http/serve.ts";
import type { Bytes } from "../internal/bytes.ts";
import { jsonText } from "../internal/json_text.ts";
import { Application } from "../web/mod.ts";
import { type Backend, FetchBackend, MemoryBackend, PortBackend } from "./_backend.ts";
import { getAsyncTestTimeout } from "./async_test_timeout.ts";
import { CookieJar } from "./cookie_jar.ts";
import type { FetchBody, FetchOptions } from "./http_client.ts";
import { makeRequest, type Origin, type Outgoing } from "./_outgoing.ts";
import { RawConnection } from "./raw_connection.ts";
import { fetchResponse, inTime, type Sender } from "./_request.ts";
import { ServerErrors } from "./_server_errors.ts";
import { StreamedResponse } from "./streamed_response.ts";
import { TestEventStream } from "./test_event_stream.ts";
import type { TestResponse } from "./test_response.ts";
import { TestWebSocket, type TestWebSocketOptions } from "./test_web_socket.ts";
import type { WireOptions } from "./_wire.ts";

export type { WireOptions } from "./_wire.ts";

/** Options of {@linkcode TestClient}. */
export interface TestClientOptions {
  /**
   * The engine that serves the application.
   *
   * @default {"listen"}
   */
  engine?: "listen" | "serve";
  /**
   * Tells whether the application listens on a free port of 127.0.0.1, which needs `--allow-net`. Otherwise everything
   * stays in memory.
   *
   * @default {false}
   */
  port?: boolean;
  /**
   * The protocol that the application sees.
   *
   * @default {"http"}
   */
  protocol?: "http" | "https";
  /**
   * The host of the requests.
   *
   * @default {"localhost"}
   */
  host?: string;
  /**
   * The address of the client; on a port it is always 127.0.0.1.
   *
   * @default {"127.0.0.1"}
   */
  remoteAddress?: string;
  /**
   * Headers of all requests.
   *
   * @default {{}}
   */
  headers?: HTTPHeadersInit;
  /**
   * Tells whether to follow redirects.
   *
   * @default {true}
   */
  followRedirects?: boolean;
  /**
   * Seconds of real time for each response, its body included.
   *
   * @default {the result of getAsyncTestTimeout()}
   */
  requestTimeout?: number;
  /**
   * Tells whether an error that a handler has thrown rejects the request, so that it fails the test. An `HTTPError` is
   * an answer, not such an error. An error that an `ExpectLog` expects does not reject.
   *
   * @default {true}
   */
  raiseServerErrors?: boolean;
  /**
   * Options of the server: its limits, time-outs and trust in proxies.
   *
   * @default {{}}
   */
  serverOptions?: Omit<HTTPServerOptions & ServeServerOptions, "sslOptions">;
}

/** Options of a request of {@linkcode TestClient}. */
export interface TestRequestOptions extends FetchOptions, WireOptions {
  /** Fields of a form, which become the body. A list has several values. */
  form?: Readonly<Record<string, string | readonly string[]>>;
  /** A value that becomes the body as JSON. */
  json?: unknown;
  /**
   * Tells whether to send the token against forged requests that the setting `xsrfCookies` asks for.
   *
   * @default {false}
   */
  xsrf?: boolean;
  /**
   * Tells whether an error that a handler has thrown rejects the request.
   *
   * @default {as the client says}
   */
  raiseServerErrors?: boolean;
}

/** Bytes of an XSRF token. */
const TOKEN_LENGTH = 16;

/**
 * A client for tests of an application, without a network.
 *
 * On the engine `"listen"`, its bytes go through memory into the same connection code that serves a socket: the parser,
 * limits, time-outs and WebSocket framing are the real ones. On `"serve"`, whole requests go to the adapter of
 * `Deno.serve`. Deno has no server in memory, so WebSockets, raw bytes and faults of the wire go to a free port of
 * 127.0.0.1 there.
 *
 * The client keeps cookies and connections, and follows redirects. An error that a handler has thrown fails the test:
 * the request rejects with it, or the end of the client does.
 *
 * @example
 * ```ts
 * import { TestClient } from "@twister/twister/testing";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * class Login extends RequestHandler {
 *   override post(): void {
 *     this.setSignedCookie("user", this.getBodyArgument("name"));
 *     this.redirect("/");
 *   }
 * }
 * class Home extends RequestHandler {
 *   override get(): void {
 *     const user = this.getSignedCookieText("user");
 *     if (user === null) throw new Error("nobody is logged in");
 *     this.write(`Hello, ${user}`);
 *   }
 * }
 * const settings = { cookieSecret: "secret", xsrfCookies: true };
 * const app = new Application([["/login", Login], ["/", Home]], settings);
 *
 * await using client = new TestClient(app);
 * await assertRejects(() => client.get("/"), Error, "nobody is logged in");
 * const response = await client.post("/login", { form: { name: "Ada" }, xsrf: true });
 * assertEquals(response.text, "Hello, Ada");
 * assertEquals(response.effectiveUrl, "http://localhost/");
 * ```
 */
export class TestClient implements AsyncDisposable {
  /** The cookies. */
  readonly cookies: CookieJar;
  /** The engine that serves the application. */
  readonly engine: "listen" | "serve";
  readonly #app: RequestCallback;
  readonly #options: TestClientOptions;
  readonly #origin: Origin;
  readonly #errors: ServerErrors = new ServerErrors();
  readonly #backend: Backend;
  readonly #sockets: Set<TestWebSocket> = new Set();
  readonly #timeout: number;

  /**
   * Makes a client.
   *
   * @param app The application, or another delegate or function that `HTTPServer` takes.
   * @throws {TypeError} If both a port and a remote address are asked for.
   */
  constructor(app: RequestCallback, options: TestClientOptions = {}) {
    const { engine = "listen", protocol = "http", host = "localhost" } = options;
    this.engine = engine;
    this.#app = app;
    this.#options = options;
    this.#origin = { protocol, host };
    this.cookies = new CookieJar({ ...this.#origin, target: "/" });
    this.#backend = makeBackend(app, engine, options);
    this.#timeout = options.requestTimeout ?? getAsyncTestTimeout();
  }

  /** Returns the URL of a path. */
  url(path: string): string {
    const { protocol, host } = this.#origin;
    return `${protocol}://${host}${path}`;
  }

  /** Makes a GET request; see {@linkcode TestClient.fetch}. */
  get(path: string | URL, options: TestRequestOptions = {}): Promise<TestResponse> {
    return this.fetch(path, { ...options, method: "GET" });
  }

  /** Makes a HEAD request; see {@linkcode TestClient.fetch}. */
  head(path: string | URL, options: TestRequestOptions = {}): Promise<TestResponse> {
    return this.fetch(path, { ...options, method: "HEAD" });
  }

  /** Makes a POST request; see {@linkcode TestClient.fetch}. */
  post(path: string | URL, options: TestRequestOptions = {}): Promise<TestResponse> {
    return this.fetch(path, { ...options, method: "POST" });
  }

  /** Makes a PUT request; see {@linkcode TestClient.fetch}. */
  put(path: string | URL, options: TestRequestOptions = {}): Promise<TestResponse> {
    return this.fetch(path, { ...options, method: "PUT" });
  }

  /** Makes a PATCH request; see {@linkcode TestClient.fetch}. */
  patch(path: string | URL, options: TestRequestOptions = {}): Promise<TestResponse> {
    return this.fetch(path, { ...options, method: "PATCH" });
  }

  /** Makes a DELETE request; see {@linkcode TestClient.fetch}. */
  delete(path: string | URL, options: TestRequestOptions = {}): Promise<TestResponse> {
    return this.fetch(path, { ...options, method: "DELETE" });
  }

  /**
   * Makes a request and resolves with the whole response, whatever its status.
   *
   * @param path A path, which is sent unchanged, or a URL, whose host only names the Host header.
   * @throws {HTTPClientError} With the code 599, if no whole response comes in time; with `raiseError`, also for a
   * response with an error status.
   * @throws {Error} The error that a handler has thrown, unless the client or the request says otherwise.
   */
  async fetch(path: string | URL, options: TestRequestOptions = {}): Promise<TestResponse> {
    const { followRedirects = this.#options.followRedirects ?? true, requestTimeout = this.#timeout } = options;
    return await this.#watched(options, async () => {
      const request = await this.#request(path, options);
      return await fetchResponse(request, this.#sender(options), { ...options, followRedirects, requestTimeout });
    });
  }

  /**
   * Makes a request and resolves when the head of the response has come. Redirects are not followed. It throws the
   * errors of {@linkcode TestClient.fetch}.
   */
  async stream(path: string | URL, options: TestRequestOptions = {}): Promise<StreamedResponse> {
    const timed = { requestTimeout: this.#timeout, ...options };
    return await this.#watched(options, async () => {
      const request = await this.#request(path, options);
      return await inTime(request, this.#sender(options), timed, (incoming) => new StreamedResponse(incoming));
    });
  }

  /**
   * Makes a GET request for an event stream. It throws the errors of {@linkcode TestClient.fetch}.
   *
   * @throws {TypeError} If the answer is not an event stream.
   */
  async eventStream(path: string | URL, options: TestRequestOptions = {}): Promise<TestEventStream> {
    const headers = new HTTPHeaders(options.headers);
    headers.setdefault("Accept", "text/event-stream");
    const response = await this.stream(path, { ...options, headers });
    const type = response.headers.get("Content-Type");
    if (response.code === 200 && /^text\/event-stream\b/i.test(type ?? "")) return new TestEventStream(response);
    response.close();
    throw new TypeError(`Cannot read events from ${path}: the answer is ${response.code} of the type ${type}`);
  }

  /**
   * Opens a WebSocket.
   *
   * @throws {WebSocketHandshakeError} If the application answers with a status other than 101.
   * @throws {Error} The error that a handler has thrown, unless the client says otherwise.
   */
  async websocket(path: string | URL, options: TestWebSocketOptions = {}): Promise<TestWebSocket> {
    return await this.#watched({}, async () => {
      const request = await this.#request(path, { headers: options.headers ?? {} });
      const url = `${request.protocol === "http" ? "ws" : "wss"}://${request.host}${request.target}`;
      const stream = await this.#backend.connect();
      const headers = this.#withCookies(request);
      const socket = new TestWebSocket(url, { ...options, headers, stream }, () => this.#raise(undefined));
      this.#sockets.add(socket);
      await socket.connectFuture;
      this.cookies.store(request, socket.headers);
      return socket;
    });
  }

  /** Opens a connection on which the test sends and reads bytes. */
  async connect(): Promise<RawConnection> {
    return new RawConnection(await this.#backend.connect());
  }

  /** Sends bytes, or a latin1 text, and returns everything that the server sends until it closes the connection. */
  async raw(data: string | Bytes): Promise<string> {
    using connection = await this.connect();
    await connection.send(data);
    return await connection.rest();
  }

  /**
   * Returns a token against forged requests that fits the client's cookie, for a form field `_xsrf` or the header
   * `X-XSRFToken`. If the application has set no such cookie yet, the client makes one.
   */
  xsrf(): string {
    const name = (this.#app instanceof Application ? this.#app.settings.xsrfCookieName : undefined) ?? "_xsrf";
    const known = this.cookies.get(name);
    if (known !== null) return known;
    const token = crypto.getRandomValues(new Uint8Array(TOKEN_LENGTH)).toHex();
    this.cookies.set(name, token);
    return token;
  }

  /**
   * Closes all connections and the server.
   *
   * @throws {Error} An error that a handler has thrown, and that no request has rejected with.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    await this.#backend[Symbol.asyncDispose]();
    this.#errors[Symbol.dispose]();
    this.#raise(undefined);
  }

  async #watched<T>(options: TestRequestOptions, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      this.#raise(options.raiseServerErrors);
    }
  }

  #raise(raises: boolean = this.#options.raiseServerErrors ?? true): void {
    if (raises) this.#errors.raise();
    else this.#errors.clear();
  }

  async #request(path: string | URL, options: TestRequestOptions): Promise<Outgoing> {
    const headers = new HTTPHeaders(this.#options.headers);
    const own = new HTTPHeaders(options.headers);
    for (const name of own.keys()) headers.delete(name);
    for (const [name, value] of own.getAll()) headers.add(name, value);
    if (options.xsrf) headers.setdefault("X-Xsrftoken", this.xsrf());
    const body = bodyOf(options, headers);
    return await makeRequest(path, { ...options, headers, body }, this.#origin);
  }

  /** Returns what sends requests with the cookies of the client, and takes those of the responses. */
  #sender(wire: WireOptions): Sender {
    return async (request, signal) => {
      const response = await this.#backend.send({ ...request, headers: this.#withCookies(request) }, wire, signal);
      this.cookies.store(request, response.headers);
      return response;
    };
  }

  #withCookies(request: Outgoing): HTTPHeaders {
    const headers = request.headers.copy();
    const cookies = this.cookies.header(request);
    if (cookies !== "") headers.setdefault("Cookie", cookies);
    return headers;
  }
}

function makeBackend(app: RequestCallback, engine: "listen" | "serve", options: TestClientOptions): Backend {
  const { port = false, protocol = "http", remoteAddress } = options;
  const serverOptions = { protocol, ...options.serverOptions };
  if (port) {
    if (remoteAddress !== undefined) throw new TypeError("Cannot choose the remote address of a client on a port");
    return new PortBackend(
      engine === "serve" ? new ServeServer(app, serverOptions) : new HTTPServer(app, serverOptions),
    );
  }
  const address = remoteAddress ?? "127.0.0.1";
  if (engine === "serve") return new FetchBackend(app, serverOptions, address);
  return new MemoryBackend(app, serverOptions, address);
}

function bodyOf({ body = null, form, json }: TestRequestOptions, headers: HTTPHeaders): FetchBody | null {
  if (json !== undefined) {
    headers.setdefault("Content-Type", "application/json");
    return jsonText(json) ?? null;
  }
  if (form === undefined) return body;
  const fields = new URLSearchParams();
  for (const [name, values] of Object.entries(form)) {
    for (const value of typeof values === "string" ? [values] : values) fields.append(name, value);
  }
  return fields;
}
