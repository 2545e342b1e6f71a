import type { HTTPMessageDelegate, HTTPServerRequest } from "../http/httputil.ts";
import { HTTPServer, type HTTPServerOptions, type Server } from "../http/httpserver.ts";
import { FetchHandler, type ServeListenOptions, ServeServer, type ServeServerOptions } from "../http/serve.ts";
import type { ListenOptions } from "../net/tcpserver.ts";
import { ApplicationRouter, isHandlerClass } from "./_application/application_router.ts";
import { warnOfUnknownSettings } from "./_application/unknown_settings.ts";
import { builtinModules } from "./_render/builtin_modules.ts";
import { loadCompiler, rendersFiles } from "./_render/file_loader.ts";
import { loadUiMethods, loadUiModules } from "./_render/load_ui.ts";
import type { UIMethod, UIModuleClass } from "./_render/ui_types.ts";
import { HandlerDelegate } from "./_request_handler/handler_delegate.ts";
import { logAccess } from "./_request_handler/request_log.ts";
import { DefaultHostMatches, HostMatches } from "./_routing/host_matches.ts";
import { AnyMatches, type TargetParams } from "./_routing/matcher.ts";
import { feedRequest } from "./_routing/request_body.ts";
import { Rule } from "./_routing/rule.ts";
import type { CheckedRules, RuleList, RuleTarget, RuleTuple } from "./_routing/rule_types.ts";
import { ContentEncoding } from "./content_encoding.ts";
import { ErrorHandler } from "./error_handler.ts";
import type { RequestHandler, RequestHandlerClass } from "./request_handler.ts";
import { ReversibleRouter, type ReversibleRuleRouter } from "./routing.ts";
import { DEFAULT_STATIC_PREFIX, type Settings } from "./settings.ts";
import { StaticFileHandler } from "./static_files.ts";
import type { OutputTransformClass } from "./transforms.ts";
import { UIModule } from "./ui_modules.ts";

/** Settings of an {@linkcode Application}, and what its constructor takes besides. */
export interface ApplicationOptions extends Settings {
  /**
   * The host that stands in for every host that no pattern of {@linkcode Application.addHandlers} matches. Not for applications that DNS
   * rebinding could reach.
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

/** Options of {@linkcode Application.listen} on our own network stack: those of `HTTPServer` and of its `listen`. */
export interface ApplicationListenOptions extends HTTPServerOptions, ListenOptions {
  /**
   * The engine.
   *
   * @default {"listen"}
   */
  engine?: "listen";
}

/** Options of {@linkcode Application.listen} on `Deno.serve`: those of `ServeServer` and of its `listen`. */
export interface ApplicationServeOptions extends ServeServerOptions, ServeListenOptions {
  /** The engine. */
  engine: "serve";
}

/**
 * The handlers of a web application, and the rules by which they are found. Tornado's `Application`.
 *
 * Rules are tried in their order: the first whose pattern matches the path answers. A target may be a {@linkcode RequestHandler} class, a
 * list of rules, another application, any router or delegate, or a function of the request.
 *
 * An application can be given to `HTTPServer`, to `Deno.serve` (by {@linkcode Application.fetch}), to `deno serve` (as the default export
 * of a module), to another application as a target, and to a test.
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
export class Application<const Targets extends readonly unknown[] = readonly RuleTarget[]> extends ReversibleRouter {
  /** The settings. A subclass may narrow them: `declare readonly settings: MySettings`. */
  readonly settings: Settings;
  /** The classes of the transforms of every response, in order. */
  readonly transforms: OutputTransformClass[];
  /** The handler of static files, which knows their URLs. */
  readonly staticHandlerClass: typeof StaticFileHandler;
  /** The UI modules that templates find, by name. */
  readonly uiModules: Record<string, UIModuleClass>;
  /** The UI methods that templates find, by name. */
  readonly uiMethods: Record<string, UIMethod>;
  /** The host that stands in for unknown ones, or `null`. */
  readonly defaultHost: string | null;
  /** The rules for every host. */
  readonly wildcardRouter: ReversibleRuleRouter;
  /** The rules for hosts; the last one leads to {@linkcode Application.wildcardRouter}. */
  readonly defaultRouter: ReversibleRuleRouter;
  /**
   * Answers a request of the Fetch standard; it may be passed on by itself, as in `Deno.serve(app.fetch)`.
   *
   * @param request The request.
   * @param info What `Deno.serve` tells of the client.
   * @returns The response, or a promise of it.
   */
  readonly fetch: (request: Request, info?: Deno.ServeHandlerInfo | null) => Response | Promise<Response>;

  /**
   * Makes an application.
   *
   * @param handlers The rules for every host.
   * @param options Settings, default host and transforms. Further settings may be given.
   * @throws {TypeError} If an entry is no rule, or its target nothing that could answer.
   * @throws {SyntaxError} If a pattern is not valid.
   */
  constructor(handlers?: CheckedRules<Targets>, options: ApplicationOptions = {}) {
    super();
    const rules: RuleList = handlers ?? [];
    warnOfUnknownSettings(options);
    const { defaultHost = null, transforms, ...settings } = options;
    const compresses = settings.compressResponse || settings.gzip;
    this.settings = completeSettings(settings);
    // It is there long before the first request; one that comes earlier waits for it.
    if (rendersFiles(settings)) loadCompiler();
    this.transforms = [...transforms ?? (compresses ? [ContentEncoding] : [])];
    this.staticHandlerClass = settings.staticHandlerClass ?? StaticFileHandler;
    this.uiModules = loadUiModules(settings.uiModules ?? {}, UIModule, builtinModules);
    this.uiMethods = loadUiMethods(settings.uiMethods ?? {});
    this.defaultHost = defaultHost;
    this.wildcardRouter = new ApplicationRouter(this, [...staticRules(settings, this.staticHandlerClass), ...rules]);
    this.defaultRouter = new ApplicationRouter(this, [new Rule(new AnyMatches(), this.wildcardRouter)]);
    const handler = new FetchHandler(this);
    this.fetch = (request, info = null) => handler.fetch(request, info);
  }

