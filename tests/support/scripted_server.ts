/**
 * A server that answers each request with what a script says, byte by byte, for what no well-behaved server sends.
 *
 * @module
 */
import type { Bytes } from "../../src/internal/bytes.ts";
import { latin1Bytes, latin1Text } from "../../src/internal/utf8.ts";
import { HTTPHeaders } from "../../src/http/httputil.ts";
import { type IOStream, StreamClosedError } from "../../src/net/iostream.ts";
import { TCPServer, type TCPServerOptions } from "../../src/net/tcpserver.ts";

/** Ends the connection as a server does that has said everything. */
export const CLOSE: unique symbol = Symbol("close");

/** Leaves the rest of the connection without an answer. */
export const HOLD: unique symbol = Symbol("hold");

/** Something to send (text is latin1), to do with the connection, or to wait for. */
export type Step = string | Bytes | typeof CLOSE | typeof HOLD | ((stream: IOStream) => unknown);

/** A request as it came. */
export interface ReceivedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: HTTPHeaders;
  /** The body, without chunks. */
  readonly body: string;
  /** The number of its connection, from 0. */
  readonly connection: number;
}

/** Returns the answer to a request; `index` counts all requests of the server from 0. */
export type Script = (request: ReceivedRequest, index: number) => readonly Step[];

/** Options of a {@linkcode ScriptedServer}. */
export interface ScriptedServerOptions extends TCPServerOptions {
  /** Answers when the head has come, and leaves the body unread. */
  readonly answersEarly?: boolean;
  /** Sends this before any request has come. */
  readonly greeting?: string;
}

/** Writes a response with a Content-Length. */
export function reply(body = "ok", fields: readonly string[] = [], status = "200 OK"): string {
  const lines = [`HTTP/1.1 ${status}`, ...fields, `Content-Length: ${latin1Bytes(body).length}`];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

/** A server on a free port of 127.0.0.1; stop it with `await using`. */
export class ScriptedServer extends TCPServer {
  readonly #script: Script;
  readonly #options: ScriptedServerOptions;
  readonly #streams = new Set<IOStream>();
  readonly #running = new Set<Promise<void>>();
  /** All requests that came, in order. */
  readonly requests: ReceivedRequest[] = [];
  /** The number of connections that were made. */
  connections = 0;
  #changed = Promise.withResolvers<void>();

  /** Starts a server. */
  constructor(script: Script, options: ScriptedServerOptions = {}) {
    super(options);
    this.#script = script;
    this.#options = options;
    this.listen(0, { address: "127.0.0.1" });
  }

  /** The number of connections that are open. */
  get open(): number {
    return this.#streams.size;
  }

  /** Resolves when a connection has ended. */
  changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** The URL of a path. */
  url(path = "/"): string {
    return `${this.sslOptions === null ? "http" : "https"}://127.0.0.1:${this.port}${path}`;
  }

  override handleStream(stream: IOStream): void {
    stream.setNodelay(true);
    this.#streams.add(stream);
    const running = this.#serve(stream, this.connections++).catch((error) => {
      if (!(error instanceof StreamClosedError)) throw error;
    }).finally(() => {
      this.#streams.delete(stream);
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    });
    this.#running.add(running);
    running.finally(() => this.#running.delete(running));
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    // Bytes that nobody reads would be kept for some seconds beyond the test.
    for (const stream of this.#streams) stream.abort();
    await Promise.all(this.#running);
    await super[Symbol.asyncDispose]();
  }

  async #serve(stream: IOStream, connection: number): Promise<void> {
    if (this.#options.greeting !== undefined) await stream.write(latin1Bytes(this.#options.greeting));
    for (;;) {
      const request = await this.#read(stream, connection);
      this.requests.push(request);
      for (const step of this.#script(request, this.requests.length - 1)) {
        if (step === CLOSE) return stream.close();
        if (step === HOLD) return await closed(stream);
        if (typeof step === "function") await step(stream);
        else await stream.write(typeof step === "string" ? latin1Bytes(step) : step);
      }
    }
  }

  async #read(stream: IOStream, connection: number): Promise<ReceivedRequest> {
    const text = latin1Text(await stream.readUntil(latin1Bytes("\r\n\r\n")));
    const [line = "", ...fields] = text.slice(0, -4).split("\r\n");
    const [method = "", target = ""] = line.split(" ");
    const headers = HTTPHeaders.parse(fields.join("\r\n"));
    const waits = this.#options.answersEarly === true || headers.get("Expect") !== null;
    const body = waits ? "" : await readBody(stream, headers);
    return { method, target, headers, body, connection };
  }
}

/** Reads the body of a request. */
export async function readBody(stream: IOStream, headers: HTTPHeaders): Promise<string> {
  if (headers.get("Transfer-Encoding") !== "chunked") {
    return latin1Text(await stream.readBytes(Number(headers.get("Content-Length") ?? 0)));
  }
  let body = "";
  for (;;) {
    const size = parseInt(latin1Text(await stream.readUntil(latin1Bytes("\r\n"))), 16);
    const chunk = latin1Text(await stream.readBytes(size + 2));
    if (size === 0) return body;
    body += chunk.slice(0, -2);
  }
}

/** Reads, and drops, until the peer closes. */
async function closed(stream: IOStream): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  stream.consume({ onData: (buffer) => void (buffer.start = buffer.end), onEnd: () => resolve() });
  await promise;
}
