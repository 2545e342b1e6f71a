/**
 * WebSockets whose handshakes and messages have schemas, as the requests of typed handlers have.
 *
 * @module
 */
import type { HTTPServerRequest } from "../http/httputil.ts";
import type { Bytes } from "../internal/bytes.ts";
import { isThenable } from "../internal/promises.ts";
import { jsonEncode } from "../util/escape.ts";
import { genLog } from "../util/log.ts";
import { type Application, HTTPError, type NoKwargs, type RequestHandler, type SendErrorOptions } from "../web/mod.ts";
import { WebSocketClosedError, WebSocketHandler } from "../websocket/mod.ts";
import { checkSocketDeclaration } from "./_check_declarations.ts";
import { requestPlan } from "./_plans.ts";
import { writeProblem } from "./_problem.ts";
import { ArgumentReader, parseJson } from "./_read_arguments.ts";
import { Unawaited } from "./_unawaited.ts";
import { accepted, faultsOf, refuseDepth, standardOf, validateJson } from "./_validation.ts";
import type { SocketArgs, SocketDeclaration } from "./declarations.ts";
import type { SchemaInput, SchemaOutput, StandardResult } from "./standard_schema.ts";

export type { SocketArgs, SocketDeclaration } from "./declarations.ts";

/** RFC 6455 section 7.4.1: data that does not fit the type of the message. */
const INVALID_DATA = 1007;
/** RFC 6455 section 5.5: a control frame holds 125 bytes, two of which are the code. */
const MAX_REASON_BYTES = 123;

/** The reason to refuse a message. */
export interface MessageError {
  /** JSON pointer to the value within the message, as a URI fragment (RFC 6901 section 6). */
  readonly pointer: string;
  /** The reason, in the words of the schema. */
  readonly detail: string;
}

/** The class that {@linkcode TypedWebSocketHandler} makes. */
export interface TypedWebSocketHandlerClass<D extends SocketDeclaration>
  extends Pick<typeof RequestHandler, "SUPPORTED_METHODS" | "streamRequestBody" | "borrowBodyChunks"> {
  /** Makes a handler for one WebSocket. */
  new (application: Application, request: HTTPServerRequest, kwargs?: NoKwargs): TypedWebSocket<D>;
  /** The declaration. */
  readonly socketDeclaration: D;
}

/** A WebSocket whose handshake and messages have schemas. {@linkcode TypedWebSocketHandler} makes its subclasses. */
export class TypedWebSocket<D extends SocketDeclaration> extends WebSocketHandler {
  readonly #declaration: D;
  #args: unknown = null;

  /** Makes a handler for one WebSocket. */
  constructor(declaration: D, application: Application, request: HTTPServerRequest, kwargs?: NoKwargs) {
    super(application, request, kwargs);
    this.#declaration = declaration;
  }

