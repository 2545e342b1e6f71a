import type { HTTPServerRequest } from "../http/httputil.ts";
import { isThenable, LazyPromise } from "../internal/promises.ts";
import { StreamClosedError } from "../net/iostream.ts";
import { jsonEncode } from "../util/escape.ts";
import {
  type Application,
  DrainError,
  type EventStreamOptions,
  HTTPError,
  type NoKwargs,
  RequestHandler,
  type SendErrorOptions,
} from "../web/mod.ts";
import { CHECK_EMPTY, endWithError, finishQuietly, setJsonType, stateOf } from "../web/internal.ts";
import { bodiesOf, mediaTypesOf } from "./_bodies.ts";
import { checkDeclarations } from "./_check_declarations.ts";
import { type MethodPlan, plansOf } from "./_plans.ts";
import { writeProblem } from "./_problem.ts";
import { ArgumentReader } from "./_read_arguments.ts";
import { Unawaited } from "./_unawaited.ts";
import { accepted } from "./_validation.ts";
import type {
  Args,
  CheckedDeclarations,
  Declarations,
  EventsOf,
  MethodArgs,
  MethodReply,
  MethodResponses,
  ReplyArguments,
} from "./declarations.ts";
import type { StandardResult, StandardSchemaProperties } from "./standard_schema.ts";
import { TypedEventStream } from "./typed_event_stream.ts";

/** The class that {@linkcode TypedHandler} makes. */
export interface TypedHandlerClass<D extends Declarations>
  extends Pick<typeof RequestHandler, "SUPPORTED_METHODS" | "streamRequestBody" | "borrowBodyChunks"> {
  /** Makes a handler for one request. */
  new (application: Application, request: HTTPServerRequest, kwargs?: NoKwargs): TypedRequestHandler<D>;
  /** The declarations by method. */
  readonly declarations: D;
}

/**
 * The type of `this` in one method of a handler that declares several: `override post(this: Handling<Users, "post">)`.
 * Its `args` and `reply` are those of that method alone.
 */
// The members of the method come first, so that the compiler tries them before those that all methods share.
export type Handling<
  Handler extends { readonly declarations: Declarations },
  Method extends keyof Handler["declarations"],
> = MethodMembers<Handler["declarations"], Method> & Handler;

/**
 * The members of a handler that depend on the method.
 *
 * @internal
 */
interface MethodMembers<D extends Declarations, Method extends keyof D> {
  readonly args: MethodArgs<D, Method>;
  reply(...reply: ReplyIn<D, Method>): Promise<void>;
}

/**
 * The arguments of `reply` in one method, or those that each of several methods takes.
 *
 * @internal
 */
type ReplyIn<D extends Declarations, Method extends keyof D, All extends keyof D = Method> = Method extends unknown
  ? [All] extends [Method] ? MethodReply<MethodResponses<D, Method>> : SharedReply<D, All>
  : never;

/** @internal */
type SharedReply<D extends Declarations, Method extends keyof D> = (
  Method extends unknown ? (reply: MethodReply<MethodResponses<D, Method>>) => void : never
) extends (reply: infer Reply extends readonly unknown[]) => void ? Reply : never;

/** A handler whose requests and responses have schemas. {@linkcode TypedHandler} makes its subclasses. */
export class TypedRequestHandler<D extends Declarations> extends RequestHandler {
  /** The declarations by method. */
  readonly declarations: D;
  readonly #plan: MethodPlan | undefined;
  #args: unknown = null;

  /** Makes a handler for one request. */
  constructor(
    declarations: D,
    plans: readonly MethodPlan[],
    application: Application,
    request: HTTPServerRequest,
    kwargs?: NoKwargs,
  ) {
    super(application, request, kwargs);
    this.declarations = declarations;
    const { method } = request;
    for (const plan of plans) if (plan.method === method) this.#plan = plan;
  }

  /**
   * The validated values of the request, by group. A method of a handler that declares several says which one it is, by
   * {@linkcode Handling}.
   *
   * @throws {Error} If nothing was validated: the method is not declared, or an own `prepare` does not wait for
   * `super.prepare()`.
   */
  get args(): Args<D> {
    if (this.#args === null) {
      throw new Error(`Cannot read args in ${this.#method}(): it is not declared, or super.prepare() was not awaited`);
    }
    // ArgumentReader built it by the declarations, from which the compiler derives the type.
    return this.#args as Args<D>;
  }

