// Pages with UI modules and their assets, redirects to the login page and the choice of a locale: the same as
// Tornado's.
import { assertEquals } from "@std/assert";
import { loadTranslations } from "../../src/locale/mod.ts";
import {
  Application,
  authenticated,
  RequestHandler,
  type Settings,
  UIModule,
  type UIModuleClass,
} from "../../src/web/mod.ts";
import { askInTurn, type FakeConnection } from "../support/fake_connection.ts";
import { cleanLocales } from "../support/locale_state.ts";
import { askPython } from "../support/python.ts";
import { Random } from "../support/random.ts";
import { TempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

/** What a module class of both sides is made of. */
interface ModuleSpec {
  readonly template: string;
  readonly embedded_javascript?: string;
  readonly javascript_files?: string | string[];
  readonly embedded_css?: string;
  readonly css_files?: string | string[];
  readonly html_head?: string;
  readonly html_body?: string;
}

interface PageCase {
  readonly template: string;
  readonly names?: Record<string, unknown>;
  readonly user?: string;
  readonly headers?: [string, string][];
  readonly settings?: { autoescape?: string | null; template_whitespace?: "all" | "single" | "oneline" };
}

/** Written once for both languages: `@(a: 1)` is `a=1` in Python and `{ a: 1 }` in JavaScript. */
const TEMPLATES: Record<string, string> = {
  "entry.html": "<h2>{{ args[0] }}</h2>\n  <p>{% module Plain(args[0]) %}</p>\n",
  "plain.html": "<i>{{ args[0] }}</i>",
  "box.html":
    '{{ set_resources(@(css_files: "box.css", embedded_css: ".box { }", javascript_files: ["box.js", "/a.js"],\n' +
    'embedded_javascript: "box()", html_head: "<meta name=box>", html_body: "<hr>")) }}<div>{{ text }}</div>',
  "other.html": '{{ set_resources(@(css_files: ["box.css", "//cdn/x.css"], html_body: "<!-- other -->")) }}{{ text }}',
  "changing.html": "{{ set_resources(@(css_files: text)) }}",
  "all.html": `<html>
<head><title>{{ title }}</title></head>
<body>
{% for text in texts %}
  {% module Entry(text) %}
  {% module Scripts(text) %}
{% end %}
{% module Template("box.html", @(text: title)) %}{% module Template("other.html", @(text: "x")) %}
{% module Template("box.html", @(text: "again")) %}
{{ modules.Plain("<&>") }}
{% raw modules.Plain("<&>") %}
</body>
</html>
`,
  "order.html": "<head></head>{% module Scripts(1) %}{% module Entry(2) %}<body></body></head></body>",
  "tricky.html": "<head></head><body>{% module Tricky(1) %}</body>",
  "no_body.html": "<head></head>{% module Scripts(1) %}",
  "no_head.html": "{% module Styles(1) %}<body></body>",
  "twice.html": '<head></head>{% module Template("changing.html", @(text: "a")) %}' +
    '{% module Template("changing.html", @(text: "b")) %}',
  "plain_page.html": "<p>  {{ title }}\n\n  end </p>",
  "names.html": `{{ request.path }} {{ current_user }} {{ locale.code }} {{ _("hello") }} {{ _("one", "many", 2) }}
{{ static_url("box.css") }} {{ shout("x") }} {% raw xsrf_form_html() %} {% module xsrf_form_html() %}
{% module linkify("see http://example.com/?a=b&c and www.x.org") %}`,
  "unknown.html": "{% module Nowhere() %}",
};

const MODULES: Record<string, ModuleSpec> = {
  Plain: { template: "plain.html" },
  Entry: { template: "entry.html", css_files: "entry.css", embedded_css: "h2 { color: <>& }" },
  Scripts: {
    template: "plain.html",
    javascript_files: ["a.js", "https://cdn/x.js?a=1&b=2", "http://cdn/y.js", "/a.js", "a.js"],
    embedded_javascript: "scripts('é', 1 < 2)",
    css_files: ["entry.css", "print.css"],
    html_head: '<meta name="ünï">',
    html_body: "<footer></footer>",
  },
  Styles: { template: "plain.html", embedded_css: "x" },
  // What is inserted holds the tags that the next ones look for.
  Tricky: {
    template: "plain.html",
    javascript_files: "a.js",
    embedded_javascript: "document.write('</body></head>')",
    css_files: "entry.css",
    embedded_css: "/* </head> </body> */",
    html_head: "<!-- </head> -->",
    html_body: "<!-- </body> -->",
  },
};

const PAGES: PageCase[] = [
  { template: "all.html", names: { title: "T & <b>", texts: ["one", "<two>", "drei ü €"] } },
  { template: "all.html", names: { title: "", texts: [] }, settings: { autoescape: null } },
  { template: "all.html", names: { title: "x", texts: ["a"] }, settings: { template_whitespace: "oneline" } },
  { template: "all.html", names: { title: "x", texts: ["a"] }, settings: { template_whitespace: "all" } },
  { template: "order.html" },
  { template: "tricky.html" },
  { template: "no_body.html" },
  { template: "no_head.html" },
  { template: "twice.html" },
  { template: "unknown.html" },
  { template: "nowhere.html" },
  { template: "plain_page.html", names: { title: "& " } },
  { template: "plain_page.html", names: { title: "& " }, settings: { template_whitespace: "all", autoescape: null } },
  { template: "plain_page.html", names: { title: "& é" }, settings: { autoescape: "url_escape" } },
  { template: "plain_page.html" },
  { template: "names.html", user: "Ada" },
  { template: "names.html", user: "<Bob>", headers: [["Accept-Language", "fr-fr,es;q=0.9"]] },
  { template: "names.html", user: "x", headers: [["Accept-Language", "de"], ["Accept-Language", "es-MX;q=2"]] },
];

const XSRF: [string, string] = ["Cookie", "_xsrf=0123456789abcdef0123456789abcdef"];

const LOGINS: [method: string, loginUrl: string, uri: string, headers: [string, string][]][] = [];
for (
  const loginUrl of ["/login", "/login?x=1", "http://sso.test/in", "https://sso.test/in?a", "//sso.test/in", "a:b"]
) {
  for (const uri of ["/", "/x?a=b&c=%20+d", "/p/%C3%A9'()*!~-_.", "/é\x80", "/x?user=", "/x?user=ada", "//x.y/"]) {
    for (const method of ["GET", "HEAD", "POST"]) LOGINS.push([method, loginUrl, uri, []]);
    LOGINS.push(["GET", loginUrl, uri, [["Host", "a.test:8080"]]]);
  }
}

const TRANSLATIONS: Record<string, string> = {
  "es.csv": '"hello","hola"\n"one","uno","singular"\n"many","muchos","plural"\n',
  "fr_FR.csv": '"hello","bonjour"\n',
  "fr.csv": '"hello","salut"\n',
  "pt_BR.csv": '"hello","olá"\n',
};

/** Tornado does not know a blank before a semicolon, `Q`, and codes of three and more parts. */
function isReadAlike(header: string): boolean {
  const codes = header.split(",").map((part) => part.split(";")[0]);
  return !/\s;|;\s*Q/.test(header) && codes.every((code) => code.split(/[-_]/).length <= 2);
}

/** Made of what headers are made of, and of what they are not. */
function languageHeaders(): [string | null, string][] {
  const fixed = [
    ...[
      null,
      "",
      " ",
      ",",
      ";",
      "es",
      "ES",
      "FR",
      "fr-FR",
      "FR-fr",
      "fr_fr",
      "pt",
      "pt-br",
      "pt-PT,es;q=0.1",
      "es ;q=1",
    ],
    ...["xx", "xx,yy;q=0.5", "en-US,en;q=0.5", "es;q=0", "es;q=0,fr;q=0", "es;q=-1,fr;q=0.1", "es;q=inf,fr;q=1e999"],
    ...["es;q=nan,fr;q=0.1", "es;q=abc,fr;q=0.2", "es;q=,fr;q=0.3", "es; q=0.1,fr; q=0.2", "es;Q=0.1,fr;q=0.2"],
    ...["es;level=1;q=0.1,fr;q=0.2", "es;q=1_0,fr;q=9", "es;q=1__0,fr;q=9", "es;q=.5,fr;q=5.", "es;q=.,fr;q=0.1", "*"],
    ...["es;q=+0.4,fr;q=0.3", "es;q= 0.4 ,fr;q=0.3", "es;q=4e-1,fr;q=0.3", "es;q=0x1,fr;q=0.3", "es;q=e5,fr;q=0.3"],
    ...["fr-FR-x,es", "zh-Hans-CN,pt-BR", "es;q=0.5,fr;q=0.5,pt-BR;q=0.5", "es\xa0;q=1,fr;q=0.1", "\x85es,fr;q=0.2"],
    ...[
      "es;q=infinity,fr",
      "es;q=-inf,fr",
      "es;q=1e5,fr;q=1E6",
      "es;q=1e_5,fr;q=0.5",
      "es;q=._5,fr;q=0.5",
      "é,fr;q=0.1",
    ],
  ];
  const pieces = [
    "es",
    "fr",
    "FR",
    "fr-FR",
    "pt",
    "pt-BR",
    "pt_br",
    "en-US",
    "xx",
    "*",
    ",",
    ",",
    ", ",
    ";",
    ";q=",
    ";q=",
  ];
  pieces.push("0", "1", "0.5", ".", "0.8", "-", "e", "_", " ", "=", "\t", "\xe9", "nan", "inf");
  const random = new Random(4);
  const made = Array.from({ length: 600 }, () => random.text(pieces, 14));
  // A parser of HTTP takes blanks from both ends.
  return [...fixed, ...made].map((
    header,
  ) => [header?.replace(/^[ \t]+|[ \t]+$/g, "") ?? null, random.pick(["en_US", "es", "fr", "xx"])]);
}

function moduleClass(spec: ModuleSpec): UIModuleClass {
  return class extends UIModule {
    override render(...args: unknown[]): string {
      return this.renderString(spec.template, { args });
    }
    override embeddedJavascript = () => spec.embedded_javascript ?? null;
    override javascriptFiles = () => spec.javascript_files ?? null;
    override embeddedCss = () => spec.embedded_css ?? null;
    override cssFiles = () => spec.css_files ?? null;
    override htmlHead = () => spec.html_head ?? null;
    override htmlBody = () => spec.html_body ?? null;
  };
}

class Page extends RequestHandler {
  #page: PageCase = { template: "" };
  override initialize({ page }: { page: PageCase }): void {
    this.#page = page;
  }
  override getCurrentUser(): string | null {
    return this.#page.user ?? null;
  }
  override get(): void {
    this.render(this.#page.template, this.#page.names);
  }
}

class Private extends RequestHandler {
  override getCurrentUser(): string | null {
    return this.getArgument("user", null);
  }
  @authenticated
  override get(): void {
    this.write("in");
  }
  override head = this.get;
  override post = this.get;
}

class Browser extends RequestHandler {
  override get(): void {
    this.write(this.getBrowserLocale(this.getArgument("default", "")).code);
  }
}

const shout = (handler: RequestHandler, text: string) => `[${handler.request.path} ${text}]`;

function answerOf(page: PageCase, templates: string, staticPath: string): Promise<FakeConnection> {
  const settings: Settings = {
    templatePath: templates,
    staticPath,
    xsrfCookieVersion: 1,
    uiMethods: { shout },
    uiModules: Object.fromEntries(Object.entries(MODULES).map(([name, spec]) => [name, moduleClass(spec)])),
  };
  const { autoescape, template_whitespace } = page.settings ?? {};
  if (autoescape !== undefined) settings.autoescape = autoescape;
  if (template_whitespace !== undefined) settings.templateWhitespace = template_whitespace;
  return quietly([["/", Page, { page }]], "/", page.headers ?? [], settings);
}

function quietly(
  rules: ConstructorParameters<typeof Application>[0],
  uri: string,
  headers: [string, string][],
  settings: Settings = {},
  method = "GET",
): Promise<FakeConnection> {
  return askInTurn(new Application(rules, { logFunction() {}, ...settings }), uri, {
    headers,
    method,
  });
}

function askTornado(job: unknown): Promise<unknown[]> {
  return askPython([new URL("render_oracle.py", import.meta.url).pathname], job);
}

test("pages, redirects to the login page and browser locales are Tornado's", async (t) => {
  using dir = new TempDir();
  using _ = cleanLocales();
  for (const [name, text] of Object.entries(TEMPLATES)) {
    const call = /@\(((?:[^()]|\(\))*)\)/g;
    dir.write(`python/${name}`, text.replace(call, (_, names: string) => names.replaceAll(/(\w+): /g, "$1=")));
    dir.write(`javascript/${name}`, text.replace(call, (_, names: string) => `{ ${names} }`));
  }
  for (const name of ["a.js", "box.js", "box.css", "entry.css", "print.css"]) {
    dir.write(`static/${name}`, `/* ${name} */`);
  }
  for (const [name, text] of Object.entries(TRANSLATIONS)) dir.write(`translations/${name}`, text);
  loadTranslations(`${dir.path}/translations`);

  const pages = PAGES.map((page) => ({ ...page, headers: [XSRF, ...page.headers ?? []] satisfies [string, string][] }));
  const languages = languageHeaders().filter(([header]) => isReadAlike(header ?? ""));
  const expected = await askTornado({
    templates: `${dir.path}/python`,
    static: `${dir.path}/static`,
    translations: `${dir.path}/translations`,
    modules: MODULES,
    pages,
    logins: LOGINS,
    languages,
  });

  // Pages that fail do so on both sides.
  t.expectLog("tornado.application", /Uncaught exception/);
  const rendered = await Promise.all(pages.map(async (page, i) => {
    const answer = await answerOf(page, `${dir.path}/javascript`, `${dir.path}/static`);
    return [i, page.template, answer.status, answer.headers.get("Etag"), answer.body];
  }));
  const wanted = expected.slice(0, pages.length).map((
    answer,
    i,
  ) => [i, pages[i]?.template, ...Array.from(Object(answer))]);
  assertEquals(rendered, wanted);

  const redirects = await Promise.all(LOGINS.map(async ([method, loginUrl, uri, headers]) => {
    const answer = await quietly([[".*", Private]], uri, headers, { loginUrl }, method);
    return [method, loginUrl, uri, answer.status, answer.headers.get("Location")];
  }));
  assertEquals(
    redirects,
    LOGINS.map((
      [method, loginUrl, uri],
      i,
    ) => [method, loginUrl, uri, ...Array.from(Object(expected[pages.length + i]))]),
  );

  const locales = await Promise.all(languages.map(async ([header, code]) => {
    const headers: [string, string][] = header === null ? [] : [["Accept-Language", header]];
    return [header, code, (await quietly([[".*", Browser]], `/?default=${code}`, headers)).body];
  }));
  assertEquals(
    locales,
    languages.map(([header, code], i) => [header, code, expected[pages.length + LOGINS.length + i]]),
  );
});
