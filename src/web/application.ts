import { checkSeconds } from "../internal/duration.ts";
import { showClassOnly } from "../internal/printf.ts";
import type { HTTPMessageDelegate, HTTPServerRequest } from "../http/httputil.ts";
import { HTTPServer, type HTTPServerOptions, type Server } from "../http/httpserver.ts";
import { FetchHandler, type ServeListenOptions, ServeServer, type ServeServerOptions } from "../http/serve.ts";
import type { SupervisorOptions } from "../net/process.ts";
import type { ListenOptions } from "../net/tcpserver.ts";
import { translationDirectory } from "../locale/internal.ts";
import { watch } from "../net/autoreload.ts";
import { startReloading } from "../net/internal.ts";
import { ApplicationRouter, isHandlerClass } from "./_application/application_router.ts";
import { PageReloads } from "./_application/page_reloads.ts";
import { warnOfUnknownSettings } from "./_application/unknown_settings.ts";
import { builtinModules } from "./_render/builtin_modules.ts";
import { loadCompiler, rendersFiles } from "./_render/file_loader.ts";
import { loadUiMethods, loadUiModules } from "./_render/load_ui.ts";
import type { UIMethod, UIModuleClass } from "./_render/ui_types.ts";
import { setPageScript } from "./_render/page_scripts.ts";
import { trustedOrigins } from "./_request_handler/cross_origin.ts";
import { HandlerDelegate } from "./_request_handler/handler_delegate.ts";
import { logAccess } from "./_request_handler/request_log.ts";
import { DefaultHostMatches, HostMatches } from "./_routing/host_matches.ts";
import { AnyMatches, type TargetParams } from "./_routing/matcher.ts";
import { feedRequest } from "./_routing/routing_delegate.ts";
import { Rule } from "./_routing/rule.ts";
import type { CheckedRules, NoKwargs, RuleList, RulePart, RuleTuple, TargetKwargs } from "./_routing/rule_types.ts";
import { ContentEncoding } from "./content_encoding.ts";
import { ErrorHandler } from "./error_handler.ts";
import { type HandlerGuard, shareGuards } from "./handler_guard.ts";
import type { RequestHandler, RequestHandlerClass } from "./request_handler.ts";
import { ReversibleRouter, type ReversibleRuleRouter } from "./routing.ts";
import { DEFAULT_STATIC_PREFIX, type Settings } from "./settings.ts";
import { StaticFileHandler } from "./static_files.ts";
import type { OutputTransformClass } from "./transforms.ts";
import { UIModule } from "./ui_modules.ts";

/** The settings of an {@linkcode Application}, and the other options of its constructor. */
export interface ApplicationOptions extends Settings {
  /**
   * The host to assume if no pattern of {@linkcode Application.addHandlers} matches the host of a request. Do not set
   * it for an application that DNS rebinding could reach.
   *
   * @default {null}
   */
  defaultHost?: string | null;
  /**
   * The classes of the transforms of every response, in order.
   *
   * @default {[], or with the setting compressResponse [ContentEncoding]}
   */
  transforms?: readonly OutputTransformClass[];
}

/**
 * The options of an application, in which the arguments of handler classes are those that the classes take.
 *
 * @typeParam Default The class that `defaultHandlerClass` names.
 * @typeParam Files The class that `staticHandlerClass` names.
 */
export type CheckedSettings<Default extends RequestHandlerClass, Files extends typeof StaticFileHandler> =
  & ApplicationOptions
  & { defaultHandlerClass?: Default; staticHandlerClass?: Files; staticHandlerArgs?: Partial<TargetKwargs<Files>> }
  & (NoKwargs extends TargetKwargs<Default> ? { defaultHandlerArgs?: TargetKwargs<Default> }
    : { defaultHandlerArgs: TargetKwargs<Default> });