  /**
   * Validates the request.
   *
   * @throws {ValidationError} If a schema refuses a value.
   * @throws {HTTPError} 400 if the body is not JSON, 415 if its media type is not declared.
   * @throws {TypeError} If the class has `streamRequestBody`, so that the declared body is not there yet.
   */
  override prepare(): void | Promise<void> {
    const plan = this.#plan;
    if (plan === undefined) return;
    // With streamRequestBody there is no body yet; only then it is worth a look.
    if (plan.request.hasBody && this.request.body.length === 0) checkHasBody(this.constructor);
    const reader = new ArgumentReader(this, plan.name);
    const pending = reader.read(plan.request);
    if (pending !== null) return this.#takeAfter(pending, reader);
    this.#args = reader.args;
  }

  /**
   * Ends the response with a status and, as JSON, the value that the schema of that status returns for the body. A
   * Content-Type that was set before stays if it ends in `+json`, such as `application/vnd.api+json`.
   *
   * @throws {TypeError} If the status is not declared, the schema refuses the body, or a part of what it returns has no
   * JSON form, such as a Map; in the promise, if the schema is asynchronous. Without an `await`, the request then ends
   * in the same way.
   * @throws {Error} If something was written before, which would be part of the body; in the promise, if it was written
   * while an asynchronous schema was busy.
   */
  // A second signature, for the body of the method, would be part of each complaint of the compiler about a call.
  reply(...reply: ReplyArguments<D>): Promise<void> {
    const values: readonly unknown[] = reply;
    const status = values[0];
    const schema = this.#schemaOf(status);
    if (typeof status !== "number" || schema === undefined) {
      throw new TypeError(`Cannot reply with status ${status}: ${this.#method}() does not declare it`);
    }
    checkUnwritten(this);
    if (schema === null) {
      this.#ensureStatus(status);
      this.clearHeader("Content-Type");
      return this.#end();
    }
    const result = schema.validate(values[1]);
    if (!isThenable(result)) return this.#send(status, result);
    return pendingReply(this, this.#sendLater(status, result));
  }

  /**
   * Begins an event stream whose events are declared. It ends with the method, so that method waits for
   * `stream.closed`.
   *
   * @throws {TypeError} If the method declares no events.
   * @throws {Error} If headers have been sent.
   */
  events(options: EventStreamOptions = {}): TypedEventStream<EventsOf<D[keyof D]>> {
    const events = this.#plan?.declaration.events;
    if (events === undefined) throw new TypeError(`Cannot begin an event stream: ${this.#method}() declares no events`);
    return new TypedEventStream(this.eventStream(options), events, (error) => {
      const hasEnded = error instanceof StreamClosedError || error instanceof DrainError;
      if (!hasEnded) endWithError(this, error);
    });
  }

  /**
   * Writes a problem document (RFC 9457). The setting `serveTraceback` replaces it for errors that are not an
   * `HTTPError`.
   */
  override writeError(statusCode: number, options: SendErrorOptions): void | Promise<void> {
    const { error } = options;
    const isExpected = error === undefined || error instanceof HTTPError;
    if (!isExpected && this.settings.serveTraceback === true) return super.writeError(statusCode, options);
    // RFC 9110 section 15.5.16 names it for this purpose.
    if (statusCode === 415) {
      this.setHeader("Accept", mediaTypesOf(bodiesOf(this.#plan?.declaration.body ?? {})).join(", "));
    }
    writeProblem(this, statusCode, error);
  }

  static {
    // A method that users neither see nor call by chance.
    Reflect.defineProperty(this.prototype, CHECK_EMPTY, {
      value(this: TypedRequestHandler<Declarations>): void {
        this.#checkEmpty();
      },
    });
  }

  /**
   * Refuses to end without the body that is declared.
   *
   * @throws {Error} If the status has one, or is 200 and not declared.
   */
  #checkEmpty(): void {
    const { statusCode } = stateOf(this);
    const schema = this.#schemaOf(statusCode);
    // One that is not declared was set on purpose, such as 304, unless it is the one that a response begins with.
    const isRight = schema === null || (schema === undefined && statusCode !== 200);
    if (isRight || this.#plan === undefined || this.#plan.replies.length === 0) return;
    throw new Error(`Cannot end ${this.#method}() without a reply: ${statusCode} is not declared as empty`);
  }

  get #method(): string {
    return this.request.method.toLowerCase();
  }

  async #takeAfter(pending: Promise<void>, reader: ArgumentReader): Promise<void> {
    await pending;
    this.#args = reader.args;
  }

  /** Returns the schema of the body, `null` if it has none, `undefined` if the status is not declared. */
  #schemaOf(status: unknown): StandardSchemaProperties | null | undefined {
    const replies = this.#plan?.replies ?? [];
    for (let i = 0; i < replies.length; i++) if (replies[i]?.status === status) return replies[i]?.schema;
    return undefined;
  }

  async #sendLater(
    status: number,
    result: PromiseLike<StandardResult<unknown>>,
  ): Promise<readonly [end: Promise<void>]> {
    const settled = await result;
    // The method went on while the schema was busy.
    checkUnwritten(this);
    return [this.#send(status, settled)];
  }

  #send(status: number, result: StandardResult<unknown>): Promise<void> {
    const json = jsonEncode(accepted(result, "reply with this body"));
    this.#ensureStatus(status);
    // As in other frameworks, a type that the handler has set stays, but only one that the body is of.
    if (!stateOf(this).hasJsonType) setJsonType(this);
    this.write(json);
    return this.#end();
  }

