/**
 * A client whose requests and answers have the types of an application's typed handlers. It loads nothing of the
 * server, so that it also works in a browser.
 *
 * @module
 */
import type { AsyncHTTPClient } from "../http/httpclient.ts";
import { ClientSocket, jsonToSend } from "./_client_socket.ts";
import { EventParser } from "../internal/event_parser.ts";
import { isJsonType } from "../internal/json_text.ts";
import type {
  ClientAnswer,
  ClientArguments,
  ClientEvent,
  DeclarationOf,
  DeclaredStatus,
  PathsWith,
  PathsWithEvents,
  ReceivedMessage,
  Routes,
  SentMessage,
  SocketArguments,
} from "./_client_types.ts";

export { ClientSocket } from "./_client_socket.ts";
export type {
  ClientAnswer,
  ClientArguments,
  ClientEvent,
  DeclarationOf,
  DeclaredStatus,
  PathsWith,
  PathsWithEvents,
  ReceivedMessage,
  Routes,
  SentMessage,
  SocketArguments,
} from "./_client_types.ts";

/** Carries out a request: the `fetch` of a browser or of Deno, of an application, or the result of `fetchWith`. */
export type ClientFetch = (request: Request) => Response | Promise<Response>;

/** Options of {@linkcode Client}. */
export interface ClientOptions<Rules = unknown> {
  /** Carries out the requests. @default {fetch} */
  fetch?: ClientFetch;
  /** Headers of all requests; one of the same name in a request takes its place. @default {{}} */
  headers?: Readonly<Record<string, string>>;
  /**
   * The statuses that methods of the application declare, such as `{ 200: true, 404: true }`; the compiler knows them.
   * An answer of any other status is a {@linkcode ClientError}. Without them, JSON of a proxy and a refusal without a
   * body, such as 413, pass for declared answers.
   *
   * @default {none, so that all pass}
   */
  statuses?: { readonly [Status in DeclaredStatus<Routes<Rules>>]: true };
}

/** A problem document (RFC 9457), as typed handlers send it. */
export interface Problem {
  /** A URI for the kind of problem; `about:blank` for one that the status says. */
  readonly type?: string;
  /** The kind of problem. */
  readonly title?: string;
  /** The status. */
  readonly status?: number;
  /** The values that were refused. */
  readonly errors?: readonly { readonly in: string; readonly pointer: string; readonly detail: string }[];
}

/**
 * An answer that no declaration has: a problem document, a body that is neither JSON nor empty, or a status that is not
 * one of the option `statuses`.
 */
export class ClientError extends Error {
  /** Always `"ClientError"`. */
  override readonly name: string = "ClientError";
  /** The status. */
  readonly status: number;
  /** The headers. */
  readonly headers: Headers;
  /** The problem document, `null` if there is none. */
  readonly problem: Problem | null;

  /** Makes the error. */
  constructor(request: Request, { status, headers }: Response, problem: Problem | null) {
    const [first, ...others] = problem?.errors ?? [];
    const more = others.length > 0 ? ` and ${others.length} more` : "";
    const detail = first === undefined ? "" : `, ${first.in} ${first.pointer}: ${first.detail}${more}`;
    const title = problem?.title === undefined ? "" : ` ${problem.title}`;
    super(`${request.method} ${request.url} was answered with ${status}${title}${detail}`);
    this.status = status;
    this.headers = headers;
    this.problem = problem;
  }
}

type Values = Readonly<Record<string, unknown>>;

/** The parts of a request, whose names and values the compiler has checked. */
interface Parts {
  readonly path?: Values;
  readonly query?: Values;
  readonly headers?: Values;
  readonly cookies?: Values;
  readonly json?: unknown;
  readonly form?: Values;
  readonly multipart?: Values;
  readonly signal?: AbortSignal;
}

/**
 * Makes requests by one method. It works without its object.
 *
 * @throws {ClientError} If the answer is not one that a declaration can have.
 * @throws {RangeError} If a value would change the segments of the path: `""`, `"."` or `".."`; or a cookie has a
 * semicolon.
 * @throws {TypeError} If a value cannot be sent: `null` or a Map as a text, or a Map as a part of JSON.
 */
