import { appendQuery, formatUrl, leavesSite } from "./_redirect/redirect_url.ts";
import { HTTPError } from "./errors.ts";
import { RequestHandler } from "./request_handler.ts";

/** Arguments of {@linkcode RedirectHandler}. */
export interface RedirectHandlerKwargs {
  /**
   * The target. `{0}` or `{}` stand for the groups of the rule's pattern in order, `{name}` for a group with a name.
   */
  url: string;
  /**
   * Makes the status 301 instead of 302.
   *
   * @default {true}
   */
  permanent?: boolean;
}

/**
 * Redirects every GET, and keeps the query of the request. Tornado's `RedirectHandler`.
 *
 * It percent-encodes the values of the groups where a URL requires it; Tornado inserts them unchanged. It refuses a
 * request with 403 if the values would change the scheme or the host of the target, as `/example.com` does in `/{0}`
 * and `https://example.com` in `{0}`. In the host of a target, a group can only name subdomains, as in
 * `https://{0}.example.com/`.
 *
 * @example
 * ```ts
 * import { Application, RedirectHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new Application([["/pictures/(.*)", RedirectHandler, { url: "/photos/{0}" }]]);
 * const response = await app.fetch(new Request("http://localhost/pictures/a%20cat.jpg?size=2"));
 * assertEquals(response.status, 301);
 * assertEquals(response.headers.get("location"), "/photos/a%20cat.jpg?size=2");
 * ```
 */
export class RedirectHandler extends RequestHandler {
  #url = "";
  #permanent = true;

  /** Takes the target. */
  override initialize(kwargs: RedirectHandlerKwargs): void {
    const { url, permanent = true } = kwargs;
    this.#url = url;
    this.#permanent = permanent;
  }

  /** Redirects. */
  override get(): void {
    const url = formatUrl(this.#url, this.pathArgs, this.pathKwargs);
    if (leavesSite(url, this.#url)) {
      throw new HTTPError(403, "Cannot redirect to %s: groups of the path changed its scheme or host", { args: [url] });
    }
    this.redirect(appendQuery(url, this.request.query), { permanent: this.#permanent });
  }
}
