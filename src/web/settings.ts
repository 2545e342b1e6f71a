import type { BaseLoader, ExpressionLanguage, WhitespaceMode } from "../template/mod.ts";
import type { WebSocketSettings } from "../websocket_core/internal.ts";
import type { UIModuleSource } from "./_render/ui_types.ts";
import type { CookieOptions } from "./cookies.ts";
import type { HandlerGuard } from "./handler_guard.ts";
import type { RequestHandler, RequestHandlerClass } from "./request_handler.ts";
import type { CookieSecret } from "./signed_value.ts";
import type { StaticFileHandler } from "./static_files.ts";

/** The beginning of the paths of static files, unless the settings name another one. */
export const DEFAULT_STATIC_PREFIX = "/static/";

/** Options of `StaticFileHandler.makeStaticUrl`. */
export interface StaticUrlOptions {
  /**
   * Puts the version of the file into the URL.
   *
   * @default {true}
   */
  includeVersion?: boolean;
}

/** Options of the setting `crossOriginProtection`. */
export interface CrossOriginProtection {
  /**
   * The origins of other sites whose pages may send any request: scheme, host and, unless it is the usual one, the
   * port, such as `https://app.example.com`. Wildcards and `null` are refused.
   *
   * @default {none}
   */
  trustedOrigins?: readonly string[];
}

/** The id and the secret of an application at a provider of logins. */
export interface OAuthConsumer {
  /** The client's id. */
  readonly key: string;
  /** The client's secret; empty for a client without one. */
  readonly secret: string;
}

/**
 * Settings of an `Application`.
 *
 * The compiler refuses a name that is not listed here, such as Tornado's `xsrf_cookies`. An application declares
 * settings of its own in an interface that extends this one.
 *
 * @example
 * ```ts
 * import { Application, RequestHandler, type Settings } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * interface BlogSettings extends Settings {
 *   blogTitle: string;
 * }
 *
 * class Home extends RequestHandler {
 *   declare readonly application: Blog;
 *
 *   override get(): void {
 *     this.write(this.settings.blogTitle);
 *   }
 * }
 *
 * class Blog extends Application {
 *   declare readonly settings: BlogSettings;
 *
 *   constructor(settings: BlogSettings) {
 *     super([["/", Home]], settings);
 *   }
 * }
 *
 * const response = await new Blog({ blogTitle: "Notes", debug: true }).fetch(new Request("http://localhost/"));
 * assertEquals(await response.text(), "Notes");
 * ```
 */