export type ClientMethod<Rules, Method extends string> = <Path extends PathsWith<Routes<Rules>, Method>>(
  path: Path,
  ...parts: ClientArguments<DeclarationOf<Routes<Rules>, Path, Method>>
) => Promise<ClientAnswer<DeclarationOf<Routes<Rules>, Path, Method>>>;

/**
 * A client of the typed handlers of an application. Its only type parameter is the type of the application, from which
 * the compiler takes the paths and the declarations; no code is generated. The constant that holds the application has
 * no type of its own, `const app: Application`, which would say nothing of the rules. The type of a list of rules that
 * is a constant with `as const` does as well.
 *
 * A rule takes part if its pattern is written as text, of plain characters and groups without further groups in them. A
 * group without a name has that of the only field of `path`. Rules within lists of rules, and those made by `url()`, do
 * not take part.
 *
 * Each method resolves with one of the declared answers, told apart by `status`.
 *
 * @typeParam Rules The type of the application, `typeof app`, or of its rules.
 *
 * @example
 * ```ts
 * import { numberFromText, TypedHandler } from "@twister/twister/api";
 * import { Client } from "@twister/twister/api/client";
 * import { Application } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const number = numberFromText();
 *
 * class Power extends TypedHandler({
 *   get: { path: { base: number }, query: { exponent: number }, response: { 200: number } },
 * }) {
 *   override get(): void {
 *     this.reply(200, this.args.path.base ** this.args.query.exponent);
 *   }
 * }
 *
 * const app = new Application([["/power/([0-9]+)", Power]]);
 * const client = new Client<typeof app>("http://localhost/", { fetch: app.fetch });
 * const { body } = await client.get("/power/{base}", { path: { base: 2 }, query: { exponent: 5 } });
 * assertEquals(body, 32);
 * ```
 */
export class Client<Rules> {
  /** Makes a GET request. */
  readonly get: ClientMethod<Rules, "get"> = this.#method("get");
  /** Makes a POST request. */
  readonly post: ClientMethod<Rules, "post"> = this.#method("post");
  /** Makes a PUT request. */
  readonly put: ClientMethod<Rules, "put"> = this.#method("put");
  /** Makes a PATCH request. */
  readonly patch: ClientMethod<Rules, "patch"> = this.#method("patch");
  /** Makes a DELETE request. */
  readonly delete: ClientMethod<Rules, "delete"> = this.#method("delete");
  readonly #base: URL;
  readonly #fetch: ClientFetch;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #statuses: Readonly<Record<number, true>> | undefined;

  /**
   * Makes a client.
   *
   * @param base The URL that the paths of the application are relative to.
   * @throws {TypeError} If it is not a URL.
   */
  constructor(base: string | URL, options: ClientOptions<Rules> = {}) {
    const { fetch = (request) => globalThis.fetch(request), headers = {}, statuses } = options;
    this.#base = new URL(base);
    this.#fetch = fetch;
    this.#headers = headers;
    this.#statuses = statuses;
  }

  /**
   * Reads an event stream. Leaving the loop ends it. It ends with the connection, and does not come back by itself: a
   * header `Last-Event-ID` asks for what was missed.
   *
   * @throws {ClientError} If the answer is not an event stream.
   * @throws {TypeError} In the loop, if the data of an event is not JSON.
   */
  events<Path extends PathsWithEvents<Routes<Rules>>>(
    path: Path,
    ...parts: ClientArguments<DeclarationOf<Routes<Rules>, Path, "get">>
  ): AsyncIterable<ClientEvent<DeclarationOf<Routes<Rules>, Path, "get">>>;
  async *events(path: string, parts: Parts = {}): AsyncIterable<unknown> {
    const request = this.#request("GET", path, parts);
    const response = await this.#fetch(request);
    if (typeOf(response) !== "text/event-stream" || response.body === null) {
      throw new ClientError(request, response, await problemOf(response));
    }
    const { signal } = parts;
    // An application that is asked directly does not look at the signal.
    const body = signal ? response.body.pipeThrough(new TransformStream(), { signal }) : response.body;
    const parser = new EventParser();
    for await (const bytes of chunksOf(body)) {
      for (const { event, data, id } of parser.feed(bytes)) yield { event, data: eventData(event, data), id };
    }
  }

