import { type HTTPHeaders, HTTPInputError, HTTPMessageDelegate, type HTTPServerRequest } from "../../http/httputil.ts";
import { addChunk, type ByteChunks, joinChunks } from "../../internal/byte_chunks.ts";
import type { Bytes } from "../../internal/bytes.ts";
import { isThenable } from "../../internal/promises.ts";
import { utf8 } from "../../util/escape.ts";
import { loadCompiler, rendersFiles } from "../_render/file_loader.ts";
import type { TargetParams } from "../_routing/matcher.ts";
import type { PathArgument } from "../_routing/path_argument.ts";
import { HTTPError } from "../errors.ts";
import { finishQuietly, NO_KWARGS, RequestHandler, type RequestHandlerClass } from "../request_handler.ts";
import type { Application } from "../application.ts";
import { guardsOf, passGuards, setGuardHeaders } from "../handler_guard.ts";
import { endWithError } from "./end_with_error.ts";
import { atOnce, checkNothing, observeHook } from "./hooks.ts";
import { CHECK_EMPTY, stateOf } from "./private_parts.ts";

/** A method of a handler as it is called: its class knows which arguments it takes, and of what type. */
type Verb = (this: RequestHandler, ...pathArgs: unknown[]) => unknown;

/**
 * Receives one request and leads it through the life of a handler.
 *
 * As long as nothing returns a promise, all of it happens in the turn in which the last byte arrives, and no promise is
 * made. Without `streamRequestBody` the handler is made when the body is complete, with it when the headers are.
 */
export class HandlerDelegate extends HTTPMessageDelegate {
  readonly #application: Application;
  readonly #request: HTTPServerRequest;
  readonly #handlerClass: RequestHandlerClass;
  readonly #params: TargetParams;
  #handler: RequestHandler | null = null;
  #chunks: ByteChunks = null;
  /** A step of a handler that takes its body in pieces has failed: no other one is to follow its error page. */
  #hasFailed = false;
  /** The client left before there was a handler. */
  #isGone = false;

  constructor(
    application: Application,
    request: HTTPServerRequest,
    handlerClass: RequestHandlerClass,
    params: TargetParams,
  ) {
    super();
    this.#application = application;
    this.#request = request;
    this.#handlerClass = handlerClass;
    this.#params = params;
  }

  override get borrowsData(): boolean {
    return this.#handlerClass.streamRequestBody && this.#handlerClass.borrowBodyChunks;
  }

  override get takesWhole(): boolean {
    return !this.#handlerClass.streamRequestBody;
  }