  /**
   * The validated values of the handshake, by group.
   *
   * @throws {Error} If nothing was validated: an own `prepare` does not wait for `super.prepare()`.
   */
  get args(): SocketArgs<D> {
    if (this.#args === null) throw new Error("Cannot read args: super.prepare() was not awaited");
    // ArgumentReader built it by the declaration, from which the compiler derives the type.
    return this.#args as SocketArgs<D>;
  }

  /**
   * Validates the handshake.
   *
   * @throws {ValidationError} If a schema refuses a value.
   */
  override prepare(): void | Promise<void> {
    const reader = new ArgumentReader(this, "get");
    const pending = reader.read(requestPlan(this.#declaration));
    if (pending !== null) return pending.then(() => void (this.#args = reader.args));
    this.#args = reader.args;
  }

  /**
   * Called for each message that fits the schema, with what the schema returns; override it.
   *
   * @returns A promise that the next message waits for, or nothing.
   */
  receive(_message: SchemaOutput<D["receive"]>): void | Promise<void> {
    throw new Error(`${this.constructor.name} does not override receive(), which takes the messages of clients`);
  }

  /**
   * Called for a message that is not text, not JSON, or does not fit the schema. It logs a line and closes the
   * WebSocket with 1007 and the first reason; override it to answer otherwise.
   *
   * @returns A promise that the next message waits for, or nothing.
   */
  refuse(errors: readonly MessageError[]): void | Promise<void> {
    const reason = errors.map(({ pointer, detail }) => `${pointer} ${detail}`)[0] ?? "";
    genLog.warning("Refused a message from %s: %s", this.request.remoteIp, reason);
    this.close(INVALID_DATA, shortened(reason));
  }

  /**
   * Sends, as JSON, what the schema returns for a message.
   *
   * @returns A promise as that of `writeMessage`.
   * @throws {TypeError} If the schema refuses the message; in the promise, if it is asynchronous. If the caller does
   * not wait for that, it is an error of the handler as one that {@linkcode receive} throws.
   * @throws {WebSocketClosedError} If the WebSocket is closed or closing.
   */
  send(message: SchemaInput<D["send"]>): Promise<void> {
    const sent = (result: StandardResult<unknown>) =>
      this.writeMessage(jsonEncode(accepted(result, "send this message")));
    const result = standardOf(this.#declaration.send).validate(message);
    if (!isThenable(result)) return sent(result);
    return new Unawaited(Promise.resolve(result).then((each) => [sent(each)]), (error) => this.#report(error));
  }

  /** Validates a message; a subclass overrides {@linkcode receive} instead. */
  override onMessage(message: string | Bytes): void | Promise<void> {
    const value = typeof message === "string" ? jsonOf(message) : INVALID;
    if (value === INVALID) return this.#refuse([{ pointer: "#", detail: "Expected JSON" }]);
    const take = (result: StandardResult<unknown>): void | Promise<void> => {
      // The schema returned it, whose type the compiler derives from the declaration.
      if (result.issues === undefined) return this.receive(result.value as SchemaOutput<D["receive"]>);
      return this.#refuse(faultsOf(result.issues, null));
    };
    const result = validateJson(standardOf(this.#declaration.receive), value);
    return isThenable(result) ? Promise.resolve(result).catch(refuseDepth).then(take) : take(result);
  }

  /** Takes the error of a message that was to be sent, and for which no caller waits. */
  #report(error: unknown): void {
    // While the schema was busy, the client has left, or the handler has closed the WebSocket.
    if (error instanceof WebSocketClosedError) return;
    if (this.wsConnection === null) this.logException(error);
    else this.wsConnection.fail(error);
  }

  /** Messages that were under way when the WebSocket was closed are not worth a line each. */
  #refuse(errors: readonly MessageError[]): void | Promise<void> {
    if (this.wsConnection !== null) return this.refuse(errors);
  }

  /** Writes a problem document (RFC 9457) for a handshake that is refused. */
  override writeError(statusCode: number, options: SendErrorOptions): void | Promise<void> {
    const { error } = options;
    const isExpected = error === undefined || error instanceof HTTPError;
    if (!isExpected && this.settings.serveTraceback === true) return super.writeError(statusCode, options);
    writeProblem(this, statusCode, error);
  }
}

/**
 * Makes a base class for a WebSocket whose handshake and messages have schemas.
 *
 * The declaration gives the types of `this.args`, of `send` and of the parameter of `receive`. Messages are JSON in
 * text frames.
 *
 * @throws {TypeError} If the declaration has an unknown member, or a value that is not a schema.
 *
 * @example
 * ```ts
 * import { numberFromText } from "@twister/twister/api";
 * import { TypedWebSocketHandler } from "@twister/twister/api/websocket";
 * import { TestClient } from "@twister/twister/testing";
 * import { Application } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const number = numberFromText();
 *
 * class Times extends TypedWebSocketHandler({ query: { factor: number }, receive: number, send: number }) {
 *   override receive(message: number): void {
 *     this.send(message * this.args.query.factor);
 *   }
 * }
 *
 * await using client = new TestClient(new Application([["/times", Times]]));
 * await using socket = await client.websocket("/times?factor=3");
 * await socket.writeMessage("14");
 * assertEquals(await socket.receive(), "42");
 * ```
 */
// A type parameter alone would accept misspelt members.
export function TypedWebSocketHandler<const D extends SocketDeclaration>(
  declaration: D & { readonly [Name in Exclude<keyof D, keyof SocketDeclaration>]: never },
): TypedWebSocketHandlerClass<D> {
  checkSocketDeclaration(declaration);
  return class extends TypedWebSocket<D> {
    static readonly socketDeclaration: D = declaration;

    constructor(application: Application, request: HTTPServerRequest, kwargs?: NoKwargs) {
      super(declaration, application, request, kwargs);
    }
  };
}

/** The value of a text that is not JSON. */
const INVALID = Symbol("invalid");

function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return INVALID;
  }
}

/** Leaves as much of a text as a Close frame holds. */
function shortened(text: string): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= MAX_REASON_BYTES) return text;
  // A character that is cut is left out.
  return new TextDecoder().decode(bytes.subarray(0, MAX_REASON_BYTES - 3)).replace(/\ufffd+$/, "");
}