  /**
   * Opens a WebSocket.
   *
   * @throws {RangeError} If a value would change the segments of the path.
   */
  websocket<Path extends PathsWith<Routes<Rules>, "socket">>(
    path: Path,
    ...parts: SocketArguments<DeclarationOf<Routes<Rules>, Path, "socket">>
  ): ClientSocket<
    SentMessage<DeclarationOf<Routes<Rules>, Path, "socket">>,
    ReceivedMessage<DeclarationOf<Routes<Rules>, Path, "socket">>
  >;
  websocket(path: string, parts: Parts = {}): unknown {
    const url = this.#url(path, parts);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    const { signal } = parts;
    const close = () => socket.close();
    signal?.addEventListener("abort", close);
    socket.addEventListener("close", () => signal?.removeEventListener("abort", close));
    if (signal?.aborted) close();
    return new ClientSocket(socket);
  }

  #method<Method extends string>(method: Method): ClientMethod<Rules, Method>;
  #method(method: string): unknown {
    return (path: string, parts: Parts = {}) => this.#send(method.toUpperCase(), path, parts);
  }

  async #send(method: string, template: string, parts: Parts): Promise<unknown> {
    const request = this.#request(method, template, parts);
    const response = await this.#fetch(request);
    const type = typeOf(response);
    const isDeclared = this.#statuses === undefined || Object.hasOwn(this.#statuses, response.status);
    if (type === "application/problem+json" || !isDeclared) {
      throw new ClientError(request, response, await problemOf(response));
    }
    if (type === "text/event-stream") {
      await response.body?.cancel();
      throw new ClientError(request, response, null);
    }
    const text = await response.text();
    const body = text === "" ? null : isJsonType(type) ? jsonOf(text) : undefined;
    if (body === undefined) throw new ClientError(request, response, null);
    const { status, headers } = response;
    return { status, body, headers };
  }

  #url(template: string, { path = {}, query }: Parts): URL {
    const url = new URL(this.#base.pathname.replace(/\/$/, "") + fillPath(template, path), this.#base);
    for (const [name, value] of textsOf(query)) url.searchParams.append(name, value);
    return url;
  }

  #request(method: string, template: string, parts: Parts): Request {
    const url = this.#url(template, parts);
    const headers = new Headers(this.#headers);
    const given = textsOf(parts.headers);
    for (const [name] of given) headers.delete(name);
    for (const [name, value] of given) headers.append(name, value);
    const cookies = textsOf(parts.cookies).map(([name, value]) => {
      if (value.includes(";")) throw new RangeError(`Cannot send the cookie ${name}: its value has a semicolon`);
      return `${name}=${value}`;
    });
    const others = headers.get("Cookie") ?? "";
    if (cookies.length > 0) headers.set("Cookie", [...others === "" ? [] : [others], ...cookies].join("; "));
    const { signal = null } = parts;
    // An application that is asked directly does not look at it.
    signal?.throwIfAborted();
    return new Request(url, { method, headers, body: bodyOf(parts, headers), signal });
  }
}

/**
 * Makes the `fetch` of a {@linkcode Client} from our HTTP client.
 *
 * @example
 * ```ts
 * import { TypedHandler } from "@twister/twister/api";
 * import { Client, fetchWith } from "@twister/twister/api/client";
 * import { AsyncHTTPClient } from "@twister/twister/httpclient";
 * import { Application } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Ping extends TypedHandler({ get: { response: { 204: null } } }) {
 *   override get(): void {
 *     this.reply(204);
 *   }
 * }
 * const app = new Application([["/ping", Ping]]);
 * await using server = app.listen(0, { address: "127.0.0.1" });
 * using http = new AsyncHTTPClient({ forceInstance: true });
 * const client = new Client<typeof app>(`http://127.0.0.1:${server.port}`, { fetch: fetchWith(http) });
 * assertEquals((await client.get("/ping")).status, 204);
 * ```
 */
