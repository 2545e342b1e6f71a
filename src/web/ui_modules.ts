import type { HTTPServerRequest } from "../http/httputil.ts";
import type { Bytes } from "../internal/bytes.ts";
import type { Locale } from "../locale/mod.ts";
import type { RequestHandler } from "./request_handler.ts";

/**
 * Renders a part of pages that is used again and again, with the scripts and styles it needs. Tornado's `UIModule`.
 *
 * A template uses a module of the setting `uiModules` by `{% module Name(...) %}`. One object serves all uses of its
 * class in a response. At the end, the handler's `render` asks it what the page needs, and puts that into head and
 * body.
 *
 * @typeParam Handler The class of the handlers that use the module.
 *
 * @example
 * ```ts
 * import { DictLoader } from "@twister/twister/template";
 * import { Application, RequestHandler, UIModule } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Entry extends UIModule {
 *   override render(title: string): string {
 *     return `<h2>${title}</h2>`;
 *   }
 *   override embeddedCss(): string {
 *     return "h2 { color: green }";
 *   }
 * }
 *
 * class Home extends RequestHandler {
 *   override get(): void {
 *     this.render("home.html", { titles: ["One", "Two"] });
 *   }
 * }
 *
 * const templateLoader = new DictLoader({
 *   "home.html": "<head></head>{% for title in titles %}{% module Entry(title) %}{% end %}",
 * });
 * const app = new Application([["/", Home]], { templateLoader, uiModules: { Entry } });
 * const response = await app.fetch(new Request("http://localhost/"));
 * assertEquals(
 *   await response.text(),
 *   '<head><style type="text/css">\nh2 { color: green }\n</style>\n</head><h2>One</h2><h2>Two</h2>',
 * );
 * ```
 */
export abstract class UIModule<Handler extends RequestHandler = RequestHandler> {
  /** The handler of the request. */
  readonly handler: Handler;

  /** Called when a response uses the module for the first time. */
  constructor(handler: Handler) {
    this.handler = handler;
  }

  /** The request. */
  get request(): HTTPServerRequest {
    return this.handler.request;
  }

  /** The UI methods and modules of the application, bound to the handler. */
  get ui(): Readonly<Record<string, unknown>> {
    return this.handler.ui;
  }

  /** The locale of the page. */
  get locale(): Locale {
    return this.handler.locale;
  }

  /** The logged-in user, or `null`. */
  get currentUser(): ReturnType<Handler["getCurrentUser"]> {
    return this.handler.currentUser;
  }

  /** Makes the HTML of one use, from the arguments that the template gives. */
  abstract render(...args: never[]): string | Bytes;

  /** Returns a script to put into the page; override it. */
  embeddedJavascript(): string | null {
    return null;
  }

  /** Returns the script files for the page; override it. A relative path names a static file. */
  javascriptFiles(): string | Iterable<string> | null {
    return null;
  }

  /** Returns style rules to put into the page; override it. */
  embeddedCss(): string | null {
    return null;
  }

  /** Returns the style sheets for the page; override it. A relative path names a static file. */
  cssFiles(): string | Iterable<string> | null {
    return null;
  }

  /** Returns HTML for the end of the page's head; override it. */
  htmlHead(): string | null {
    return null;
  }

  /** Returns HTML for the end of the page's body; override it. */
  htmlBody(): string | null {
    return null;
  }

  /** Renders a template with the handler's `renderString`. */
  renderString(path: string, namespace: Readonly<Record<string, unknown>> = {}): string {
    return this.handler.renderString(path, namespace);
  }
}

/** The resources that a template needs in its page, for `set_resources`; the names are Tornado's. */
export interface ModuleResources {
  /** A script to put into the page. */
  readonly embedded_javascript?: string;
  /** The script files for the page. */
  readonly javascript_files?: string | readonly string[];
  /** Style rules to put into the page. */
  readonly embedded_css?: string;
  /** The style sheets for the page. */
  readonly css_files?: string | readonly string[];
  /** HTML for the end of the page's head. */
  readonly html_head?: string;
  /** HTML for the end of the page's body. */
  readonly html_body?: string;
}

/**
 * Renders `{% module Template("foo.html", { x: 1 }) %}`: the template gets these names, and none of the page around it.
 * Tornado's `TemplateModule`.
 *
 * The template can call `set_resources({ css_files: "foo.css" })` to name what it needs in the page. Each of its uses
 * must name the same.
 *
 * @example
 * ```ts
 * import { DictLoader } from "@twister/twister/template";
 * import { Application, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Home extends RequestHandler {
 *   override get(): void {
 *     this.render("home.html");
 *   }
 * }
 *
 * const templateLoader = new DictLoader({
 *   "home.html": '<body>{% module Template("box.html", { text: "Hi" }) %}</body>',
 *   "box.html": '{{ set_resources({ html_body: "<hr>" }) }}<p>{{ text }}</p>',
 * });
 * const app = new Application([["/", Home]], { templateLoader });
 * const response = await app.fetch(new Request("http://localhost/"));
 * assertEquals(await response.text(), "<body><p>Hi</p><hr>\n</body>");
 * ```
 */
export class TemplateModule extends UIModule {
  readonly #resources: Map<string, ModuleResources> = new Map();

  /**
   * Renders a template.
   *
   * @param namespace The names that it gets.
   * @throws {Error} If it asks for other resources than at its last use.
   */
  override render(path: string, namespace: Readonly<Record<string, unknown>> = {}): string {
    const setResources = (resources: ModuleResources = {}) => this.#setResources(path, resources);
    return this.renderString(path, { set_resources: setResources, ...namespace });
  }

  /** Returns the scripts of all templates. */
  override embeddedJavascript(): string {
    return this.#texts("embedded_javascript").join("\n");
  }

  /** Returns the script files of all templates. */
  override javascriptFiles(): string[] {
    return this.#texts("javascript_files");
  }

  /** Returns the style rules of all templates. */
  override embeddedCss(): string {
    return this.#texts("embedded_css").join("\n");
  }

  /** Returns the style sheets of all templates. */
  override cssFiles(): string[] {
    return this.#texts("css_files");
  }

  /** Returns the HTML of all templates for the head. */
  override htmlHead(): string {
    return this.#texts("html_head").join("");
  }

  /** Returns the HTML of all templates for the body. */
  override htmlBody(): string {
    return this.#texts("html_body").join("");
  }

  #setResources(path: string, resources: ModuleResources): string {
    const known = this.#resources.get(path);
    if (known === undefined) this.#resources.set(path, resources);
    else if (resourceKey(known) !== resourceKey(resources)) {
      throw new Error(`set_resources called with different resources for the same template: ${path}`);
    }
    return "";
  }

  #texts(name: keyof ModuleResources): string[] {
    return [...this.#resources.values()].flatMap((resources) => resources[name] ?? []);
  }
}

/** A text that is equal for equal resources, in whatever order they are named. */
function resourceKey(resources: ModuleResources): string {
  return JSON.stringify(Object.entries(resources).sort(([a], [b]) => a < b ? -1 : 1));
}
