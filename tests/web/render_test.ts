import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { get as getLocale, loadTranslationData } from "../../src/locale/mod.ts";
import { DictLoader, Loader, LoadError, Template } from "../../src/template/mod.ts";
import {
  Application,
  Finish,
  HTTPError,
  RequestHandler,
  type RequestHandlerClass,
  type Settings,
  TemplateModule,
  UIModule,
  url,
} from "../../src/web/mod.ts";
import { assertLinear } from "../support/assert_linear.ts";
import { answered, ask, askInTurn, type FakeRequest } from "../support/fake_connection.ts";
import { cleanLocales } from "../support/locale_state.ts";
import { polish } from "../support/polish_language.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

type Names = Record<string, unknown>;

/** Answers with the template `page.html`. */
class Page extends RequestHandler {
  override get(): void {
    this.render("page.html", this.names());
  }
  names(): Names {
    return {};
  }
}

function appOf(handler: RequestHandlerClass, templates: Record<string, string>, settings: Settings = {}): Application {
  const templateLoader = new DictLoader(templates);
  return new Application([["/(?:.*)", handler]], { logFunction() {}, templateLoader, ...settings });
}

/** What `handler` answers to GET / if `page` is its template. */
function answer(
  page: string,
  handler: RequestHandlerClass = Page,
  settings: Settings = {},
  request: FakeRequest = {},
): string {
  return ask(appOf(handler, { "page.html": page }, settings), "/", request).body;
}

test("RequestHandler.render() sends the page with its ETag, and answers 304 to who has it", () => {
  const app = appOf(Page, { "page.html": "<p>{{ 1 + 1 }}</p>" });
  const first = ask(app, "/");
  assertEquals([first.status, first.body], [200, "<p>2</p>"]);
  assertEquals(first.headers.get("Content-Type"), "text/html; charset=UTF-8");
  assertEquals(first.headers.get("Content-Length"), "8");
  const again = ask(app, "/", { headers: { "If-None-Match": first.headers.get("Etag") ?? "" } });
  assertEquals([again.status, again.body], [304, ""]);
});

test("RequestHandler.render() is an error once the response is finished", () => {
  class Twice extends RequestHandler {
    override get(): void {
      this.finish("done");
      assertThrows(() => this.render("page.html"), Error, "Cannot render() after finish()");
    }
  }
  assertEquals(answer("x", Twice), "done");
});

test("RequestHandler.render() goes through an overridden finish()", () => {
  class Loud extends Page {
    override finish(chunk?: string | Uint8Array<ArrayBuffer> | object): Promise<void> {
      return super.finish(`${chunk}!`);
    }
  }
  assertEquals(answer("page", Loud), "page!");
});

test("RequestHandler.render() waits for a template that contains await", async () => {
  class Slow extends Page {
    override async get(): Promise<void> {
      await this.render("page.html", { later: () => Promise.resolve("<&>") });
    }
  }
  class Style extends TemplateModule {
    override embeddedCss(): string {
      return "p";
    }
  }
  const app = appOf(
    Slow,
    { "page.html": '<head></head>{{ await later() }}{% module Style("box.html") %}', "box.html": "box" },
    { uiModules: { Style } },
  );
  const connection = await answered(ask(app, "/"));
  assertEquals(connection.body, '<head><style type="text/css">\np\n</style>\n</head>&lt;&amp;&gt;box');
});

test("RequestHandler.render() reports an asynchronous template that was not awaited", async (t) => {
  t.expectLog("tornado.application", /^page\.html was rendered for a response that is over/);
  const rendered = Promise.withResolvers<void>();
  class Hasty extends RequestHandler {
    override get(): void {
      this.render("page.html").then(rendered.resolve);
    }
  }
  assertEquals(answer("{{ await null }}x", Hasty), "");
  await rendered.promise;
});

test("RequestHandler.renderString() refuses a template that contains await, renderStringAsync() renders both kinds", async () => {
  class Strings extends RequestHandler {
    override async get(): Promise<void> {
      assertThrows(() => this.renderString("page.html"), TypeError, "contains await");
      await assertRejects(() => this.renderStringAsync("nowhere.html"), LoadError);
      this.write(await this.renderStringAsync("page.html", { x: 1 }));
      this.write(await this.renderStringAsync("other.html", { x: 2 }));
    }
  }
  const app = appOf(Strings, { "page.html": "{{ await x }} ", "other.html": "{{ x }}" });
  assertEquals((await answered(ask(app, "/"))).body, "1 2");
});