  override headersReceived(): void | Promise<void> {
    const loading = this.#mayRenderFiles() ? loadCompiler() : null;
    if (!this.#handlerClass.streamRequestBody) return loading ?? undefined;
    return loading === null
      ? this.#prepareForBody()
      : loading.then(() => this.#isGone ? undefined : this.#prepareForBody());
  }

  override dataReceived(chunk: Bytes): void | Promise<void> {
    if (!this.#handlerClass.streamRequestBody) this.#chunks = addChunk(this.#chunks, chunk);
    else if (this.#handler !== null) return this.#passOn(this.#handler, chunk);
  }

  override trailersReceived(trailers: HTTPHeaders): void {
    const handler = this.#handler;
    if (handler !== null) stateOf(handler).successor?.trailersReceived(trailers);
  }

  override finish(): void {
    if (this.#handlerClass.streamRequestBody) {
      if (this.#handler !== null && !this.#hasFailed) {
        limitTime(this.#handler);
        this.#guard(this.#handler, this.#proceed);
      }
      return;
    }
    this.#request.body = joinChunks(this.#chunks);
    this.#chunks = null;
    const handler = this.#createHandler();
    if (handler === null) return;
    limitTime(handler);
    this.#guard(handler, this.#run);
  }

  override onConnectionClose(): void {
    const handler = this.#handler;
    this.#handler = null;
    this.#chunks = null;
    if (handler === null) {
      this.#isGone = true;
      return;
    }
    try {
      stateOf(handler).successor?.onConnectionClose();
      observeHook(handler.request, handler.onConnectionClose());
    } finally {
      // The body will never be complete, so nothing else ends the handler.
      try {
        stateOf(handler).clientGone();
      } finally {
        stateOf(handler).cleanUp();
      }
    }
  }

  #mayRenderFiles(): boolean {
    const handler: RequestHandler = this.#handlerClass.prototype;
    const { getTemplatePath, createTemplateLoader } = RequestHandler.prototype;
    return rendersFiles(this.#application.settings) || handler.getTemplatePath !== getTemplatePath ||
      handler.createTemplateLoader !== createTemplateLoader;
  }

  /** Runs a step of the handler's life; an error that it throws ends the request. */
  #guard(handler: RequestHandler, step: (handler: RequestHandler) => void): void {
    try {
      step.call(this, handler);
    } catch (error) {
      endWithError(handler, error);
    }
  }

  /** Makes and initialises the handler; `null` if that failed and the request is answered with an error page. */
  #createHandler(): RequestHandler | null {
    const { targetKwargs } = this.#params;
    const { settings, staticHandlerClass } = this.#application;
    let handler: RequestHandler;
    try {
      if (settings.staticHashCache === false) staticHandlerClass.reset();
      handler = new this.#handlerClass(this.#application, this.#request, targetKwargs);
      if (targetKwargs !== undefined) checkKwargs(handler, targetKwargs);
    } catch (error) {
      endWithError(new RequestHandler(this.#application, this.#request), error);
      return null;
    }
    try {
      const { transforms } = this.#application;
      if (transforms.length > 0) stateOf(handler).transforms = transforms.map((each) => new each(this.#request));
      // Not from the constructor: there, the fields of the subclass would be set after them, and undo them.
      setGuardHeaders(handler);
      handler.setDefaultHeaders();
      atOnce<unknown>(handler.initialize(targetKwargs ?? NO_KWARGS), "initialize()");
      return handler;
    } catch (error) {
      endWithError(handler, error);
      return null;
    }
  }

  #prepare(handler: RequestHandler): unknown {
    if (guardsOf(this.#application).length === 0) return this.#prepareGuarded(handler);
    return passGuards(handler, () => this.#prepareGuarded(handler));
  }

  /** Calls `prepare`, after everything that comes before it. */
  #prepareGuarded(handler: RequestHandler): unknown {
    const { SUPPORTED_METHODS, streamRequestBody } = this.#handlerClass;
    const request = this.#request;
    if (!SUPPORTED_METHODS.includes(request.method)) throw new HTTPError(405);
    if (!streamRequestBody) parseBody(request);
    const { pathArgs, pathKwargs } = this.#params;
    if (pathArgs !== undefined) handler.pathArgs = decodeArgs(handler, pathArgs);
    if (pathKwargs !== undefined) handler.pathKwargs = decodeKwargs(handler, pathKwargs);
    if (!SAFE_METHODS.includes(request.method)) {
      const { xsrfCookies, crossOriginProtection } = this.#application.settings;
      if (xsrfCookies) atOnce<unknown>(handler.checkXsrfCookie(), "checkXsrfCookie()");
      if (crossOriginProtection) atOnce<unknown>(handler.checkCrossOrigin(), "checkCrossOrigin()");
    }
    return handler.prepare();
  }

  #run(handler: RequestHandler): void {
    const prepared = this.#prepare(handler);
    if (!isThenable(prepared)) {
      if (prepared !== undefined) checkNothing(prepared, handler, "prepare");
      return this.#proceed(handler);
    }
    this.#awaitEnd(handler);
    this.#proceedAfter(handler, prepared);
  }

  #prepareForBody(): void | Promise<void> {
    const handler = this.#createHandler();
    if (handler === null) return;
    this.#handler = handler;
    try {
      const prepared = this.#prepare(handler);
      if (isThenable(prepared)) return this.#settle(handler, prepared, true);
      checkNothing(prepared, handler, "prepare");
    } catch (error) {
      this.#failStep(handler, error);
    }
  }

  #failStep(handler: RequestHandler, error: unknown): void {
    this.#hasFailed = true;
    endWithError(handler, error);
  }

  /** Passes a piece of the body on. One that fails ends the request with an error page, like every other step. */
  #passOn(handler: RequestHandler, chunk: Bytes): void | Promise<void> {
    const { finished, successor } = stateOf(handler);
    if (finished || this.#hasFailed) return;
    if (successor !== null) return successor.dataReceived(chunk);
    try {
      const taken: unknown = handler.dataReceived(chunk);
      if (isThenable(taken)) return this.#settle(handler, taken, false);
    } catch (error) {
      this.#failStep(handler, error);
    }
  }

  /** Waits without ever failing: the connection only wants to know when to go on. */
  async #settle(handler: RequestHandler, step: PromiseLike<unknown>, isPrepare: boolean): Promise<void> {
    try {
      const value = await step;
      if (isPrepare) checkNothing(value, handler, "prepare");
    } catch (error) {
      this.#failStep(handler, error);
    }
  }

  /** Calls the method of the request, and ends the response. */
  #proceed(handler: RequestHandler): void {
    const { finished, successor } = stateOf(handler);
    if (finished) return;
    if (successor !== null) return successor.finish();
    const result = this.#callVerb(handler);
    if (!isThenable(result)) {
      if (result !== undefined) checkVerb(handler, result);
      if (stateOf(handler).staysOpen) this.#awaitEnd(handler);
      return autoFinish(handler);
    }
    if (!stateOf(handler).finished) this.#awaitEnd(handler);
    finishAfter(handler, result);
  }

  async #proceedAfter(handler: RequestHandler, prepared: PromiseLike<unknown>): Promise<void> {
    try {
      checkNothing(await prepared, handler, "prepare");
      if (stateOf(handler).finished) return;
      const result = this.#callVerb(handler);
      checkVerb(handler, isThenable(result) ? await result : result);
      autoFinish(handler);
    } catch (error) {
      endWithError(handler, error);
    }
  }

  #callVerb(handler: RequestHandler): unknown {
    const verb = verbOf(handler, this.#request.method);
    if (this.#params.pathKwargs !== undefined) return verb.call(handler, handler.pathKwargs);
    const { pathArgs } = handler;
    // Spreading makes an array; most routes have one group or none.
    if (pathArgs.length === 0) return verb.call(handler);
    return pathArgs.length === 1 ? verb.call(handler, pathArgs[0]) : verb.call(handler, ...pathArgs);
  }

  /** Only a handler that waits can be there when its client goes away, or when its server is drained. */
  #awaitEnd(handler: RequestHandler): void {
    const { onConnectionClose, onDrain } = RequestHandler.prototype;
    const state = stateOf(handler);
    const observe = (result: unknown) => observeHook(handler.request, result);
    if (handler.onConnectionClose !== onConnectionClose) {
      state.watch({ clientGone: () => observe(handler.onConnectionClose()) });
    }
    if (handler.onDrain !== onDrain) state.watch({ drain: (seconds) => observe(handler.onDrain(seconds)) });
  }
}

/**
 * Refuses a handler that would look for its arguments in vain.
 *
 * @throws {TypeError} If a constructor has not passed on the arguments of the rule.
 */
function checkKwargs(handler: RequestHandler, targetKwargs: object): void {
  if (handler.kwargs !== NO_KWARGS || Object.keys(targetKwargs).length === 0) return;
  const { name } = handler.constructor;
  throw new TypeError(`${name} loses the arguments of its rule: call super(application, request, kwargs)`);
}

function limitTime(handler: RequestHandler): void {
  const { requestDeadline } = handler;
  if (requestDeadline !== null && !stateOf(handler).finished) stateOf(handler).setDeadline(requestDeadline);
}

function checkVerb(handler: RequestHandler, result: unknown): void {
  checkNothing(result, handler, handler.request.method.toLowerCase());
}

/**
 * Ends the response when the method is done. An async function would keep its frame with each of many event streams,
 * which is twice as large as two bound functions.
 */
function finishAfter(handler: RequestHandler, result: PromiseLike<unknown>): void {
  void Promise.resolve(result).then(verbDone.bind(handler), verbFailed.bind(handler));
}

function verbDone(this: RequestHandler, value: unknown): void {
  try {
    if (value !== undefined) checkVerb(this, value);
    autoFinish(this);
  } catch (error) {
    endWithError(this, error);
  }
}

function verbFailed(this: RequestHandler, error: unknown): void {
  endWithError(this, error);
}

function autoFinish(handler: RequestHandler): void {
  const { finished, staysOpen, body, headersWritten, isGone } = stateOf(handler);
  if (finished || staysOpen) return;
  if (body === null && !headersWritten && !isGone) checkEmpty(handler);
  finishQuietly(handler);
}

/** Lets a handler that knows what its methods answer refuse to answer nothing. */
function checkEmpty(handler: RequestHandler): void {
  if (CHECK_EMPTY in handler && typeof handler[CHECK_EMPTY] === "function") handler[CHECK_EMPTY]();
}

/** Methods that change nothing, and need no protection against other sites. */
const SAFE_METHODS: readonly string[] = ["GET", "HEAD", "OPTIONS"];

/** The two that are named here cost a tenth of looking up a name that is made. */
function methodOf(handler: RequestHandler, method: string): unknown {
  if (method === "GET") return handler.get;
  return method === "POST" ? handler.post : Reflect.get(handler, method.toLowerCase());
}

function verbOf(handler: RequestHandler, method: string): Verb {
  const verb = methodOf(handler, method);
  if (typeof verb !== "function") throw new HTTPError(405);
  // The pattern of the rule and the parameters of the method belong together, which the compiler cannot see.
  return verb as Verb;
}

function parseBody(request: HTTPServerRequest): void {
  if (request.body.length === 0) return;
  try {
    request.parseBody();
  } catch (cause) {
    if (!(cause instanceof HTTPInputError)) throw cause;
    throw new HTTPError(cause.statusCode, "Invalid body: %s", { args: [cause.message], cause });
  }
}

function decodeArgs(handler: RequestHandler, values: readonly PathArgument[]): (string | null)[] {
  const decoded: (string | null)[] = [];
  for (let i = 0; i < values.length; i++) decoded.push(decodePathArgument(handler, values[i] ?? null));
  return decoded;
}

function decodeKwargs(
  handler: RequestHandler,
  values: Readonly<Record<string, PathArgument>>,
): Record<string, string | null> {
  const decoded: Record<string, string | null> = {};
  for (const name of Object.keys(values)) decoded[name] = decodePathArgument(handler, values[name] ?? null, name);
  return decoded;
}

function decodePathArgument(handler: RequestHandler, value: PathArgument, name?: string): string | null {
  if (value === null) return null;
  // Plain ASCII needs no decoding, unless the handler has its own.
  if (typeof value === "string" && handler.decodeArgument === RequestHandler.prototype.decodeArgument) return value;
  return handler.decodeArgument(utf8(value), name);
}
