import { urlEscape } from "../util/escape.ts";
import { leadsToOtherHost } from "./_redirect/redirect_url.ts";
import { HTTPError } from "./errors.ts";
import type { RequestHandler, RequestHandlerClass } from "./request_handler.ts";

/** A method of a handler that answers requests, such as `get`. */
export type HandlerMethod<This extends RequestHandler, Args extends unknown[], R> = (this: This, ...args: Args) => R;

/**
 * Makes the handlers of a class take the body of a request in pieces. Tornado's `stream_request_body`.
 *
 * `prepare` is called when the headers have arrived; it may set limits with `request.connection.setMaxBodySize`. Then
 * `dataReceived` gets each piece, and the next one waits for its promise. Last comes the method of the request, such as
 * `put`. `request.body` stays empty, and arguments are those of the query. If the client goes away before the end,
 * `onConnectionClose` is called and the method is not.
 *
 * @example
 * ```ts
 * import { Application, RequestHandler, streamRequestBody } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * @streamRequestBody
 * class Counter extends RequestHandler {
 *   #bytes = 0;
 *   override dataReceived(chunk: Uint8Array<ArrayBuffer>): void {
 *     this.#bytes += chunk.length;
 *   }
 *   override put(): void {
 *     this.write(`${this.#bytes} bytes`);
 *   }
 * }
 *
 * const app = new Application([["/count", Counter]]);
 * const response = await app.fetch(new Request("http://localhost/count", { method: "PUT", body: "12345" }));
 * assertEquals(await response.text(), "5 bytes");
 * ```
 */
export function streamRequestBody(handlerClass: RequestHandlerClass, _context: ClassDecoratorContext): void {
  handlerClass.streamRequestBody = true;
}

/**
 * Redirects GET and HEAD from a path that ends in slashes to the one without, and answers other methods with 404.
 * Tornado's `removeslash`. The pattern of the rule has to match both, as `/foo/*` does. A path that begins with two
 * slashes, or a slash and a backslash, is refused with 403.
 *
 * @example
 * ```ts
 * import { Application, removeslash, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Page extends RequestHandler {
 *   @removeslash
 *   override get(): void {
 *     this.write("page");
 *   }
 * }
 *
 * const app = new Application([["/page/*", Page]]);
 * const response = await app.fetch(new Request("http://localhost/page/?a=b"));
 * assertEquals(response.status, 301);
 * assertEquals(response.headers.get("location"), "/page?a=b");
 * ```
 */
export function removeslash<This extends RequestHandler, Args extends unknown[], R>(
  method: HandlerMethod<This, Args, R>,
  _context: ClassMethodDecoratorContext<This>,
): HandlerMethod<This, Args, R> {
  return withRedirect(method, (path) => {
    if (!path.endsWith("/")) return null;
    let end = path.length;
    while (end > 0 && path[end - 1] === "/") end--;
    // The root has no other form.
    return end === 0 ? "" : path.slice(0, end);
  });
}

/**
 * Redirects GET and HEAD from a path that does not end in a slash to the one that does, and answers other methods with
 * 404. Tornado's `addslash`. The pattern of the rule has to match both, as `/foo/?` does. A path that begins with two
 * slashes, or a slash and a backslash, is refused with 403.
 *
 * @example
 * ```ts
 * import { addslash, Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Folder extends RequestHandler {
 *   @addslash
 *   override get(): void {
 *     this.write("folder");
 *   }
 * }
 *
 * const app = new Application([["/folder/?", Folder]]);
 * const response = await app.fetch(new Request("http://localhost/folder"));
 * assertEquals(response.status, 301);
 * assertEquals(response.headers.get("location"), "/folder/");
 * ```
 */
export function addslash<This extends RequestHandler, Args extends unknown[], R>(
  method: HandlerMethod<This, Args, R>,
  _context: ClassMethodDecoratorContext<This>,
): HandlerMethod<This, Args, R> {
  return withRedirect(method, (path) => path.endsWith("/") ? null : `${path}/`);
}

/**
 * Calls a method only for a logged-in user, as told by `currentUser`. For other visitors, GET and HEAD redirect to the
 * login page, and other methods answer 403. Tornado's `authenticated`.
 *
 * The login page gets the URL of the request as the argument `next`, unless its own URL has a query already. If the
 * login URL begins with a scheme, so does `next`.
 *
 * @example
 * ```ts
 * import { Application, authenticated, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Private extends RequestHandler {
 *   override getCurrentUser(): string | null {
 *     return this.getCookie("user");
 *   }
 *   @authenticated
 *   override get(): void {
 *     this.write(`Hello, ${this.currentUser}`);
 *   }
 * }
 *
 * const app = new Application([["/private", Private]], { loginUrl: "/login" });
 * const response = await app.fetch(new Request("http://localhost/private?a=b"));
 * assertEquals(response.headers.get("location"), "/login?next=%2Fprivate%3Fa%3Db");
 * ```
 */
export function authenticated<This extends RequestHandler, Args extends unknown[], R>(
  method: HandlerMethod<This, Args, R>,
  _context: ClassMethodDecoratorContext<This>,
): HandlerMethod<This, Args, R> {
  const wrapper = function (this: This, ...args: Args): R | undefined {
    if (this.currentUser) return method.apply(this, args);
    const { request } = this;
    if (request.method !== "GET" && request.method !== "HEAD") throw new HTTPError(403);
    const url = this.getLoginUrl();
    const next = ABSOLUTE_URL.test(url) ? request.fullUrl() : request.uri;
    this.redirect(url.includes("?") ? url : `${url}?next=${urlEscape(next)}`);
    return undefined;
  };
  loginMethods.add(wrapper);
  // As below.
  return wrapper as HandlerMethod<This, Args, R>;
}

/** What `authenticated` has made of methods, for those who describe an application. */
const loginMethods = new WeakSet<object>();

/** Tells whether a method of a handler is one that `authenticated` guards; another decorator around it hides that. */
export function isAuthenticated(method: unknown): boolean {
  return typeof method === "function" && loginMethods.has(method);
}

/** A URL that begins with a scheme. */
const ABSOLUTE_URL = /^[a-z][a-z0-9+.-]*:/i;

/** Calls `method` where `otherPath` gives `null`; GET and HEAD also where it gives `""`. */
function withRedirect<This extends RequestHandler, Args extends unknown[], R>(
  method: HandlerMethod<This, Args, R>,
  otherPath: (path: string) => string | null,
): HandlerMethod<This, Args, R> {
  const wrapper = function (this: This, ...args: Args): R | undefined {
    const { method: verb, path, query } = this.request;
    const other = otherPath(path);
    if (other === null) return method.apply(this, args);
    if (verb !== "GET" && verb !== "HEAD") throw new HTTPError(404);
    if (other === "") return method.apply(this, args);
    if (leadsToOtherHost(other)) throw new HTTPError(403, "Cannot redirect path with two initial slashes");
    this.redirect(query === "" ? other : `${other}?${query}`, { permanent: true });
    return undefined;
  };
  // A method that has redirected has nothing to wait for, and may return nothing else.
  return wrapper as HandlerMethod<This, Args, R>;
}
