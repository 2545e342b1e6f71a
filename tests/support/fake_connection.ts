/**
 * A connection without a network: it records what an application answers, and plays a peer that is slow or goes away.
 *
 * @module
 */
import {
  type HTTPConnection,
  HTTPHeaders,
  type HTTPHeadersInit,
  type HTTPMessageDelegate,
  HTTPOutputError,
  type HTTPRequestContext,
  type HTTPServerConnectionDelegate,
  RequestStartLine,
  ResponseStartLine,
} from "../../src/http/httputil.ts";
import type { Bytes } from "../../src/internal/bytes.ts";
import { type BaseIOStream, StreamClosedError } from "../../src/net/iostream.ts";
import { utf8 } from "../../src/util/escape.ts";
import { until } from "./turns.ts";

const decoder = new TextDecoder();

/** Records one response. */
export class FakeConnection implements HTTPConnection {
  readonly freesWritten = false;
  readonly context: HTTPRequestContext = { remoteIp: "127.0.0.1", protocol: "http", address: null };
  /** The calls that wrote something, in order. */
  readonly calls: string[] = [];
  startLine: ResponseStartLine | null = null;
  headers: HTTPHeaders = new HTTPHeaders();
  readonly chunks: Bytes[] = [];
  finished = false;
  /** Whether the peer is gone. */
  closed = false;
  closeCallback: (() => void) | null = null;
  maxBodySize: number = Infinity;
  bodyTimeout: number | null = null;
  stream: BaseIOStream | null = null;
  readonly #isHead: boolean;
  #held: PromiseWithResolvers<void> | null = null;

  constructor(method = "GET") {
    this.#isHead = method === "HEAD";
  }

  get status(): number {
    return this.startLine?.code ?? 0;
  }

  get reason(): string {
    return this.startLine?.reason ?? "";
  }

  get body(): string {
    return this.chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("");
  }

  /** From now on nothing that is written arrives, until {@linkcode FakeConnection.release}. */
  hold(): void {
    this.#held = Promise.withResolvers();
    this.#held.promise.catch(() => {});
  }

  /** The peer reads again. */
  release(): void {
    this.#held?.resolve();
    this.#held = null;
  }

  /** The peer goes away. */
  close(): void {
    this.closed = true;
    this.#held?.reject(new StreamClosedError());
    this.#held = null;
    const callback = this.closeCallback;
    this.closeCallback = null;
    callback?.();
  }

  writeHeaders(
    startLine: RequestStartLine | ResponseStartLine,
    headers: HTTPHeaders,
    chunk?: Bytes | string,
  ): Promise<void> {
    this.#head(startLine, headers);
    this.calls.push("writeHeaders");
    this.#count(chunk ?? "");
    return this.drained();
  }

  write(chunk: Bytes | string): Promise<void> {
    if (this.finished) throw new HTTPOutputError("Cannot write: the message is finished");
    this.calls.push("write");
    this.#count(chunk);
    return this.drained();
  }

  finish(): void {
    if (this.finished) throw new HTTPOutputError("Cannot finish twice");
    this.calls.push("finish");
    this.#end();
  }

  abort(): void {
    this.calls.push("abort");
    this.closed = true;
    if (!this.finished) this.#end();
  }

  respond(startLine: ResponseStartLine, headers: HTTPHeaders, body: Bytes | string | null): void {
    this.#head(startLine, headers);
    this.calls.push("respond");
    if (body !== null) this.#count(body);
    this.#end();
  }

  drained(): Promise<void> {
    if (this.closed) return Promise.reject(new StreamClosedError());
    return this.#held?.promise ?? Promise.resolve();
  }

  setCloseCallback(callback: (() => void) | null): void {
    this.closeCallback = callback;
  }

  setMaxBodySize(maxBodySize: number): void {
    this.maxBodySize = maxBodySize;
  }

  setBodyTimeout(seconds: number): void {
    this.bodyTimeout = seconds;
  }

  detach(): BaseIOStream {
    if (this.stream === null) throw new Error("Cannot detach");
    return this.stream;
  }

  upgrade(): void {
    throw new Error("Cannot upgrade");
  }

  #head(startLine: RequestStartLine | ResponseStartLine, headers: HTTPHeaders): void {
    if (this.startLine !== null) throw new HTTPOutputError("Cannot write the head twice");
    if (!(startLine instanceof ResponseStartLine)) throw new HTTPOutputError("Cannot write a request");
    this.startLine = startLine;
    this.headers = headers.copy();
  }

  #count(chunk: Bytes | string): void {
    const bytes = utf8(chunk);
    if (bytes.length > 0) this.chunks.push(bytes.slice());
    const declared = this.headers.get("Content-Length");
    if (declared !== null && this.#length() > Number(declared)) {
      throw new HTTPOutputError("Tried to write more data than Content-Length");
    }
  }

  #end(): void {
    this.finished = true;
    this.closeCallback = null;
    const declared = this.headers.get("Content-Length");
    const bodyless = this.#isHead || this.status === 304 || this.status === 204;
    if (declared !== null && !bodyless && this.#length() < Number(declared)) {
      throw new HTTPOutputError(`Tried to write ${Number(declared) - this.#length()} bytes less than Content-Length`);
    }
  }

  #length(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }
}

/** A request to be made. */
export interface FakeRequest {
  method?: string;
  version?: string;
  /** `Host: localhost` is added. */
  headers?: HTTPHeadersInit;
  body?: string | Bytes;
}

/** A request on its way: the parts that are still to come, and the connection that is answered on. */
export class FakeExchange {
  readonly connection: FakeConnection;
  readonly delegate: HTTPMessageDelegate;
  /** What the delegate said to the headers. */
  readonly ready: void | Promise<void>;

  constructor(app: HTTPServerConnectionDelegate, uri: string, request: FakeRequest = {}) {
    const { method = "GET", version = "HTTP/1.1" } = request;
    const headers = new HTTPHeaders(request.headers ?? {});
    headers.setdefault("Host", "localhost");
    this.connection = new FakeConnection(method);
    this.delegate = app.startRequest({}, this.connection);
    this.ready = this.delegate.headersReceived(new RequestStartLine(method, uri, version), headers);
  }

  send(chunk: string | Bytes): void | Promise<void> {
    return this.delegate.dataReceived(utf8(chunk));
  }

  end(): FakeConnection {
    this.delegate.finish();
    return this.connection;
  }
}

/** Makes a whole request; what a synchronous handler answers is there when this returns. */
export function ask(app: HTTPServerConnectionDelegate, uri: string, request: FakeRequest = {}): FakeConnection {
  const exchange = new FakeExchange(app, uri, request);
  if (request.body !== undefined) exchange.send(request.body);
  return exchange.end();
}

/** Makes a whole request, and waits for the delegate before its body and its end, as a connection does. */
export async function askInTurn(
  app: HTTPServerConnectionDelegate,
  uri: string,
  request: FakeRequest = {},
): Promise<FakeConnection> {
  const exchange = new FakeExchange(app, uri, request);
  await exchange.ready;
  if (request.body !== undefined) await exchange.send(request.body);
  return exchange.end();
}

/** Waits until the response is complete. */
export async function answered(connection: FakeConnection): Promise<FakeConnection> {
  await until(() => connection.finished);
  return connection;
}
