/**
 * The errors by which a handler ends a request.
 *
 * ```
 * Error
 * ├── Finish                  the response is complete as it is
 * └── HTTPError               an error page with a status
 *     ├── DrainError              503
 *     └── MissingArgumentError    400
 * ```
 *
 * @module
 */
import { responses } from "../http/httputil.ts";
import { formatPrintf } from "../internal/printf.ts";
import type { Chunk } from "./_request_handler/write_chunk.ts";

/** Options of {@linkcode HTTPError}. */
export interface HTTPErrorOptions extends ErrorOptions {
  /**
   * Values for the `%` conversions of the log message.
   *
   * @default {none}
   */
  args?: readonly unknown[];
  /**
   * The reason phrase of the status line, for a status without a usual one. It is not a message to the user.
   *
   * @default {the usual one of the status}
   */
  reason?: string | null;
}

/**
 * Ends a request with an error page. Tornado's `HTTPError`.
 *
 * Override `RequestHandler.writeError` to change the page. The log message goes to the log, never to the client.
 *
 * @example
 * ```ts
 * import { HTTPError } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new HTTPError(404, "no story %d", { args: [7] });
 * assertEquals(error.statusCode, 404);
 * assertEquals(String(error), "HTTP 404: Not Found (no story 7)");
 * ```
 */
export class HTTPError extends Error {
  /** `"HTTPError"`, or the name of the subclass. */
  override readonly name: string = "HTTPError";
  /** The status that answers the request. */
  readonly statusCode: number;
  /** Values for the `%` conversions of the log message. */
  readonly args: readonly unknown[];
  /** The reason phrase, or `null` for the usual one. */
  readonly reason: string | null;
  readonly #format: string | null;
  readonly #message: string | null;

  /**
   * Makes the error.
   *
   * @param statusCode The status that answers the request.
   * @param logMessage The text to log, with Python's `%` conversions if the options have arguments for them.
   */
  constructor(statusCode: number = 500, logMessage: string | null = null, options: HTTPErrorOptions = {}) {
    const { args = [], reason = null } = options;
    const title = `HTTP ${statusCode}: ${reason ?? responses.get(statusCode) ?? "Unknown"}`;
    const message = logMessage === null ? null : formatPrintf(logMessage, args);
    super(message === null || message === "" ? title : `${title} (${message})`, options);
    this.statusCode = statusCode;
    this.args = args;
    this.reason = reason;
    this.#format = logMessage;
    this.#message = message;
  }

  /**
   * The log message as a format for {@linkcode HTTPError.args}, `null` if there is none; without arguments its `%`
   * signs are doubled. Prefer {@linkcode HTTPError.getMessage}.
   */
  get logMessage(): string | null {
    return this.args.length > 0 ? this.#format : this.#format?.replaceAll("%", "%%") ?? null;
  }

  /** Returns the log message with its arguments in place, or `null` if there is none. */
  getMessage(): string | null {
    return this.#message;
  }

  /** Returns status, reason and log message, without the name of the class. */
  override toString(): string {
    return this.message;
  }
}

/**
 * Ends a request without an error, with what was written so far as the response. Tornado's `Finish`.
 *
 * @example
 * ```ts
 * import { Finish, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Private extends RequestHandler {
 *   override prepare(): void {
 *     this.setStatus(401);
 *     this.setHeader("WWW-Authenticate", 'Basic realm="something"');
 *     throw new Finish();
 *   }
 * }
 *
 * assertEquals(new Finish("bye").chunk, "bye");
 * assertEquals(Private.name, "Private");
 * ```
 */
export class Finish extends Error {
  /** Always `"Finish"`. */
  override readonly name: string = "Finish";
  /** The argument of `RequestHandler.finish`, `undefined` for none. */
  readonly chunk: Chunk | undefined;

  /** Makes the exception. */
  constructor(chunk?: Chunk) {
    super("The request is finished");
    this.chunk = chunk;
  }
}

/**
 * Answers 400: the request lacks an argument that its handler requires. Tornado's `MissingArgumentError`.
 *
 * @example
 * ```ts
 * import { MissingArgumentError } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new MissingArgumentError("q");
 * assertEquals([error.statusCode, error.argName], [400, "q"]);
 * assertEquals(error.getMessage(), "Missing argument q");
 * ```
 */
export class MissingArgumentError extends HTTPError {
  /** Always `"MissingArgumentError"`. */
  override readonly name: string = "MissingArgumentError";
  /** The name of the argument. */
  readonly argName: string;

  /** Makes the error. */
  constructor(argName: string) {
    super(400, `Missing argument ${argName}`);
    this.argName = argName;
  }
}

/**
 * The reason of `RequestHandler.signal` when the server begins to drain. A handler that lets it through answers 503, or
 * leaves a response unchanged that has ended meanwhile.
 *
 * @example
 * ```ts
 * import { DrainError } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new DrainError(20);
 * assertEquals([error.statusCode, error.seconds], [503, 20]);
 * ```
 */
export class DrainError extends HTTPError {
  /** Always `"DrainError"`. */
  override readonly name: string = "DrainError";
  /** The seconds that all responses of the server had left when the drain began. */
  readonly seconds: number;

  /** Makes the error. */
  constructor(seconds: number) {
    super(503, `The server drains, within ${seconds} s`);
    this.seconds = seconds;
  }
}
