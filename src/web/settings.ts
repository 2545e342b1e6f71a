import type { HTTPServerRequest } from "../http/httputil.ts";
import type { BaseLoader, ExpressionLanguage, WhitespaceMode } from "../template/mod.ts";
import type { UIMethod, UIModuleClass } from "./_render/ui_types.ts";
import type { CookieOptions } from "./cookies.ts";
import type { CookieSecret } from "./signed_value.ts";
import type { OutputTransformClass } from "./transforms.ts";

/** A request that was answered, as the log sees it: a `RequestHandler`. */
export interface FinishedRequest {
  /** The request. */
  readonly request: HTTPServerRequest;
  /** The status of the response. */
  getStatus(): number;
}

/** A class of handlers: a subclass of `RequestHandler`. */
export interface HandlerClass {
  /** Makes a handler for one request. */
  new (application: never, request: HTTPServerRequest): FinishedRequest;
}

/** What the paths of static files begin with, unless the settings say otherwise. */
export const DEFAULT_STATIC_PREFIX = "/static/";

/** A class of handlers of static files: `StaticFileHandler` or a subclass. */
export interface StaticHandlerClass extends HandlerClass {
  /** The URL of a static file. */
  makeStaticUrl(settings: Settings, path: string, options?: StaticUrlOptions): string;
}

/** Options of `StaticFileHandler.makeStaticUrl`. */
export interface StaticUrlOptions {
  /**
   * Whether the URL has a version.
   *
   * @default {true}
   */
  includeVersion?: boolean;
}

/**
 * Settings of an `Application`.
 *
 * An application may have settings of its own; an interface that extends this one gives them a type.
 *
 * @example
 * ```ts
 * import { Application, type Settings } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * interface BlogSettings extends Settings {
 *   blogTitle: string;
 * }
 * class Blog extends Application {
 *   declare readonly settings: BlogSettings;
 * }
 *
 * const settings: BlogSettings = { blogTitle: "Notes", debug: true };
 * assertEquals(new Blog([], settings).settings.blogTitle, "Notes");
 * ```
 */
export interface Settings {
  /**
   * Turns on what helps while developing, as far as it is not set itself: `autoreload` and `serveTraceback` become true,
   * `compiledTemplateCache` and `staticHashCache` false. What it turns on is not for strangers to see.
   *
   * @default {false}
   */
  debug?: boolean;
  /**
   * Whether the program is meant to start again when one of its files changes. Nothing looks at it yet: `deno run --watch` does that.
   *
   * @default {false}
   */
  autoreload?: boolean;
  /**
   * Whether compiled templates are kept.
   *
   * @default {true}
   */
  compiledTemplateCache?: boolean;
  /**
   * Whether the versions of static files are kept.
   *
   * @default {true}
   */
  staticHashCache?: boolean;
  /**
   * Whether error pages show the stack of the error.
   *
   * @default {false}
   */
  serveTraceback?: boolean;
  /**
   * The handler of requests that no rule matches.
   *
   * @default {ErrorHandler with status 404}
   */
  defaultHandlerClass?: HandlerClass;
  /**
   * Arguments for the `initialize` of that handler.
   *
   * @default {none}
   */
  defaultHandlerArgs?: object;
  /**
   * What signs cookies, see `createSignedValue`: one secret, or several by key version. Of several one signs, the one that `keyVersion`
   * names, and all can verify.
   *
   * @default {none: there are no signed cookies}
   */
  cookieSecret?: CookieSecret;
  /**
   * Which of several secrets signs.
   *
   * @default {none}
   */
  keyVersion?: number;
  /**
   * Whether requests that change something must carry an XSRF token, see `RequestHandler.xsrfToken`.
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
   * The name of the XSRF cookie. The field of the form is always `_xsrf`.
   *
   * @default {"_xsrf"}
   */
  xsrfCookieName?: string;
  /**
   * Where and for how long browsers keep the XSRF cookie.
   *
   * @default {for all paths, for 30 days if there is a user}
   */
  xsrfCookieKwargs?: CookieOptions;
  /**
   * The directory of static files. It adds rules for them, and for `/robots.txt` and `/favicon.ico`.
   *
   * @default {none}
   */
  staticPath?: string;
  /**
   * What the paths of static files begin with.
   *
   * @default {"/static/"}
   */
  staticUrlPrefix?: string;
  /**
   * The handler of static files.
   *
   * @default {StaticFileHandler}
   */
  staticHandlerClass?: StaticHandlerClass;
  /**
   * Arguments for the `initialize` of that handler, besides `path`.
   *
   * @default {none}
   */
  staticHandlerArgs?: object;
  /**
   * Where `authenticated` sends who is not logged in. If the URL has a query, nothing is added to it.
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
   * The loader of the templates, in place of one of files. What `templatePath`, `autoescape` and `templateWhitespace` say does not
   * concern it.
   *
   * @default {a Loader of files}
   */
  templateLoader?: BaseLoader;
  /**
   * The name of the function that escapes what templates print; `null` for none.
   *
   * @default {"xhtml_escape"}
   */
  autoescape?: string | null;
  /**
   * What becomes of white space in templates.
   *
   * @default {by the name of the file}
   */
  templateWhitespace?: WhitespaceMode | null;
  /**
   * Language of the expressions in templates.
   *
   * @default {javascript}
   */
  templateLanguage?: ExpressionLanguage;
  /**
   * The UI modules: an object such as a JavaScript module (`import * as modules`), or a list of them. What is no subclass of `UIModule`
   * is left out.
   *
   * @default {none but linkify, xsrf_form_html and Template}
   */
  uiModules?: object;
  /**
   * Functions for templates that get the handler before their other arguments: an object such as a JavaScript module, or a list of
   * them. What is no function, or has a name that begins with an underscore or in upper case, is left out.
   *
   * @default {none}
   */
  uiMethods?: object;
  /**
   * Whether responses are compressed, see `ContentEncoding`.
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
  /** Called at the end of each request, in place of the access log; it is given the `RequestHandler`. */
  logFunction?(handler: FinishedRequest): void;
  /** Settings of the application itself. */
  [name: string]: unknown;
}

/** What a handler asks of its application; `Application` is the one there is. */
export interface HandlerApplication {
  /** The settings. */
  readonly settings: Settings;
  /** The classes of the transforms of every response, in order. */
  readonly transforms: readonly OutputTransformClass[];
  /** The handler of static files, which knows their URLs. */
  readonly staticHandlerClass: StaticHandlerClass;
  /** The UI modules by name. */
  readonly uiModules: Readonly<Record<string, UIModuleClass>>;
  /** The UI methods by name. */
  readonly uiMethods: Readonly<Record<string, UIMethod>>;
  /** The URL of a named rule. */
  reverseUrl(name: string, ...args: unknown[]): string;
  /** Logs a finished request. */
  logRequest(handler: FinishedRequest): void;
}