test("templates find the names of the web layer", () => {
  class User extends Page {
    override getCurrentUser(): string {
      return "Ada";
    }
    override names(): Names {
      return { same: (handler: unknown) => handler === this };
    }
  }
  const page =
    "{{ same(handler) }} {{ request.path }} {{ current_user }} {{ locale.code }} {{ _('a') }} {{ translate('a', 'b', 2) }} " +
    "{{ pgettext('c', 'a') }} {{ reverse_url('page') }} {% raw xsrf_form_html() %}";
  const app = new Application([], { logFunction() {}, templateLoader: new DictLoader({ "page.html": page }) });
  app.addHandlers(".*", [["/(?:.*)", User], url("/named", User, { name: "page" })]);
  const { body, headers } = ask(app, "/x");
  assertStringIncludes(body, "true /x Ada en_US a b a /named <input");
  const token = headers.get("Set-Cookie")?.match(/^_xsrf=([^;]*)/)?.[1] ?? "none";
  assertStringIncludes(body, `<input type="hidden" name="_xsrf" value="${token}"/>`);
});

test("names given to render() come before those of getTemplateNamespace(), and those before the loader's", () => {
  class Named extends Page {
    override getTemplateNamespace(): Names {
      return { ...super.getTemplateNamespace(), a: "handler", b: "handler", locale: "overridden" };
    }
    override names(): Names {
      return { b: "render" };
    }
  }
  const templateLoader = new DictLoader({ "page.html": "{{ a }} {{ b }} {{ c }} {{ locale }}" }, {
    namespace: { a: "loader", b: "loader", c: "loader" },
  });
  assertEquals(answer("", Named, { templateLoader }), "handler render loader overridden");
});

test("UI methods get the handler first, and are taken by their names from modules, objects and lists", () => {
  const uiMethods = [
    {
      path: (handler: RequestHandler, suffix: string) => handler.request.path + suffix,
      _hidden: () => "",
      Upper: () => "",
    },
    [{ second: () => "2", number: 7 }],
  ];
  assertEquals(
    answer("{{ path('!') }} {{ second() }} {{ typeof _hidden }} {{ typeof Upper }} {{ typeof number }}", Page, {
      uiMethods,
    }),
    "/! 2 undefined undefined undefined",
  );
});

test("UI modules are taken by their class, and a module is made once for each response", () => {
  let made = 0;
  class Counter extends UIModule {
    #uses = 0;
    constructor(handler: RequestHandler) {
      super(handler);
      made++;
    }
    override render(): string {
      return `${++this.#uses}`;
    }
  }
  const parts = { Counter, text: "x", none: null };
  Reflect.set(parts, "other", class {});
  const app = appOf(Page, {
    "page.html":
      "{% module Counter() %}{% module Counter() %}{{ modules.Counter() }}{% set c = modules.Counter %}{{ c() }}",
  }, { uiModules: [parts] });
  assertEquals(Object.keys(app.uiModules), ["linkify", "xsrf_form_html", "Template", "Counter"]);
  assertEquals(ask(app, "/").body, "1234");
  assertEquals(ask(app, "/").body, "1234");
  assertEquals(made, 2);
});

test("UIModule gives its subclass request, user, locale, ui and templates", () => {
  class Info extends UIModule {
    override render(): string {
      assertStrictEquals(this.request, this.handler.request);
      assertStrictEquals(this.locale, this.handler.locale);
      assertStrictEquals(this.ui, this.handler.ui);
      return this.renderString("info.html", { user: this.currentUser });
    }
  }
  class User extends Page {
    override getCurrentUser(): string {
      return "<Ada>";
    }
  }
  const app = appOf(User, { "page.html": "{% module Info() %}", "info.html": "{{ user }}" }, { uiModules: { Info } });
  assertEquals(ask(app, "/").body, "&lt;Ada&gt;");
});

test("UIModule assets are asked for at the end, and the hooks of the handler write them", () => {
  class Files extends UIModule {
    override render(): string {
      return "";
    }
    override *javascriptFiles(): Generator<string> {
      yield* ["/a.js", "/b.js", "/a.js"];
    }
    override embeddedJavascript(): string {
      return "js";
    }
    override cssFiles(): string {
      return "/a.css";
    }
    override embeddedCss(): string {
      return "css";
    }
  }
  class Hooks extends Page {
    override renderLinkedJs(files: Iterable<string>): string {
      return `[${[...files]}]`;
    }
    override renderEmbedJs(scripts: Iterable<string>): string {
      return `[${[...scripts]}]`;
    }
    override renderLinkedCss(files: Iterable<string>): string {
      return `[${[...files]}]`;
    }
    override renderEmbedCss(rules: Iterable<string>): string {
      return `[${[...rules]}]`;
    }
  }
  const uiModules = { Files };
  assertEquals(
    answer("<head></head><body>{% module Files() %}</body>", Hooks, { uiModules }),
    "<head>[/a.css]\n[css]\n</head><body>[/a.js,/b.js,/a.js]\n[js]\n</body>",
  );
  const page = answer("<head></head><body>{% module Files() %}</body>", Page, { uiModules });
  assertEquals(page.match(/\/[ab]\.js/g), ["/a.js", "/b.js"]);
});