  /**
   * Starts a server for this application, on our own network stack or on `Deno.serve`.
   *
   * @param port The port; 0 takes a free one, which `server.port` tells.
   * @param options Where to listen, limits and time-outs, and the engine.
   * @returns The server, which listens already. Close it by `await using`, or by its `drain`.
   * @throws {Deno.errors.AddrInUse} If somebody listens there, and the other errors of `Deno.listen`.
   */
  listen(port: number, options: ApplicationListenOptions | ApplicationServeOptions = {}): Server {
    const server = options.engine === "serve" ? new ServeServer(this, options) : new HTTPServer(this, options);
    server.listen(port, options);
    return server;
  }

  /**
   * Adds rules for some hosts. They come before those for every host, in the order of the calls; if none of them takes a request, the
   * rules for every host do.
   *
   * @param hostPattern A regular expression in Python's syntax, or a RegExp, for the name of the host.
   * @throws {TypeError} If an entry is no rule, or its target nothing that could answer.
   * @throws {SyntaxError} If a pattern is not valid.
   */
  addHandlers<const Targets extends readonly unknown[]>(
    hostPattern: string | RegExp,
    hostHandlers: CheckedRules<Targets>,
  ): void {
    const rules: RuleList = hostHandlers;
    const matcher = new HostMatches(hostPattern);
    const index = this.defaultRouter.rules.length - 1;
    this.defaultRouter.addRules([new Rule(matcher, rules)], { index });
    if (this.defaultHost !== null) {
      this.wildcardRouter.addRules([new Rule(new DefaultHostMatches(this, matcher.hostPattern), rules)]);
    }
  }

  /** Adds a transform to those of every response. */
  addTransform(transformClass: OutputTransformClass): void {
    this.transforms.push(transformClass);
  }

  /** Answers a request that is complete, such as one made by hand; Tornado's `application(request)`. */
  handle(request: HTTPServerRequest): Promise<void> {
    return feedRequest(this.findHandler(request), request);
  }

  /** Finds who answers a request: by the rules, else the default handler, else a 404. */
  override findHandler(request: HTTPServerRequest, _params?: TargetParams): HTTPMessageDelegate {
    const delegate = this.defaultRouter.findHandler(request);
    if (delegate !== null) return delegate;
    const { defaultHandlerClass, defaultHandlerArgs = {} } = this.settings;
    if (isHandlerClass(defaultHandlerClass)) {
      return this.getHandlerDelegate(request, defaultHandlerClass, { targetKwargs: defaultHandlerArgs });
    }
    return this.getHandlerDelegate(request, ErrorHandler, NOT_FOUND);
  }

  /**
   * Makes the delegate that leads a request through a handler.
   *
   * @param targetClass The class of the handler.
   * @param params Arguments for its `initialize`, and what the groups of the path matched.
   */
  getHandlerDelegate(
    request: HTTPServerRequest,
    targetClass: RequestHandlerClass,
    params: TargetParams = {},
  ): HTTPMessageDelegate {
    return new HandlerDelegate(this, request, targetClass, params);
  }

  /**
   * The URL of a named rule. The arguments take the places of the groups of its pattern: text is taken as UTF-8 and percent-encoded but
   * for `/`. Named groups may be given as one object.
   *
   * @throws {RangeError} If there is no rule of that name.
   * @throws {Error} If the rule's pattern cannot be turned round.
   * @throws {TypeError} If there are not as many arguments as groups.
   */
  override reverseUrl(name: string, ...args: unknown[]): string {
    const url = this.defaultRouter.reverseUrl(name, ...args);
    if (url === null) throw new RangeError(`${name} not found in named urls`);
    return url;
  }

  /** Logs a finished request to `tornado.access`, or with the setting `logFunction`. */
  logRequest(handler: RequestHandler): void {
    if (this.settings.logFunction !== undefined) return this.settings.logFunction(handler);
    logAccess(handler);
  }
}

const NOT_FOUND: TargetParams = { targetKwargs: { statusCode: 404 } };

function completeSettings(settings: Settings): Settings {
  if (settings.debug !== true) return settings;
  return { autoreload: true, compiledTemplateCache: false, staticHashCache: false, serveTraceback: true, ...settings };
}

/** The characters that have a meaning in a pattern. */
const SPECIAL = /[\\^$.*+?()[\]{}|]/g;

/** The rules for static files that the settings ask for; they come before all others, in Tornado's order. */
function staticRules(settings: Settings, handlerClass: typeof StaticFileHandler): RuleTuple[] {
  const { staticPath, staticUrlPrefix = DEFAULT_STATIC_PREFIX, staticHandlerArgs = {} } = settings;
  if (!staticPath) return [];
  const prefix = staticUrlPrefix.replace(SPECIAL, "\\$&");
  const patterns = ["/(robots\\.txt)", "/(favicon\\.ico)", `${prefix}(.*)`];
  return patterns.map((pattern) => [pattern, handlerClass, { ...staticHandlerArgs, path: staticPath }]);
}
