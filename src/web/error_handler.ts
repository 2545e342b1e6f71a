import { HTTPError } from "./errors.ts";
import { RequestHandler } from "./request_handler.ts";

/** Arguments of {@linkcode ErrorHandler}. */
export interface ErrorHandlerKwargs {
  /** The status of the error page. */
  statusCode: number;
}

/**
 * Answers every request with an error page. Tornado's `ErrorHandler`.
 *
 * @example
 * ```ts
 * import { Application, ErrorHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new Application([["/old/.*", ErrorHandler, { statusCode: 410 }]]);
 * const response = await app.fetch(new Request("http://localhost/old/page"));
 * assertEquals(response.status, 410);
 * await response.body?.cancel();
 * ```
 */
export class ErrorHandler extends RequestHandler {
  /** Takes the status. */
  override initialize(kwargs: ErrorHandlerKwargs): void {
    this.setStatus(kwargs.statusCode);
  }

  /** Checks nothing: nothing is changed here, and a client that posts to a wrong URL should get that error. */
  override checkXsrfCookie(): void {}

  /** Checks nothing, for the same reason. */
  override checkCrossOrigin(): void {}

  /** Answers with the error page, before any of the methods. */
  override prepare(): void {
    throw new HTTPError(this.getStatus());
  }
}