test("RequestHandler.renderString() leaves the assets to render()", () => {
  class Text extends RequestHandler {
    override get(): void {
      this.write(this.renderString("page.html"));
    }
  }
  class Style extends UIModule {
    override render(): string {
      return "x";
    }
    override embeddedCss(): string {
      return "css";
    }
  }
  assertEquals(answer("<head></head>{% module Style() %}", Text, { uiModules: { Style } }), "<head></head>x");
});

test("a page lacks the tag that its modules need: 500, and the log says which", (t) => {
  t.expectLog("tornado.application", /Uncaught exception/);
  class Style extends UIModule {
    override render(): string {
      return "x";
    }
    override embeddedCss(): string {
      return "css";
    }
  }
  const settings = { uiModules: { Style }, serveTraceback: true };
  const connection = ask(appOf(Page, { "page.html": "{% module Style() %}" }, settings), "/");
  assertEquals(connection.status, 500);
  assertStringIncludes(connection.body, "it has no </head>");
});

test("an HTTPError or Finish of a template is the answer, also from within a module", () => {
  class Refuse extends UIModule {
    override render(): string {
      throw new HTTPError(410);
    }
  }
  class Raises extends Page {
    override names(): Names {
      return {
        refuse: () => {
          throw new HTTPError(418, undefined, { reason: "Short" });
        },
        finish: () => {
          throw new Finish("early");
        },
      };
    }
  }
  const status = (page: string) => {
    const { status, body } = ask(appOf(Raises, { "page.html": page, "in.html": page }, { uiModules: { Refuse } }), "/");
    return `${status} ${body.length}`;
  };
  assertEquals(status("{{ refuse() }}").slice(0, 3), "418");
  assertEquals(status("{% module Refuse() %}").slice(0, 3), "410");
  assertEquals(status("{{ finish() }}"), "200 5");
});

test("an HTTPError of a template that is written in pieces is the answer", async () => {
  class Pieces extends RequestHandler {
    override async get(): Promise<void> {
      const refuse = () => {
        throw new HTTPError(410);
      };
      await new Template("{{ refuse() }}").generateTo({ write: (chunk) => this.write(chunk) }, { refuse });
    }
  }
  assertEquals((await answered(ask(appOf(Pieces, {}), "/"))).status, 410);
});

test("the error page of a template shows its line under serveTraceback, and nothing without", (t) => {
  t.expectLog("tornado.application", /Uncaught exception/);
  const page = "<p>\n{{ missing.name }}";
  const shown = answer(page, Page, { serveTraceback: true });
  assertStringIncludes(shown, "RenderError: name 'missing' is not defined at page.html:2");
  assertStringIncludes(shown, "> 2 | {{ missing.name }}");
  assertStringIncludes(shown, "Caused by: ReferenceError: name 'missing' is not defined");
  assert(!answer(page).includes("missing"));
});

test("templatePath, autoescape, templateWhitespace and templateLanguage make the loader, which is kept", async () => {
  using dir = new TempDir();
  dir.write("page.html", "{{ amp }}  {{ n }}");
  class Ampersand extends Page {
    override names(): Names {
      return { amp: "&", n: 1 };
    }
  }
  const settings: Settings[] = [
    {},
    { autoescape: null },
    { templateWhitespace: "all" },
    { autoescape: "url_escape", templateWhitespace: "oneline" },
    { templateLanguage: polish },
  ];
  const bodies: string[] = [];
  for (const more of settings) {
    const app = new Application([["/", Ampersand]], { templatePath: dir.path, logFunction() {}, ...more });
    bodies.push((await askInTurn(app, "/")).body);
  }
  // The applications have the same directory, and yet each its own settings.
  assertEquals(bodies, ["&amp; 1", "& 1", "&amp;  1", "%26 1", "&amp; #1"]);
});

test("without templatePath and templateLoader, render() says what is missing", (t) => {
  t.expectLog("tornado.application", /Uncaught exception/);
  const app = new Application([["/", Page]], { logFunction() {}, serveTraceback: true });
  assertStringIncludes(ask(app, "/").body, "neither the setting templatePath nor templateLoader");
});