export interface Settings extends WebSocketSettings {
  /**
   * Turns on what helps during development, unless it is set itself: `autoreload` and `serveTraceback` become true,
   * `compiledTemplateCache` and `staticHashCache` false. The stacks in the log show the frames of Twister, too.
   * Strangers must not see what it reveals.
   *
   * @default {false}
   */
  debug?: boolean;
  /**
   * Restarts the program when one of its files changes, and pages reload themselves. It needs the permissions of
   * `start` of the module `autoreload`; without them, or under `deno run --watch`, the program is not restarted by it.
   *
   * @default {false}
   */
  autoreload?: boolean;
  /**
   * Keeps compiled templates.
   *
   * @default {true}
   */
  compiledTemplateCache?: boolean;
  /**
   * Keeps the versions of static files.
   *
   * @default {true}
   */
  staticHashCache?: boolean;
  /**
   * Shows the stack of an error on its page.
   *
   * @default {false}
   */
  serveTraceback?: boolean;
  /**
   * The handler of requests that no rule matches.
   *
   * @default {ErrorHandler with status 404}
   */
  defaultHandlerClass?: RequestHandlerClass;
  /**
   * Arguments of `defaultHandlerClass`, like those of a rule.
   *
   * @default {none}
   */
  defaultHandlerArgs?: object;
  /**
   * Signs cookies, see `createSignedValue`: one secret, or several by key version. Of several, `keyVersion` names the
   * one that signs, and all of them verify.
   *
   * @default {none: there are no signed cookies}
   */
  cookieSecret?: CookieSecret;
  /**
   * The version of the key that signs, if there are several secrets.
   *
   * @default {none}
   */
  keyVersion?: number;
  /**
   * Requires an XSRF token of every request that may change something, see `RequestHandler.xsrfToken`.
   *
   * @default {false}
   */
  xsrfCookies?: boolean;
  /**
   * The version of the XSRF tokens that are written, 1 or 2; both are read.
   *
   * @default {2}
   */
  xsrfCookieVersion?: number;
  /**
   * The name of the XSRF cookie. The form's field is always called `_xsrf`.
   *
   * @default {"_xsrf"}
   */
  xsrfCookieName?: string;
  /**
   * Attributes of the XSRF cookie.
   *
   * @default {for all paths, for 30 days if somebody is logged in}
   */
  xsrfCookieKwargs?: CookieOptions;
  /**
   * Refuses requests with 403 that a browser sends for a page of another origin, unless their method is GET, HEAD or
   * OPTIONS; see `RequestHandler.checkCrossOrigin`. It needs no token. With `xsrfCookies`, a request must pass both.
   * Tornado's `cross_origin_protection`.
   *
   * @default {false}
   */
  crossOriginProtection?: boolean | CrossOriginProtection;
  /**
   * The directory of static files. Setting it adds rules for them, and for `/robots.txt` and `/favicon.ico`.
   *
   * @default {none}
   */
  staticPath?: string;
  /**
   * The beginning of the paths of static files.
   *
   * @default {"/static/"}
   */
  staticUrlPrefix?: string;
  /**
   * The handler of static files.
   *
   * @default {StaticFileHandler}
   */
  staticHandlerClass?: typeof StaticFileHandler;
  /**
   * Arguments of `staticHandlerClass` besides `path`, like those of a rule.
   *
   * @default {none}
   */
  staticHandlerArgs?: object;
  /**
   * The page to which `authenticated` sends visitors who are not logged in. If it has a query, nothing is added to it.
   *
   * @default {none}
   */
  loginUrl?: string;
  /**
   * The directory of the templates.
   *
   * @default {none}
   */
  templatePath?: string;
  /**
   * A loader of templates in place of one of files. It does not look at `templatePath`, `autoescape` and
   * `templateWhitespace`.
   *
   * @default {a Loader of files}
   */
  templateLoader?: BaseLoader;
  /**
   * The name of the function that escapes the output of templates; `null` for none.
   *
   * @default {"xhtml_escape"}
   */
  autoescape?: string | null;
  /**
   * The treatment of white space in templates.
   *
   * @default {by the name of the file}
   */
  templateWhitespace?: WhitespaceMode | null;
  /**
   * The language of the expressions in templates.
   *
   * @default {"javascript"}
   */
  templateLanguage?: ExpressionLanguage;
  /**
   * The UI modules: an object such as a JavaScript module (`import * as modules`), or a list of them. Members that are
   * not subclasses of `UIModule` are ignored; the compiler refuses other classes.
   *
   * @default {none but linkify, xsrf_form_html and Template}
   */
  uiModules?: UIModuleSource | readonly UIModuleSource[];
  /**
   * Functions for templates that take the handler before their other arguments: an object such as a JavaScript module,
   * or a list of them. Members that are not functions, or whose name begins with an underscore or a capital letter, are
   * ignored.
   *
   * @default {none}
   */
  uiMethods?: object;
  /**
   * Compresses responses, see `ContentEncoding`.
   *
   * @default {false}
   */
  compressResponse?: boolean;
  /**
   * The former name of {@linkcode Settings.compressResponse}.
   *
   * @deprecated Use `compressResponse`: gzip is not the only coding.
   * @default {false}
   */
  gzip?: boolean;
  /**
   * Seconds that a handler may take after its request has come: then `signal` aborts with a `TimeoutError`, and a
   * response whose head was not sent becomes a 503. Event streams and WebSockets have no such limit; a handler may have
   * another one, see `RequestHandler.requestDeadline`.
   *
   * @default {none}
   */
  requestDeadline?: number;
  /**
   * Adds headers that protect pages in browsers: `securityHeaders()` of the module `security`.
   *
   * @default {none}
   */
  securityHeaders?: HandlerGuard;
  /**
   * Lets pages of other origins read responses: `cors()` of the module `security`.
   *
   * @default {none}
   */
  cors?: HandlerGuard;
  /**
   * Refuses clients that ask too often with 429: `rateLimit()` of the module `limits`.
   *
   * @default {none}
   */
  rateLimit?: HandlerGuard;
  /**
   * Keeps a session for each visitor, `this.session`: what the module `sessions` makes.
   *
   * @default {none}
   */
  sessions?: HandlerGuard;
  /**
   * The client's id and secret at a provider of OpenID Connect, for `OpenIDConnectMixin`.
   *
   * @default {none}
   */
  openidConnect?: OAuthConsumer;
  /**
   * The client's id and secret at Google, for `GoogleOAuth2Mixin`.
   *
   * @default {none}
   */
  googleOauth?: OAuthConsumer;
  /**
   * The client's id and secret at GitHub, for `GitHubOAuth2Mixin`.
   *
   * @default {none}
   */
  githubOauth?: OAuthConsumer;
  /**
   * The client's id and secret at GitLab, for `GitLabOAuth2Mixin`.
   *
   * @default {none}
   */
  gitlabOauth?: OAuthConsumer;
  /**
   * The client's id and secret at Microsoft, for `MicrosoftOAuth2Mixin`.
   *
   * @default {none}
   */
  microsoftOauth?: OAuthConsumer;
  /**
   * The app's id at Facebook, for `FacebookGraphMixin`.
   *
   * @default {none}
   */
  facebookApiKey?: string;
  /**
   * The app's secret at Facebook, for `FacebookGraphMixin`.
   *
   * @default {none}
   */
  facebookSecret?: string;
  /**
   * The consumer's key at Twitter, for `TwitterMixin`.
   *
   * @default {none}
   */
  twitterConsumerKey?: string;
  /**
   * The consumer's secret at Twitter, for `TwitterMixin`.
   *
   * @default {none}
   */
  twitterConsumerSecret?: string;
  /**
   * The URL of this site as visitors see it, for redirect URIs of logins that are paths.
   *
   * @default {none: redirect URIs are absolute}
   */
  redirectBaseUri?: string;
  /** Logs a finished request in place of the access log. */
  logFunction?(handler: RequestHandler): void;
}
