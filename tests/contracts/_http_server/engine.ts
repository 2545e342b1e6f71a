/**
 * The engines under the contract, the delegates that the cases are written with, and what clients get from them.
 *
 * @module
 */
import { HTTPServer, type Server } from "../../../src/http/httpserver.ts";
import {
  type HTTPConnection,
  HTTPHeaders,
  HTTPMessageDelegate,
  HTTPServerConnectionDelegate,
  type HTTPServerRequest,
  RequestStartLine,
  ResponseStartLine,
} from "../../../src/http/httputil.ts";
import { ServeServer } from "../../../src/http/serve.ts";
import type { Bytes } from "../../../src/internal/bytes.ts";
import { latin1Bytes } from "../../../src/internal/utf8.ts";
import type { SSLOptions } from "../../../src/net/netutil.ts";
import type { RawConnection } from "../../../src/testing/mod.ts";
import { test, type TestContext } from "../../support/test.ts";

/** The options that both servers know. */
export interface ServerOptions {
  xheaders?: boolean;
  forwarded?: boolean;
  chunkSize?: number;
  trustedDownstream?: string[];
  protocol?: "http" | "https";
  maxBodySize?: number;
  maxHeaderSize?: number;
  bodyTimeout?: number;
  decompressRequest?: boolean;
  sslOptions?: SSLOptions;
}

/** What a server serves. */
export type Served = HTTPServerConnectionDelegate | ((request: HTTPServerRequest) => void | Promise<void>);

/** An engine: a way to make servers. */
export interface Engine {
  readonly name: "listen" | "serve";
  make(served: Served, options?: ServerOptions): Server;
}

/** All engines. */
export const ENGINES: readonly Engine[] = [
  { name: "listen", make: (served, options) => new HTTPServer(served, options) },
  { name: "serve", make: (served, options) => new ServeServer(served, options) },
];

/** Registers a case for an engine. */
export function contractTest(engine: Engine, name: string, fn: (t: TestContext) => void | Promise<void>): void {
  test(`HTTP server (${engine.name}): ${name}`, fn);
}

/** Starts a server on a free port. */
export function serve(engine: Engine, served: Served, options?: ServerOptions): Server {
  const server = engine.make(served, options);
  server.listen(0, { address: "127.0.0.1" });
  return server;
}

/** What a case does at the steps of a request; what is left out does nothing. */
export interface Script {
  headers?(connection: HTTPConnection, startLine: RequestStartLine, headers: HTTPHeaders): void | Promise<void>;
  data?(connection: HTTPConnection, chunk: Bytes): void | Promise<void>;
  finish?(connection: HTTPConnection): void;
  closed?(connection: HTTPConnection): void;
}

/** A delegate that follows a script, and notes what it was called. */
export class Scripted extends HTTPServerConnectionDelegate {
  /** `start`, `headers`, `data N`, `finish`, `closed`, `end`, in the order of the calls. */
  readonly events: string[] = [];
  readonly #script: Script;
  readonly #waiting: { event: string; resolve: () => void }[] = [];

  constructor(script: Script = {}) {
    super();
    this.#script = script;
  }

  override startRequest(_serverConn: object, connection: HTTPConnection): HTTPMessageDelegate {
    this.note("start");
    return new ScriptedMessage(this, this.#script, connection);
  }

  override onClose(): void {
    this.note("end");
  }

  /** Notes an event. */
  note(event: string): void {
    this.events.push(event);
    for (const one of this.#waiting.filter((waiting) => waiting.event === event)) one.resolve();
  }

  /** Resolves when the event has been noted. */
  seen(event: string): Promise<void> {
    if (this.events.includes(event)) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ event, resolve });
    return promise;
  }

  /** How often the event has been noted. */
  count(event: string): number {
    return this.events.filter((one) => one === event).length;
  }
}

class ScriptedMessage extends HTTPMessageDelegate {
  readonly #log: Scripted;
  readonly #script: Script;
  readonly #connection: HTTPConnection;

  constructor(log: Scripted, script: Script, connection: HTTPConnection) {
    super();
    this.#log = log;
    this.#script = script;
    this.#connection = connection;
  }

  override headersReceived(
    startLine: RequestStartLine | ResponseStartLine,
    headers: HTTPHeaders,
  ): void | Promise<void> {
    this.#log.note("headers");
    if (startLine instanceof RequestStartLine) return this.#script.headers?.(this.#connection, startLine, headers);
  }

  override dataReceived(chunk: Bytes): void | Promise<void> {
    this.#log.note(`data ${chunk.length}`);
    return this.#script.data?.(this.#connection, chunk);
  }

  override finish(): void {
    this.#log.note("finish");
    this.#script.finish?.(this.#connection);
  }

  override onConnectionClose(): void {
    this.#log.note("closed");
    this.#script.closed?.(this.#connection);
  }
}

/** The start line of a response. */
export function status(code: number, reason = "OK"): ResponseStartLine {
  return new ResponseStartLine("HTTP/1.1", code, reason);
}

/** Headers of a record. */
export function headers(record: Record<string, string> = {}): HTTPHeaders {
  return new HTTPHeaders(record);
}

/** Answers with a text. */
export function reply(connection: HTTPConnection | null, text: string, code = 200): void {
  connection?.respond(status(code, code === 200 ? "OK" : "Other"), headers({ "Content-Type": "text/plain" }), text);
}

/** A response, parsed as strictly as the cases need it. */
export interface Answer {
  readonly status: number;
  readonly reason: string;
  /** Names in lower case. */
  readonly headers: readonly (readonly [string, string])[];
  /** The only value of the name, or `null`; throws if there are several. */
  get(name: string): string | null;
  getAll(name: string): string[];
  /** As latin1. */
  readonly body: string;
  /** As UTF-8. */
  readonly text: string;
  readonly chunked: boolean;
}

/** Reads one response; `method` is that of the request. */
export async function answer(client: RawConnection, method = "GET"): Promise<Answer> {
  const lines = (await client.until("\r\n\r\n")).slice(0, -4).split("\r\n");
  const match = /^HTTP\/1\.[01] (\d{3}) ?(.*)$/.exec(lines[0] ?? "");
  if (match === null) throw new Error(`not a status line: ${lines[0]}`);
  const [, code = "", reason = ""] = match;
  const headers = lines.slice(1).map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  const getAll = (name: string) => headers.filter(([one]) => one === name.toLowerCase()).map(([, value]) => value);
  const get = (name: string) => {
    const values = getAll(name);
    if (values.length > 1) throw new Error(`several ${name}: ${values.join(" | ")}`);
    return values[0] ?? null;
  };
  const chunked = get("transfer-encoding") === "chunked";
  const length = get("content-length");
  if (chunked && length !== null) throw new Error("both Content-Length and Transfer-Encoding");
  const status = Number(code);
  let body = "";
  if (method === "HEAD" || status === 204 || status === 304 || status < 200) body = "";
  else if (chunked) body = await chunkedBody(client);
  else if (length !== null) body = length === "0" ? "" : await client.bytes(Number(length));
  else body = await client.rest();
  const text = new TextDecoder().decode(latin1Bytes(body));
  return { status, reason, headers, get, getAll, body, text, chunked };
}

async function chunkedBody(client: RawConnection): Promise<string> {
  let body = "";
  for (;;) {
    const size = parseInt(await client.until("\r\n"), 16);
    if (size > 0) body += await client.bytes(size);
    if (await client.bytes(2) !== "\r\n") throw new Error("a chunk does not end with CRLF");
    if (size === 0) return body;
  }
}

/** Text as bytes. */
export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}