/** Options of {@linkcode Application.listen} on our own network stack: those of `HTTPServer` and of its `listen`. */
export interface ApplicationListenOptions extends HTTPServerOptions, ListenOptions {
  /**
   * The engine.
   *
   * @default {"listen"}
   */
  engine?: "listen";
  /**
   * The number of workers: processes that run this program too and accept from the port together, under the
   * supervision of this one; 0 is for one a processor. It is the argument of `HTTPServer.start`.
   *
   * @default {1}
   */
  workers?: number;
  /** The options of the supervisor of the workers. */
  supervision?: Omit<SupervisorOptions, "workers">;
}

/** Options of {@linkcode Application.listen} on `Deno.serve`: those of `ServeServer` and of its `listen`. */
export interface ApplicationServeOptions extends ServeServerOptions, ServeListenOptions {
  /** The engine. */
  engine: "serve";
}

/**
 * Leads requests to handlers by rules. Tornado's `Application`.
 *
 * Rules are tried in order: the first whose pattern matches the path answers. A target may be a
 * {@linkcode RequestHandler} class, a list of rules, another application, any router or delegate, or a function that
 * takes the request.
 *
 * An application can be given to `HTTPServer`, to `Deno.serve` (as {@linkcode Application.fetch}), to `deno serve` (as
 * the default export of a module), to another application as a target, and to a test.
 *
 * @typeParam Parts The pattern and the target of each rule, as a union, which the compiler infers from the rules.
 * @typeParam Default The class of the setting `defaultHandlerClass`, inferred as well.
 * @typeParam Files The class of the setting `staticHandlerClass`, inferred as well.
 *
 * @example
 * ```ts
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class MainHandler extends RequestHandler {
 *   override get(): void {
 *     this.write("Hello, world");
 *   }
 * }
 *
 * const app = new Application([["/", MainHandler]]);
 * await using server = app.listen(0, { address: "127.0.0.1" });
 * const response = await fetch(`http://127.0.0.1:${server.port}/`);
 * assertEquals(await response.text(), "Hello, world");
 * ```
 */
export class Application<
  const Parts extends readonly unknown[] = readonly RulePart[],
  Default extends RequestHandlerClass = RequestHandlerClass,
  Files extends typeof StaticFileHandler = typeof StaticFileHandler,
