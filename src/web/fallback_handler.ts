import { HTTPServerConnectionDelegate, type HTTPServerRequest } from "../http/httputil.ts";
import { toError } from "../internal/promises.ts";
import { appLog } from "../util/log.ts";
import { endToEndHeaders, type Fetcher, type FetchFunction, serveInfo, toWebRequest } from "./_fallback/web_bridge.ts";
import { observeHook } from "./_request_handler/hooks.ts";
import { stateOf } from "./_request_handler/private_parts.ts";
import { feedRequest } from "./_routing/routing_delegate.ts";
import { StatusDelegate } from "./_routing/routing_delegate.ts";
import { RequestHandler } from "./request_handler.ts";

/** Takes a complete request and writes the answer to `request.connection`. */
export type FallbackCallback = (request: HTTPServerRequest) => void | Promise<void>;

/** The other side of a {@linkcode FallbackHandler}. */
export type Fallback = HTTPServerConnectionDelegate | Fetcher | FallbackCallback;

/**
 * Arguments of {@linkcode FallbackHandler}, of which one is needed: `fallback` is another application or delegate, a
 * function of Tornado's kind, or an object with a method `fetch`; `fetch` is a function of the Fetch standard, such as
 * that of `Deno.serve`.
 */
export type FallbackHandlerKwargs =
  | { fallback: Fallback; fetch?: undefined }
  | { fallback?: undefined; fetch: FetchFunction };

/**
 * Passes requests on to another application, or to a handler of the Fetch standard such as a hono app. Tornado's
 * `FallbackHandler`.
 *
 * The other side gets the request with its whole body. Its `Response` is streamed: a slow client slows it down, and
 * when the client goes away, the body is cancelled and `request.signal` aborts.
 *
 * @example
 * ```ts
 * import { Application, FallbackHandler, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const api = { fetch: (request: Request) => Response.json({ path: new URL(request.url).pathname }) };
 * const app = new Application([
 *   ["/", RequestHandler],
 *   ["/api/.*", FallbackHandler, { fallback: api }],
 * ]);
 * const response = await app.fetch(new Request("http://localhost/api/stories"));
 * assertEquals(await response.json(), { path: "/api/stories" });
 * ```
 */
export class FallbackHandler extends RequestHandler {
  /** The side that answers. */
  fallback: Fallback | null = null;
  #client: AbortController | null = null;
  #body: ReadableStreamDefaultReader<Uint8Array> | null = null;
  #completed: PromiseWithResolvers<void> | null = null;

  /**
   * Takes the side that answers.
   *
   * @throws {TypeError} If there is none.
   */
  override initialize(kwargs: FallbackHandlerKwargs): void {
    const { fallback = null, fetch } = kwargs;
    this.fallback = fetch === undefined ? fallback : { fetch };
    if (this.fallback === null) throw new TypeError("FallbackHandler needs a fallback or a fetch function");
  }

  /** Passes the request on, before any of the handler's methods. */
  override prepare(): void | Promise<void> {
    const { fallback } = this;
    if (fallback === null) return;
    // An application is a fetcher as well, but it needs no detour.
    if (fallback instanceof HTTPServerConnectionDelegate) this.#watch(this.#feed(fallback));
    else if (typeof fallback === "function") this.#watch(fallback(this.request));
    else return this.#answer(fallback);
    // From here on, the other side writes the response.
    stateOf(this).finished = true;
    observeHook(this.request, this.onFinish());
  }

  /** Tells the other side, and stops reading from it. */
  override onConnectionClose(): void {
    this.#client?.abort();
    this.#body?.cancel().catch(() => {});
  }

  /** Returns `null`: the other side is in charge of its ETags. */
  override computeEtag(): null {
    return null;
  }

  /** Resolves the promise that the other side may wait for. */
  override onFinish(): void {
    this.#completed?.resolve();
  }

  #feed(delegate: HTTPServerConnectionDelegate): Promise<void> {
    const { connection, serverConnection } = this.request;
    if (connection === null) throw new Error("Cannot fall back: the request has no connection");
    return feedRequest(delegate.startRequest(serverConnection ?? connection, connection), this.request);
  }

  /** The request is in other hands, but its failure must not end the process, or leave the client waiting. */
  #watch(done: void | Promise<void>): void {
    done?.catch((error: unknown) => {
      const { connection, method, uri } = this.request;
      appLog.error("Uncaught exception in fallback for %s %s", method, uri, toError(error));
      try {
        if (connection !== null) new StatusDelegate(connection, 500).finish();
      } catch {
        // The answer had begun; a second one is impossible.
      }
    });
  }

  async #answer(fetcher: Fetcher): Promise<void> {
    const client = this.#client = new AbortController();
    const completed = this.#completed = Promise.withResolvers<void>();
    const request = toWebRequest(this.request, client.signal);
    const response = await fetcher.fetch(request, serveInfo(this.request, completed.promise));
    if (!(response instanceof Response) || response.status < 200) {
      throw new TypeError(`The fallback must return a Response of 200 and more, not ${Deno.inspect(response)}`);
    }
    const { body } = response;
    try {
      this.#takeHead(response);
    } catch (error) {
      body?.cancel(error).catch(() => {});
      throw error;
    }
    if (this.request.method === "HEAD") {
      await body?.cancel();
      // Not by finish() alone, which would add the length of an empty body.
      await this.flush();
    } else if (body !== null) await this.#stream(body);
    await this.finish();
  }

  #takeHead(response: Response): void {
    this.setStatus(response.status, response.statusText === "" ? null : response.statusText);
    this.clearHeader("Content-Type");
    for (const [name, value] of endToEndHeaders(response)) {
      // The only header whose values the Fetch standard keeps apart.
      if (name === "set-cookie") this.addHeader(name, value);
      else this.setHeader(name, value);
    }
  }

  async #stream(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    const reader = this.#body = body.getReader();
    // The client may be gone already, and nobody says so again.
    if (this.#client?.signal.aborted) this.onConnectionClose();
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        this.write(next.value);
        await this.flush();
      }
    } catch (error) {
      reader.cancel(error).catch(() => {});
      throw error;
    }
  }
}
