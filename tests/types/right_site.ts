// A program without a mistake: settings of every kind, and rules in every form. It has to compile; nothing runs it.
import { DefaultHostMatches, HostMatches, PathMatches, Rule, RuleRouter } from "../../src/web/routing.ts";
import {
  Application,
  ContentEncoding,
  ErrorHandler,
  FallbackHandler,
  RedirectHandler,
  RequestHandler,
  type RuleList,
  type RuleTuple,
  type Settings,
  StaticFileHandler,
  type StaticFileKwargs,
  UIModule,
  url,
  URLSpec,
} from "../../src/web/mod.ts";
import { DictLoader } from "../../src/template/mod.ts";

class Database {
  readonly stories: Map<string, string> = new Map();
}

class Home extends RequestHandler {
  override get(): void {
    this.render("home.html", { site: site.reverseUrl("home") });
  }
}

class Story extends RequestHandler {
  #db: Database | null = null;

  override initialize({ db }: { db: Database; shown?: number }): void {
    this.#db = db;
  }

  override get(id: string): void {
    this.write(this.#db?.stories.get(id) ?? "");
  }
}

class Search extends RequestHandler {
  override initialize(_kwargs: { limit?: number } = {}): void {}
  override async get(...words: (string | null)[]): Promise<void> {
    await this.finish({ words });
  }
}

/** A handler that takes any arguments. */
class Anything extends RequestHandler {
  override initialize(_kwargs: Readonly<Record<string, unknown>>): void {}
}

class Nothing extends RequestHandler {
  override initialize(): void {}
}

class Named extends RequestHandler {
  override get({ year, month }: { year: string; month: string | null }): void {
    this.write({ year, month });
  }
}

/** A handler of files with one more argument. */
class Download extends StaticFileHandler {
  override initialize(kwargs: StaticFileKwargs & { db: Database }): void {
    super.initialize(kwargs);
  }
  override get(path: string): void | Promise<void> {
    return super.get(`${path}/content`);
  }
}

class Title extends UIModule {
  override render(text: string): string {
    return `<h1>${text}</h1>`;
  }
}

const db = new Database();
const kwargs = { db };
const api = { fetch: (request: Request) => Response.json({ url: request.url }) };
const admin = new Application([["/", Home]]);
const nested = new RuleRouter([["/inner/.*", admin], [
  new HostMatches("x"),
  (request) => request.connection?.finish(),
]]);

// Lists that are built as the program runs.
const pages: RuleTuple[] = ["a", "b"].map((name) => [`/${name}`, Home]);
const stories: RuleList = [["/s/(.*)", Story, kwargs, "s"], url("/t/(.*)", Story, { kwargs })];
const made: Rule[] = ["c", "d"].map((name) => url(`/${name}`, Story, { kwargs, name }));

export const site: Application = new Application([
  ["/", Home],
  ["/home", Home, null, "home"],
  ["/home/2", Home, {}],
  [String.raw`/story/(\d+)`, Story, { db }],
  [/\/story\/(.*)/, Story, { db, shown: 5 }, "story"],
  [new URLPattern({ pathname: "/archive/:year{/:month}?" }), Named],
  ["/(?P<year>[0-9]+)/(?P<month>[0-9]+)", Named],
  ["/search", Search],
  ["/search/(.*)", Search, { limit: 3 }],
  ["/search/all", Search, {}, "search"],
  ["/anything", Anything, { a: 1, b: kwargs }],
  ["/anything/else", Anything],
  ["/nothing", Nothing],
  ["/nothing/else", Nothing, {}],
  ["/old", RedirectHandler, { url: "/" }],
  ["/older", RedirectHandler, { url: "/", permanent: false }],
  ["/gone", ErrorHandler, { statusCode: 410 }],
  ["/files/(.*)", StaticFileHandler, { path: "files", defaultFilename: "index.html", precompressed: ["br"] }],
  ["/download/(.*)", Download, { path: "files", db }],
  ["/api/.*", FallbackHandler, { fallback: api }],
  ["/fetch/.*", FallbackHandler, { fetch: (request, info) => new Response(`${request.url} ${info.remoteAddr}`) }],
  ["/raw", (request) => void request.connection?.finish()],
  ["/raw/later", async (request) => {
    await request.connection?.write(new Uint8Array(1));
  }],
  ["/admin/.*", admin],
  ["/nested/.*", nested],
  ["/list/.*", [["/list/a", Story, { db }], ["/list/b", Home], url("/list/c", Home)]],
  ["/list2/.*", stories],
  url("/u", Home),
  url("/u/(.*)", Story, { kwargs: { db }, name: "u" }),
  url("/u/files/(.*)", StaticFileHandler, { kwargs: { path: "files" } }),
  new URLSpec("/v/(.*)", Story, { kwargs }),
  new Rule(new PathMatches("/w"), Home, { name: "w" }),
  new Rule(new PathMatches("/x"), Story, { targetKwargs: kwargs }),
  [new PathMatches("/y"), Home],
  ["/anonymous", class extends RequestHandler {}],
  ...pages,
  ...stories,
  ...made,
  ...["e", "f"].map((name) => url(`/${name}`, Home)),
], {
  debug: true,
  autoreload: false,
  compiledTemplateCache: true,
  staticHashCache: true,
  serveTraceback: false,
  defaultHandlerClass: ErrorHandler,
  defaultHandlerArgs: { statusCode: 404 },
  cookieSecret: { 1: "old", 2: "new" },
  keyVersion: 2,
  xsrfCookies: true,
  xsrfCookieVersion: 2,
  xsrfCookieName: "_xsrf",
  xsrfCookieKwargs: { httponly: true, samesite: "Strict" },
  staticPath: "static",
  staticUrlPrefix: "/static/",
  staticHandlerClass: Download,
  staticHandlerArgs: { db },
  loginUrl: "/login",
  templatePath: "templates",
  templateLoader: new DictLoader({ "home.html": "{% module Title(site) %}" }),
  autoescape: null,
  templateWhitespace: "single",
  uiModules: { Title },
  uiMethods: { upper: (_handler: RequestHandler, text: string) => text.toUpperCase() },
  compressResponse: true,
  transforms: [ContentEncoding],
  defaultHost: "www.example.com",
  logFunction: (handler) => console.log(handler.getStatus(), handler.request.uri),
  websocketPingInterval: 10,
  websocketPingTimeout: null,
  websocketMaxMessageSize: 1000,
  websocketHighWaterMark: 100_000,
  websocketBackpressure: "drop",
  websocketDrainCode: 1012,
});

site.addHandlers("api\\.example\\.com", [["/story/(.*)", Story, { db }], ["/", Home]]);
site.addHandlers(/^m\./, pages);
site.wildcardRouter.addRules([["/late", Home]]);

new Application();
new Application([]);
new Application(pages, { cookieSecret: "secret" });
new Application([new Rule(new DefaultHostMatches(site, /x/), admin)]);

// Settings that are put together.
const common: Settings = { cookieSecret: new Uint8Array(32), xsrfCookies: true };
new Application([["/", Home]], { ...common, debug: false });
new Application(stories, common);

// Settings of the application's own.
interface BlogSettings extends Settings {
  blogTitle: string;
  perPage?: number;
}
const blogSettings: BlogSettings = { blogTitle: "Notes", gzip: true };
new Application([["/", Home]], blogSettings);

class BlogHome extends RequestHandler {
  declare readonly application: Blog;

  override get(): void {
    const { blogTitle, perPage = 10, debug = false } = this.settings;
    this.requireSetting("blogTitle", "the title");
    this.write(`${blogTitle.toUpperCase()}, ${perPage.toFixed()}, ${debug}, ${this.application.db.stories.size}`);
  }
}

class Blog extends Application {
  declare readonly settings: BlogSettings;
  readonly db: Database = new Database();

  constructor(settings: BlogSettings) {
    super([["/", BlogHome], ["/story/(.*)", Story, kwargs], url("/s/(.*)", Story, { kwargs })], settings);
  }
}

const blog = new Blog({ blogTitle: "Notes", loginUrl: "/login" });
const apps: Application[] = [blog, site, admin];
Deno.serve(blog.fetch);
new RuleRouter(apps.map((app) => [new HostMatches("x"), app]));
