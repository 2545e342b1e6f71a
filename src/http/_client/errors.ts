import { responses } from "../_httputil/responses.ts";
import type { HTTPResponse } from "./http_response.ts";

/**
 * Reports a response with an error status, or that there was no whole response: then the code is 599, or one of its
 * subclasses is thrown. Tornado's `HTTPClientError`, also known as `HTTPError`.
 *
 * @example
 * ```ts
 * import { HTTPClientError } from "@twister/twister/httpclient";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new HTTPClientError(404).message, "HTTP 404: Not Found");
 * ```
 */
export class HTTPClientError extends Error {
  /** Name of the class. */
  override readonly name: string = "HTTPClientError";
  /** The status; 599 if no whole response came. */
  readonly code: number;
  /** The response; `null` if no whole response came. */
  readonly response: HTTPResponse | null;

  /**
   * Makes the error.
   *
   * @param message The reason phrase, or why there is no response; by default the phrase of the code.
   */
  constructor(
    code: number,
    message: string | null = null,
    response: HTTPResponse | null = null,
    options?: ErrorOptions,
  ) {
    super(`HTTP ${code}: ${message ?? responses.get(code) ?? "Unknown"}`, options);
    this.code = code;
    this.response = response;
  }

  /** Returns the message, as Tornado's `str(error)` does. */
  override toString(): string {
    return this.message;
  }
}

/** Reports that a request took longer than one of its time limits. Tornado's `HTTPTimeoutError`. */
export class HTTPTimeoutError extends HTTPClientError {
  /** Name of the class. */
  override readonly name: string = "HTTPTimeoutError";

  /** Makes the error. */
  constructor(message: string) {
    super(599, message);
  }

  /** Returns the message without the code, as Tornado's `str(error)` does. */
  override toString(): string {
    return withoutCode(this);
  }
}

/** Reports that the connection ended before the whole response. Tornado's `HTTPStreamClosedError`. */
export class HTTPStreamClosedError extends HTTPClientError {
  /** Name of the class. */
  override readonly name: string = "HTTPStreamClosedError";

  /** Makes the error; the cause says why the connection ended, if that is known. */
  constructor(message: string, options?: ErrorOptions) {
    super(599, message, null, options);
  }

  /** Returns the message without the code, as Tornado's `str(error)` does. */
  override toString(): string {
    return withoutCode(this);
  }
}

function withoutCode({ code, message }: HTTPClientError): string {
  return message.slice(`HTTP ${code}: `.length);
}
