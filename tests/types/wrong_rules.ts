// Mistakes in rules: targets that cannot answer, and arguments that the handler does not take. Behind each directive
// stands a part of the message that the compiler shows.
import { PathMatches, Rule, RuleRouter } from "../../src/web/routing.ts";
import {
  Application,
  ErrorHandler,
  FallbackHandler,
  RedirectHandler,
  RequestHandler,
  type RuleList,
  StaticFileHandler,
  type StaticFileKwargs,
  url,
  URLSpec,
} from "../../src/web/mod.ts";

class Database {
  readonly stories: Map<string, string> = new Map();
}

class Plain extends RequestHandler {}

class Story extends RequestHandler {
  #db: Database | null = null;

  override initialize({ db, shown = 5 }: { db: Database; shown?: number }): void {
    this.#db = db;
    this.write(`${this.#db.stories.size} ${shown}`);
  }
}

class Declared extends RequestHandler {
  declare readonly kwargs: { db: Database };
}

class Both extends Declared {
  override initialize(_kwargs: { color: string }): void {}
}

class Download extends StaticFileHandler {
  override initialize(kwargs: StaticFileKwargs & { db: Database }): void {
    super.initialize(kwargs);
  }
}

const db = new Database();

// Targets that cannot answer.

// @ts-expect-error: "A target is a RequestHandler class, a router or other delegate, a function of the request
new Application([["/", new Date()]]);
// @ts-expect-error: "A target is a RequestHandler class
new Application([["/", Date]]);
// @ts-expect-error: Type 'string' is not assignable to type 'RuleTarget'
new Application([["/", "home"]]);
// @ts-expect-error: "A target is a RequestHandler class
new Application([["/", null]]);
// @ts-expect-error: "A target is a RequestHandler class
new Application([["/", { fetch: () => new Response("x") }]]);
// @ts-expect-error: "A target is a RequestHandler class
url("/", new Date());
// @ts-expect-error: "A target is a RequestHandler class
new URLSpec("/", new Date());
// @ts-expect-error: "A target is a RequestHandler class
new Rule(new PathMatches("/"), new Date());
// @ts-expect-error: "A target is a RequestHandler class
new RuleRouter([["/", new Date()]]);
// @ts-expect-error: Type 'Date' is not assignable to type 'RuleTarget'
export const list: RuleList = [["/", new Date()]];
// @ts-expect-error: "A target is a RequestHandler class
new Application([["/.*", [["/", new Date()]]]]);
// @ts-expect-error: Type 'number' is not assignable to type 'PathPattern | Matcher'
new Application([[7, Plain]]);
// @ts-expect-error: Type 'typeof Plain' is not assignable to type 'Rule
new Application([Plain]);

// A wrong name.

// @ts-expect-error: 'database' does not exist in type '{ db: Database; shown?: number; }'
new Application([["/", Story, { database: db }]]);
// @ts-expect-error: Did you mean to write 'shown'?
new Application([["/", Story, { db, shwon: 5 }]]);
// @ts-expect-error: 'bd' does not exist in type '{ db: Database; }'
new Application([["/", Declared, { bd: db }]]);
// @ts-expect-error: 'colour' does not exist in type
new Application([["/", Both, { db, colour: "red" }]]);
// @ts-expect-error: 'db' does not exist in type 'NoArguments'
new Application([["/", Plain, { db }]]);
// @ts-expect-error: 'status' does not exist in type 'ErrorHandlerKwargs'
new Application([["/", ErrorHandler, { status: 404 }]]);
// @ts-expect-error: Did you mean to write 'defaultFilename'?
new Application([["/", StaticFileHandler, { path: "files", default_filename: "index.html" }]]);
// @ts-expect-error: Did you mean to write 'permanent'?
new Application([["/", RedirectHandler, { url: "/", permanet: true }]]);
// @ts-expect-error: 'fallbak' does not exist in type
new Application([["/", FallbackHandler, { fallbak: new Application() }]]);
// @ts-expect-error: 'database' does not exist in type '{ db: Database; shown?: number; }'
url("/", Story, { kwargs: { database: db } });
// @ts-expect-error: 'bd' does not exist in type '{ db: Database; }'
url("/", Declared, { kwargs: { bd: db } });
// @ts-expect-error: 'status' does not exist in type 'ErrorHandlerKwargs'
url("/", ErrorHandler, { kwargs: { status: 404 } });
// @ts-expect-error: Did you mean to write 'defaultFilename'?
url("/", StaticFileHandler, { kwargs: { path: "files", default_filename: "index.html" } });
// @ts-expect-error: 'kwarg' does not exist in type
url("/", Plain, { kwarg: {} });
// @ts-expect-error: 'database' does not exist in type '{ db: Database; shown?: number; }'
new URLSpec("/", Story, { kwargs: { database: db } });
// @ts-expect-error: 'database' does not exist in type '{ db: Database; shown?: number; }'
new Rule(new PathMatches("/"), Story, { targetKwargs: { database: db } });

