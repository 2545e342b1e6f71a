import { get as getLocale, type Locale } from "../locale/mod.ts";
import { type BaseLoader, type CompiledTemplate, Loader, type LoaderOptions } from "../template/mod.ts";
import type { HandlerStaticUrlOptions } from "./_handler/options.ts";
import { checkXsrfToken, xsrfTokenOf } from "./_handler/xsrf_protection.ts";
import { acceptedLanguages } from "./_render/accept_language.ts";
import { answerIn } from "./_render/answer_in.ts";
import { assetUrls, embeddedCss, embeddedJs, linkedCss, linkedJs, withAssets } from "./_render/assets.ts";
import { loaderOf } from "./_render/loaders.ts";
import { PageState } from "./_render/page_state.ts";
import { bindUi } from "./_render/ui.ts";
import { HandlerCore, knownStateOf, stateOf } from "./handler_core.ts";
import { xsrfFormField } from "./xsrf.ts";

/** Puts what the UI modules of a handler want into its page. */
export let completePage: (handler: PageHandler, html: string) => string;
/** The template of a handler by its name. */
export let templateOf: (handler: PageHandler, templateName: string) => CompiledTemplate;

/**
 * What a {@linkcode RequestHandler} needs to make a page: templates and what they find, translations, and the XSRF token of forms.
 *
 * It is a part of that class, which adds what sends the page. Subclasses extend `RequestHandler`.
 *
 * @example
 * ```ts
 * import { DictLoader } from "@twister/twister/template";
 * import { Application, type PageHandler, RequestHandler } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const mail = (handler: PageHandler, name: string) => handler.renderString("mail.txt", { name });
 *
 * class Preview extends RequestHandler {
 *   override get(): void {
 *     this.write(mail(this, "Ada"));
 *   }
 * }
 *
 * const templateLoader = new DictLoader({ "mail.txt": "Dear {{ name }}" });
 * const app = new Application([["/", Preview]], { templateLoader });
 * const response = await app.fetch(new Request("http://localhost/"));
 * assertEquals(await response.text(), "Dear Ada");
 * ```
 */
export abstract class PageHandler extends HandlerCore {
  /** Whether {@linkcode PageHandler.staticUrl} names the host, unless it is told. */
  declare includeHost?: boolean;