  /** Sets a status; one that the method has set keeps its reason. */
  #ensureStatus(status: number): void {
    if (status !== stateOf(this).statusCode) this.setStatus(status);
  }

  #end(): Promise<void> {
    finishQuietly(this);
    return new ReplyEnd(this);
  }
}

/** @throws {Error} If something was written that would be part of the body. */
function checkUnwritten(handler: RequestHandler): void {
  const { body, headersWritten, finished } = stateOf(handler);
  if (body !== null || (headersWritten && !finished)) throw new Error("Cannot reply: something was written before");
}

/** @throws {TypeError} If handlers of the class run before the body is there. */
function checkHasBody(handlerClass: RequestHandler["constructor"]): void {
  if (Reflect.get(handlerClass, "streamRequestBody") !== true) return;
  throw new TypeError(`Cannot validate the body of ${handlerClass.name}: it has streamRequestBody`);
}

/** Returns the promise of a reply whose schema has not answered: until then, the response outlasts its method. */
function pendingReply(handler: RequestHandler, begun: Promise<readonly [end: Promise<void>]>): Promise<void> {
  stateOf(handler).stayOpen();
  begun.catch(() => stateOf(handler).endWithMethod());
  return new Unawaited(begun, (error) => endWithError(handler, error));
}

/** The end of a reply, which becomes a promise if a handler awaits it: most do not, and a promise costs them. */
class ReplyEnd extends LazyPromise {
  readonly #handler: RequestHandler;

  constructor(handler: RequestHandler) {
    super();
    this.#handler = handler;
  }

  protected override promise(): Promise<void> {
    return stateOf(this.#handler).connection.drained();
  }
}

/**
 * Makes a base class for a handler whose requests and responses have schemas.
 *
 * The declarations give the types of `this.args` and `this.reply`. Before a declared method runs, its request is
 * validated; one that does not fit is answered with a problem document (RFC 9457). The schemas come from any validator
 * that implements Standard Schema.
 *
 * @throws {TypeError} If a declaration has an unknown member, or a value that is not a schema.
 *
 * @example
 * ```ts
 * import { numberFromText, TypedHandler } from "@twister/twister/api";
 * import { Application } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const number = numberFromText();
 *
 * class Double extends TypedHandler({ get: { query: { n: number }, response: { 200: number } } }) {
 *   override get(): void {
 *     this.reply(200, 2 * this.args.query.n);
 *   }
 * }
 *
 * const app = new Application([["/double", Double]]);
 * const response = await app.fetch(new Request("http://localhost/double?n=21"));
 * assertEquals(await response.json(), 42);
 * const refused = await app.fetch(new Request("http://localhost/double?n=two"));
 * assertEquals((await refused.json()).errors, [{ in: "query", pointer: "#/n", detail: "Expected a number" }]);
 * ```
 */
export function TypedHandler<const D extends Declarations>(
  declarations: D & CheckedDeclarations<D>,
): TypedHandlerClass<D> {
  checkDeclarations(declarations);
  const plans = plansOf(declarations);
  return class extends TypedRequestHandler<D> {
    static readonly declarations: D = declarations;

    constructor(application: Application, request: HTTPServerRequest, kwargs?: NoKwargs) {
      super(declarations, plans, application, request, kwargs);
    }
  };
}