export function fetchWith(client: AsyncHTTPClient): ClientFetch {
  return async (request) => {
    const { url, method, signal } = request;
    const sent = request.body === null ? null : new Uint8Array(await request.arrayBuffer());
    const { code, headers, body } = await client.stream(url, {
      method,
      headers: [...request.headers],
      body: sent,
      signal,
      // A declaration may have a POST without a body.
      allowNonstandardMethods: true,
    });
    const content = NO_BODY.has(code) ? null : ReadableStream.from(body);
    return new Response(content, { status: code, headers: [...headers.getAll()] });
  };
}

/** The statuses for which a `Response` takes no body. */
const NO_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

function typeOf({ headers }: Response): string {
  return headers.get("Content-Type")?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** Reads the answer to its end, and returns it if it is a problem document. */
async function problemOf(response: Response): Promise<Problem | null> {
  const text = await response.text();
  const value = typeOf(response) === "application/problem+json" ? jsonOf(text) : null;
  return isProblem(value) ? value : null;
}

/** Iterates over a stream, which Safari cannot do by itself. Leaving the loop cancels the stream. */
async function* chunksOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } finally {
    // It rejects for a stream that has failed, of which the loop has learned.
    await reader.cancel().catch(() => {});
  }
}

function isProblem(value: unknown): value is Problem {
  if (typeof value !== "object" || value === null) return false;
  const errors: unknown = Reflect.get(value, "errors");
  return errors === undefined || (Array.isArray(errors) && errors.every((each) => typeof each === "object" && each));
}

/** Returns the value of a text in JSON, `undefined` if it is not JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @throws {TypeError} If the data is not JSON. */
function eventData(event: string, data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw new TypeError(`Cannot read the event ${event} of the stream: its data is not JSON`, { cause });
  }
}

function fillPath(template: string, values: Values): string {
  return template.replace(/\{([^{}]*)\}/g, (_, name: string) => {
    const given = Object.hasOwn(values, name) ? values[name] ?? null : null;
    if (given === null) throw new RangeError(`Cannot fill ${template}: there is no value for ${name}`);
    const value = textOf(name, given);
    // A parser of URLs takes these for segments of another meaning, also if they are escaped.
    if (value === "" || value === "." || value === "..") {
      throw new RangeError(`Cannot put ${JSON.stringify(value)} into ${template}: it would name another path`);
    }
    return encodeURIComponent(value);
  });
}

/** The fields with their values as texts; one that is a list has several, one that is `undefined` none. */
function textsOf(values: Values = {}): [string, string][] {
  return Object.entries(values).flatMap(([name, value]) =>
    listed(value).map((item): [string, string] => [name, textOf(name, item)])
  );
}

/** @throws {TypeError} If the text would not tell what the value is: `null`, or an object of a class without a text. */
function textOf(name: string, value: unknown): string {
  const text = String(value);
  const isObject = typeof value === "object" && Object.prototype.toString.call(value) === text;
  if (value !== null && !isObject) return text;
  throw new TypeError(`Cannot send ${name}: ${text} is not a text, and has no form as one`);
}

function listed(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

/** Makes the body, and names its type in the headers unless the `Request` does. */
function bodyOf({ json, form, multipart }: Parts, headers: Headers): BodyInit | null {
  if (json !== undefined) {
    headers.set("Content-Type", "application/json");
    return jsonToSend(json);
  }
  if (form !== undefined) return new URLSearchParams(textsOf(form));
  if (multipart === undefined) return null;
  const data = new FormData();
  for (const [name, value] of Object.entries(multipart)) {
    for (const item of listed(value)) {
      if (item instanceof Blob) data.append(name, item);
      else data.append(name, textOf(name, item));
    }
  }
  return data;
}
