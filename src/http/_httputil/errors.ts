/** Options of {@linkcode HTTPInputError}. */
export interface HTTPInputErrorOptions extends ErrorOptions {
  /**
   * The status that answers the peer: 400, or one that says more, such as 408, 413, 414, 417, 431, 501 or 505.
   *
   * @default {400}
   */
  statusCode?: number;
}

/**
 * Reports that data from the peer was refused: a malformed message, or one beyond a limit.
 *
 * A server answers with {@linkcode HTTPInputError.statusCode} and closes the connection. The application is not at
 * fault. Tornado's `HTTPInputError`, which always means 400.
 *
 * @example Refusing a value
 * ```ts
 * import { HTTPInputError } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new HTTPInputError("Content-Length too long: 4096", { statusCode: 413 });
 * assertEquals(error.statusCode, 413);
 * ```
 */
export class HTTPInputError extends Error {
  /** Always `"HTTPInputError"`. */
  override readonly name: string = "HTTPInputError";
  /** The status that answers the peer. */
  readonly statusCode: number;

  /**
   * Makes the error.
   *
   * @param message What was refused, why, and the value.
   */
  constructor(message: string, options: HTTPInputErrorOptions = {}) {
    super(message, options);
    this.statusCode = options.statusCode ?? 400;
  }
}

/**
 * Reports that a body that a handler reads as text or JSON is neither. A `RequestHandler` that does not catch it
 * answers 400.
 *
 * @example Reading a body that is not JSON
 * ```ts
 * import { HTTPServerRequest, UnreadableBodyError } from "@twister/twister/httputil";
 * import { assertThrows } from "@std/assert";
 *
 * const request = new HTTPServerRequest({ body: new Uint8Array([0x7b]) });
 * assertThrows(() => request.json(), UnreadableBodyError, "Body is not JSON");
 * ```
 */
export class UnreadableBodyError extends HTTPInputError {
  /** Always `"UnreadableBodyError"`. */
  override readonly name: string = "UnreadableBodyError";
}

/**
 * Reports that the application broke the framing of its own message, for example by writing more than its
 * Content-Length.
 *
 * Tornado's `HTTPOutputError`.
 *
 * @example Recognising it
 * ```ts
 * import { HTTPOutputError } from "@twister/twister/httputil";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new HTTPOutputError("Tried to write more data than Content-Length").name, "HTTPOutputError");
 * ```
 */
export class HTTPOutputError extends Error {
  /** Always `"HTTPOutputError"`. */
  override readonly name: string = "HTTPOutputError";
}

/**
 * Reports a header that does not exist. Tornado's `KeyError`.
 *
 * @example Telling it from other errors
 * ```ts
 * import { HeaderNotFoundError, HTTPHeaders } from "@twister/twister/httputil";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => new HTTPHeaders().getItem("Content-Type"), HeaderNotFoundError);
 * ```
 */
export class HeaderNotFoundError extends RangeError {
  /** Always `"HeaderNotFoundError"`. */
  override readonly name: string = "HeaderNotFoundError";
  /** The name of the header, as the caller wrote it. */
  readonly header: string;

  /** Makes the error for one header name. */
  constructor(header: string) {
    super(`No such header: ${header}`);
    this.header = header;
  }
}

/** Names a refusal by its status, in the words of metrics. */
export function refusalKind({ statusCode }: HTTPInputError): string {
  switch (statusCode) {
    case 408:
      return "timeout";
    case 413:
    case 414:
    case 431:
      return "too_large";
    default:
      return "malformed";
  }
}