> extends ReversibleRouter {
  static {
    showClassOnly(this.prototype);
    shareGuards((application) => application.#guards);
  }

  /** The settings. A subclass may narrow them: `declare readonly settings: MySettings`. */
  readonly settings: Settings;
  /** The classes of the transforms of every response, in order. */
  readonly transforms: OutputTransformClass[];
  /** The class that handles static files and makes their URLs. */
  readonly staticHandlerClass: typeof StaticFileHandler;
  /** The UI modules that templates find, by name. */
  readonly uiModules: Record<string, UIModuleClass>;
  /** The UI methods that templates find, by name. */
  readonly uiMethods: Record<string, UIMethod>;
  /**
   * The origins that the setting `crossOriginProtection` trusts, in lower case and without the default port of their
   * scheme.
   */
  readonly trustedOrigins: ReadonlySet<string>;
  /** The host to assume for an unknown one, or `null`. */
  readonly defaultHost: string | null;
  /** The rules for every host. */
  readonly wildcardRouter: ReversibleRuleRouter;
  /** The rules for hosts; the last one leads to {@linkcode Application.wildcardRouter}. */
  readonly defaultRouter: ReversibleRuleRouter;
  /**
   * Answers a request of the Fetch standard. It works without its object, as in `Deno.serve(app.fetch)`.
   *
   * @param info The information about the client that `Deno.serve` gives.
   */
  readonly fetch: (request: Request, info?: Deno.ServeHandlerInfo | null) => Response | Promise<Response>;
  readonly #guards: readonly HandlerGuard[];

  /**
   * Makes an application.
   *
   * @param handlers The rules for every host.
   * @throws {TypeError} If an entry is not a rule, its target cannot answer, or the setting `crossOriginProtection` is
   * of a wrong type.
   * @throws {RangeError} If an entry of `trustedOrigins` is not an origin.
   * @throws {SyntaxError} If a pattern is not valid.
   */
  constructor(handlers?: CheckedRules<Parts>, options?: CheckedSettings<Default, Files>) {
    super();
    const rules: RuleList = handlers ?? [];
    const known: ApplicationOptions = options ?? {};
    warnOfUnknownSettings(known);
    checkSeconds("requestDeadline", known.requestDeadline ?? null);
    const { defaultHost = null, transforms, ...settings } = known;
    const compresses = settings.compressResponse || settings.gzip;
    this.settings = completeSettings(settings);
    const reloads = this.settings.autoreload && startReloading() ? new PageReloads(this.settings) : null;
    if (reloads !== null) setPageScript(this, () => reloads.html());
    // It is there long before the first request; one that comes earlier waits for it.
    if (rendersFiles(settings)) loadCompiler();
    this.#guards = guardsIn(settings);
    this.transforms = [...transforms ?? (compresses ? [ContentEncoding] : [])];
    this.staticHandlerClass = settings.staticHandlerClass ?? StaticFileHandler;
    this.uiModules = loadUiModules(settings.uiModules ?? {}, UIModule, builtinModules);
    this.uiMethods = loadUiMethods(settings.uiMethods ?? {});
    const { defaultHandlerClass } = settings;
    if (defaultHandlerClass !== undefined && !isHandlerClass(defaultHandlerClass)) {
      throw new TypeError(
        `The setting defaultHandlerClass must be a handler class, not ${Deno.inspect(defaultHandlerClass)}`,
      );
    }
    this.trustedOrigins = trustedOrigins(settings.crossOriginProtection);
    this.defaultHost = defaultHost;
    this.wildcardRouter = new ApplicationRouter(this, [...staticRules(settings, this.staticHandlerClass), ...rules]);
    this.defaultRouter = new ApplicationRouter(this, [
      ...reloads?.rules ?? [],
      new Rule(new AnyMatches(), this.wildcardRouter),
    ]);
    const handler = new FetchHandler(this);
    this.fetch = (request, info = null) => handler.fetch(request, info);
  }

  /**
   * Starts a server for this application, on our own network stack or on `Deno.serve`.
   *
   * @param port The port; 0 takes a free one, which `server.port` names.
   * @returns The server, which listens already. Close it by `await using`, or by its `drain`.
   * @throws {Deno.errors.AddrInUse} If the port is taken, and the other errors of `Deno.listen`.
   */
  listen(port: number, options: ApplicationListenOptions | ApplicationServeOptions = {}): Server {
    const directory = translationDirectory();
    if (this.settings.autoreload && directory !== null) watch(directory);
    if (options.engine === "serve") {
      const server = new ServeServer(this, options);
      server.listen(port, options);
      return server;
    }
    const { workers = 1, supervision = {} } = options;
    const server = new HTTPServer(this, options);
    if (workers === 1) server.listen(port, options);
    else {
      server.bind(port, options);
      server.start(workers, supervision);
    }
    return server;
  }

  /**
   * Adds rules for some hosts. They come before those for every host, in the order of the calls. A request that none of
   * them takes goes to the rules for every host.
   *
   * @param hostPattern A regular expression in Python's syntax, or a RegExp, for the name of the host.
   * @throws {TypeError} If an entry is not a rule, or its target cannot answer.
   * @throws {SyntaxError} If a pattern is not valid.
   */
  addHandlers<const Parts extends readonly unknown[]>(
    hostPattern: string | RegExp,
    hostHandlers: CheckedRules<Parts>,
  ): void {
    const rules: RuleList = hostHandlers;
    const matcher = new HostMatches(hostPattern);
    const index = this.defaultRouter.rules.length - 1;
    this.defaultRouter.addRules([new Rule(matcher, rules)], { index });
    if (this.defaultHost !== null) {
      this.wildcardRouter.addRules([new Rule(new DefaultHostMatches(this, matcher.hostPattern), rules)]);
    }
  }

  /** Adds a transform for every response. */
  addTransform(transformClass: OutputTransformClass): void {
    this.transforms.push(transformClass);
  }

  /** Answers a complete request, such as one made by hand. Tornado's `application(request)`. */
  handle(request: HTTPServerRequest): Promise<void> {
    return feedRequest(this.findHandler(request), request);
  }

  /** Finds the delegate that answers a request: by the rules, else the default handler, else a 404. */
  override findHandler(request: HTTPServerRequest, _params?: TargetParams): HTTPMessageDelegate {
    const delegate = this.defaultRouter.findHandler(request);
    if (delegate !== null) return delegate;
    const { defaultHandlerClass, defaultHandlerArgs = {} } = this.settings;
    if (defaultHandlerClass !== undefined) {
      return this.getHandlerDelegate(request, defaultHandlerClass, { targetKwargs: defaultHandlerArgs });
    }
    return this.getHandlerDelegate(request, ErrorHandler, NOT_FOUND);
  }

  /**
   * Makes the delegate that leads a request through a handler.
   *
   * @param targetClass The class of the handler.
   * @param params The arguments for its `initialize`, and the values of the groups of the path.
   */
  getHandlerDelegate(
    request: HTTPServerRequest,
    targetClass: RequestHandlerClass,
    params: TargetParams = {},
  ): HTTPMessageDelegate {
    return new HandlerDelegate(this, request, targetClass, params);
  }

  /**
   * Makes the URL of a named rule. The arguments take the places of the groups of its pattern, percent-encoded in UTF-8
   * except `/`. Named groups may be given as one object.
   *
   * @throws {RangeError} If no rule has that name.
   * @throws {Error} If the rule's pattern is too complex to be reversed.
   * @throws {TypeError} If the number of arguments is not that of the groups.
   */
  override reverseUrl(name: string, ...args: unknown[]): string {
    const url = this.defaultRouter.reverseUrl(name, ...args);
    if (url === null) throw new RangeError(`${name} not found in named urls`);
    return url;
  }

  /** Logs a finished request to `tornado.access`, or calls the setting `logFunction`. */
  logRequest(handler: RequestHandler): void {
    if (this.settings.logFunction !== undefined) return this.settings.logFunction(handler);
    logAccess(handler);
  }
}

const NOT_FOUND: TargetParams = { targetKwargs: { statusCode: 404 } };

/** Headers come first, so that refusals have them too; sessions last, so that a refusal costs no look-up. */
function guardsIn({ securityHeaders, cors, rateLimit, sessions }: Settings): HandlerGuard[] {
  return [securityHeaders, cors, rateLimit, sessions].filter((guard) => guard !== undefined);
}

function completeSettings(settings: Settings): Settings {
  if (settings.debug !== true) return settings;
  return { autoreload: true, compiledTemplateCache: false, staticHashCache: false, serveTraceback: true, ...settings };
}

/** The characters that have a meaning in a pattern. */
const SPECIAL = /[\\^$.*+?()[\]{}|]/g;

/** Makes the rules for static files that the settings ask for; they precede all others, in Tornado's order. */
function staticRules(settings: Settings, handlerClass: typeof StaticFileHandler): RuleTuple[] {
  const { staticPath, staticUrlPrefix = DEFAULT_STATIC_PREFIX, staticHandlerArgs = {} } = settings;
  if (!staticPath) return [];
  const prefix = staticUrlPrefix.replace(SPECIAL, "\\$&");
  const patterns = ["/(robots\\.txt)", "/(favicon\\.ico)", `${prefix}(.*)`];
  return patterns.map((pattern) => [pattern, handlerClass, { ...staticHandlerArgs, path: staticPath }]);
}