// A wrong type.

// @ts-expect-error: Type 'string' is not assignable to type 'Database'
new Application([["/", Story, { db: "sqlite:" }]]);
// @ts-expect-error: Type 'string' is not assignable to type 'Database'
new Application([["/", Declared, { db: "sqlite:" }]]);
// @ts-expect-error: Type 'number' is not assignable to type 'string'
new Application([["/", Both, { db, color: 7 }]]);
// @ts-expect-error: Type 'string' is not assignable to type 'number'
new Application([["/", ErrorHandler, { statusCode: "404" }]]);
// @ts-expect-error: Type 'URL' is not assignable to type 'string'
new Application([["/", StaticFileHandler, { path: new URL("file:///files") }]]);
// @ts-expect-error: Type 'string' is not assignable to type 'Database'
url("/", Story, { kwargs: { db: "sqlite:" } });
// @ts-expect-error: Type 'string' is not assignable to type 'Database'
url("/", Declared, { kwargs: { db: "sqlite:" } });
// @ts-expect-error: Type 'string' is not assignable to type 'number'
url("/", ErrorHandler, { kwargs: { statusCode: "404" } });
// @ts-expect-error: Type 'URL' is not assignable to type 'string'
url("/", StaticFileHandler, { kwargs: { path: new URL("file:///files") } });
// @ts-expect-error: Type 'number' is not assignable to type 'string'
new Application([["/", Plain, null, 7]]);
const kwargs = { db: "sqlite:" };
// @ts-expect-error: Type 'string' is not assignable to type 'Database'
new Application([["/", Story, kwargs]]);
// @ts-expect-error: '{ db: string; }' has no properties in common with type 'NoArguments'
new Application([["/", Plain, kwargs]]);

// Arguments that are missing.

// @ts-expect-error: Source has 2 element(s) but target requires 3
new Application([["/", Story]]);
// @ts-expect-error: Property 'db' is missing in type '{}'
new Application([["/", Story, {}]]);
// @ts-expect-error: Type 'null' is not assignable to type '{ db: Database; shown?: number; }'
new Application([["/", Story, null]]);
// @ts-expect-error: Source has 2 element(s) but target requires 3
new Application([["/", Declared]]);
// @ts-expect-error: Property 'color' is missing in type '{ db: Database; }'
new Application([["/", Both, { db }]]);
// @ts-expect-error: Source has 2 element(s) but target requires 3
new Application([["/", ErrorHandler]]);
// @ts-expect-error: Source has 2 element(s) but target requires 3
new Application([["/", StaticFileHandler]]);
// @ts-expect-error: Property 'path' is missing
new Application([["/", Download, { db }]]);
// @ts-expect-error: Source has 2 element(s) but target requires 3
new Application([["/", FallbackHandler]]);
// @ts-expect-error: Expected 3 arguments, but got 2
url("/", Story);
// @ts-expect-error: Property 'kwargs' is missing
url("/", Story, { name: "story" });
// @ts-expect-error: Property 'db' is missing in type '{}'
url("/", Declared, { kwargs: {} });
// @ts-expect-error: Expected 3 arguments, but got 2
url("/", ErrorHandler);
// @ts-expect-error: Expected 3 arguments, but got 2
url("/", StaticFileHandler);
// @ts-expect-error: Expected 3 arguments, but got 2
new URLSpec("/", Story);
// @ts-expect-error: Expected 3 arguments, but got 2
new Rule(new PathMatches("/"), Story);

// In rules for a host, and in nested ones.

const app = new Application();
// @ts-expect-error: 'database' does not exist in type '{ db: Database; shown?: number; }'
app.addHandlers("x", [["/", Story, { database: db }]]);
// @ts-expect-error: Source has 2 element(s) but target requires 3
app.addHandlers("x", [["/", Story]]);
// @ts-expect-error: 'database' does not exist in type '{ db: Database; shown?: number; }'
new Application([["/.*", [["/", Story, { database: db }]]]]);
// @ts-expect-error: Type 'string' is not assignable to type 'Database'
new Application([["/.*", [["/", Story, { db: "sqlite:" }]]]]);
// @ts-expect-error: Source has 2 element(s) but target requires 3
new Application([["/.*", [["/", Story]]]]);
// @ts-expect-error: Expected 3 arguments, but got 2
new Application([["/.*", [url("/", Story)]]]);