test("a handler may have a directory or a loader of its own", async () => {
  using dir = new TempDir();
  dir.write("a/page.html", "a");
  dir.write("b/page.html", "b");
  class Other extends Page {
    override getTemplatePath(): string {
      return `${dir.path}/b`;
    }
  }
  let made = 0;
  class Own extends Page {
    override createTemplateLoader(templatePath: string): DictLoader {
      made++;
      return new DictLoader({ "page.html": templatePath.slice(-1).toUpperCase() });
    }
  }
  const app = new Application([["/a", Page], ["/b", Other], ["/own", Own]], {
    logFunction() {},
    templatePath: `${dir.path}/a`,
  });
  const bodies: string[] = [];
  for (const path of ["/a", "/b", "/own", "/own", "/a"]) bodies.push((await askInTurn(app, path)).body);
  assertEquals(bodies, ["a", "b", "A", "A", "a"]);
  assertEquals(made, 1);
});

test("templates are kept, and with debug or compiledTemplateCache false read again for each request", async () => {
  using dir = new TempDir();
  class Both extends RequestHandler {
    override get(): void {
      const first = this.renderString("page.html");
      dir.write("page.html", "three");
      this.write(`${first} ${this.renderString("page.html")}`);
    }
  }
  const settings = [{}, { debug: true }, { compiledTemplateCache: false }, {
    debug: true,
    compiledTemplateCache: true,
  }];
  const bodies: string[] = [];
  for (const more of settings) {
    const app = new Application([["/both", Both], ["/", Page]], {
      logFunction() {},
      templatePath: dir.path,
      autoreload: false,
      ...more,
    });
    dir.write("page.html", "one");
    const first = (await askInTurn(app, "/")).body;
    dir.write("page.html", "two");
    bodies.push(`${first} ${(await askInTurn(app, "/")).body} ${(await askInTurn(app, "/both")).body}`);
  }
  assertEquals(bodies, ["one one one one", "one two two two", "one two two two", "one one one one"]);
});

test("RequestHandler.locale is the user's, or else the browser's, and can be set", () => {
  using _ = cleanLocales();
  loadTranslationData({ es: '"hello","hola"', fr: '"hello","salut"' });
  class Chosen extends Page {
    override getUserLocale(): ReturnType<RequestHandler["getUserLocale"]> {
      return this.getArgument("lang", null) === null ? null : getLocale(this.getArgument("lang"));
    }
  }
  class Set extends Page {
    override prepare(): void {
      this.locale = getLocale("fr");
    }
  }
  const headers = { "Accept-Language": "xx, fr ; q = 0.5, es ; Q=0.8 " };
  const body = (handler: RequestHandlerClass, uri: string) =>
    ask(appOf(handler, { "page.html": "{{ _('hello') }}" }), uri, { headers }).body;
  assertEquals(body(Page, "/"), "hola");
  assertEquals(body(Chosen, "/?lang=fr"), "salut");
  assertEquals(body(Chosen, "/"), "hola");
  assertEquals(body(Set, "/"), "salut");
});

test("RequestHandler.getBrowserLocale() reads a long hostile header in linear time", () => {
  const headers: ((n: number) => string)[] = [
    (n) => `es${" ".repeat(n)}x`,
    (n) => `es;q=${"1".repeat(n)}x`,
    (n) => "a;".repeat(n),
    (n) => "a,".repeat(n),
  ];
  for (const header of headers) {
    const check = (value: string) =>
      assertEquals(answer("{{ locale.code }}", Page, {}, { headers: { "Accept-Language": value } }), "en_US");
    // A head has at most 64 KiB.
    assertLinear(header, check, 8_000);
  }
});

test("RequestHandler.currentUser is asked for once, also by templates, and can be set by a prepare that waits", async () => {
  let asked = 0;
  class User extends Page {
    override getCurrentUser(): string {
      asked++;
      return "Ada";
    }
  }
  assertEquals(answer("{{ current_user }} {{ handler.currentUser }}", User), "Ada Ada");
  assertEquals(asked, 1);
  class Late extends User {
    override async prepare(): Promise<void> {
      this.currentUser = await Promise.resolve("Bob");
    }
  }
  assertEquals((await answered(ask(appOf(Late, { "page.html": "{{ current_user }}" }), "/"))).body, "Bob");
  assertEquals(asked, 1);
});

test("createTemplateLoader() gives a Loader of the directory", () => {
  class Probe extends RequestHandler {
    override get(): void {
      const loader = this.createTemplateLoader("/tmp");
      if (!(loader instanceof Loader)) throw new TypeError("not a Loader");
      assertEquals([loader.root, loader.autoescape, loader.whitespace], ["/tmp", null, "oneline"]);
      this.write("ok");
    }
  }
  const settings = { autoescape: null, templateWhitespace: "oneline" as const, logFunction() {} };
  assertEquals(ask(new Application([["/", Probe]], settings), "/").body, "ok");
});