  static {
    completePage = (handler, html) => {
      const modules = knownStateOf(handler)?.page?.modules;
      return modules === undefined || modules.size === 0 ? html : withAssets(html, modules.values(), handler);
    };
    templateOf = (handler, templateName) => loaderOf(handler, handler.#page).load(templateName);
  }

  /**
   * Where {@linkcode authenticated} sends who is not logged in: the setting `loginUrl`, unless it is overridden.
   *
   * @throws {Error} If the setting is missing.
   */
  getLoginUrl(): string {
    this.requireSetting("loginUrl", "@authenticated");
    return this.settings.loginUrl ?? "";
  }

  /**
   * The locale of the page: {@linkcode PageHandler.getUserLocale}, or else {@linkcode PageHandler.getBrowserLocale}. Like
   * `currentUser`, it is found out when it is asked for first, and can be set.
   */
  get locale(): Locale {
    return this.#page.locale ??= this.getUserLocale() ?? this.getBrowserLocale();
  }

  set locale(value: Locale) {
    this.#page.locale = value;
  }

  /** The locale that the user has chosen, `null` if it is for the browser to say; override it. */
  getUserLocale(): Locale | null {
    return null;
  }

  /**
   * The supported locale that the browser likes best, by the Accept-Language header.
   *
   * @param defaultCode The code of the locale if it has no such header, or none with a language.
   */
  getBrowserLocale(defaultCode: string = "en_US"): Locale {
    const header = this.request.headers.get("Accept-Language");
    const codes = header === null ? [] : acceptedLanguages(header);
    return codes.length > 0 ? getLocale(...codes) : getLocale(defaultCode);
  }

  /**
   * The XSRF token, another text for each response, for a form or a header of a script. Asking for it sets the cookie if the request has
   * none.
   *
   * With the setting `xsrfCookies`, each POST, PUT, PATCH and DELETE must have the cookie and the token: as the argument `_xsrf` or the
   * header `X-XSRFToken` or `X-CSRFToken`.
   *
   * @throws {RangeError} If the setting `xsrfCookieVersion` is neither 1 nor 2.
   */
  get xsrfToken(): string {
    return xsrfTokenOf(this, stateOf(this));
  }

  /**
   * Makes sure that the request carries the XSRF token of its cookie. It is called before `prepare`; override it for a class that has no
   * need of it.
   *
   * @throws {HTTPError} 403 if it does not.
   */
  checkXsrfCookie(): void {
    checkXsrfToken(this, stateOf(this));
  }

  /** The XSRF token as a hidden field of a form. */
  xsrfFormHtml(): string {
    return xsrfFormField(this.xsrfToken);
  }

  /**
   * The URL of a static file, with its version. Needs the setting `staticPath`.
   *
   * @param path The file, relative to that directory.
   * @throws {Error} If the setting is missing.
   */
  staticUrl(path: string, options: HandlerStaticUrlOptions = {}): string {
    this.requireSetting("staticPath", "static_url");
    const { includeHost = this.includeHost ?? false, ...others } = options;
    const host = includeHost ? `${this.request.protocol}://${this.request.host}` : "";
    return host + this.application.staticHandlerClass.makeStaticUrl(this.settings, path, others);
  }

  /** The directory of the templates: the setting `templatePath`, `null` without it. Override it for a directory of its own. */
  getTemplatePath(): string | null {
    return this.settings.templatePath ?? null;
  }

  /**
   * Makes the loader of templates: that of the setting `templateLoader`, or else one of files below a directory, with the settings
   * `autoescape` and `templateWhitespace`. Each application keeps it, for each directory and each class that overrides this method.
   *
   * @param templatePath What {@linkcode PageHandler.getTemplatePath} says.
   * @throws {Error} If there is neither a loader nor a directory.
   */
  createTemplateLoader(templatePath: string | null): BaseLoader {
    const { templateLoader, autoescape, templateWhitespace } = this.settings;
    if (templateLoader !== undefined) return templateLoader;
    if (templatePath === null) {
      throw new Error("Cannot load templates: neither the setting templatePath nor templateLoader says from where");
    }
    const options: LoaderOptions = {};
    if (autoescape !== undefined) options.autoescape = autoescape;
    if (templateWhitespace !== undefined) options.whitespace = templateWhitespace;
    return new Loader(templatePath, options);
  }

  /**
   * The names that templates find, below those given to {@linkcode PageHandler.renderString}. Override it to add some:
   * `return { ...super.getTemplateNamespace(), title: "Notes" }`.
   */
  getTemplateNamespace(): Record<string, unknown> {
    const { locale } = this;
    const translate = locale.translate.bind(locale);
    return {
      handler: this,
      request: this.request,
      current_user: this.currentUser,
      locale,
      _: translate,
      translate,
      pgettext: locale.pgettext.bind(locale),
      static_url: this.staticUrl.bind(this),
      xsrf_form_html: this.xsrfFormHtml.bind(this),
      reverse_url: this.reverseUrl.bind(this),
      ...this.ui,
    };
  }

  /** The application's UI methods, bound to this handler, and as `modules` its UI modules. */
  get ui(): Readonly<Record<string, unknown>> {
    const page = this.#page;
    return page.ui ??= bindUi(this, page.modules);
  }

  /**
   * Renders a template.
   *
   * @param namespace Names for it, above those of {@linkcode PageHandler.getTemplateNamespace}.
   * @throws {TemplateError} If there is no such template, it is not valid, or what it does throws.
   * @throws {HTTPError} If it throws one, and likewise for {@linkcode Finish}.
   * @throws {TypeError} If the template contains `await`.
   */
  renderString(templateName: string, namespace: Readonly<Record<string, unknown>> = {}): string {
    const template = templateOf(this, templateName);
    try {
      return template.generate({ ...this.getTemplateNamespace(), ...namespace });
    } catch (error) {
      throw answerIn(error);
    }
  }

  /** Renders a template that may contain `await`; otherwise it is {@linkcode PageHandler.renderString}. */
  async renderStringAsync(templateName: string, namespace: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const template = templateOf(this, templateName);
    try {
      return await template.generateAsync({ ...this.getTemplateNamespace(), ...namespace });
    } catch (error) {
      throw answerIn(error);
    }
  }

  /**
   * The HTML that loads the scripts of UI modules; override it for another one.
   *
   * @param jsFiles URLs, or paths of static files; those that are there twice are loaded once.
   */
  renderLinkedJs(jsFiles: Iterable<string>): string {
    return linkedJs(assetUrls(jsFiles, (path) => this.staticUrl(path)));
  }

  /** The HTML that holds the scripts of UI modules; override it for another one. */
  renderEmbedJs(jsEmbed: Iterable<string>): string {
    return embeddedJs(jsEmbed);
  }

  /**
   * The HTML that loads the style sheets of UI modules; override it for another one.
   *
   * @param cssFiles URLs, or paths of static files; those that are there twice are loaded once.
   */
  renderLinkedCss(cssFiles: Iterable<string>): string {
    return linkedCss(assetUrls(cssFiles, (path) => this.staticUrl(path)));
  }

  /** The HTML that holds the style rules of UI modules; override it for another one. */
  renderEmbedCss(cssEmbed: Iterable<string>): string {
    return embeddedCss(cssEmbed);
  }

  get #page(): PageState {
    return stateOf(this).page ??= new PageState();
  }
}
