// Mistakes in settings. Behind each directive stands a part of the message that the compiler shows.
import {
  Application,
  ErrorHandler,
  RequestHandler,
  type Settings,
  StaticFileHandler,
  type StaticFileKwargs,
} from "../../src/web/mod.ts";
import type { WebSocketSettings } from "../../src/websocket/mod.ts";

new Application([], {
  // @ts-expect-error: Did you mean to write 'cookieSecret'?
  cookieSecert: "secret",
});

new Application([], {
  debug: true,
  // @ts-expect-error: Did you mean to write 'xsrfCookies'?
  xsrf_cookies: true,
});

new Application([], {
  // @ts-expect-error: Did you mean to write 'cookieSecret'?
  cookie_secret: "secret",
});

new Application([], {
  // @ts-expect-error: Did you mean to write 'websocketPingInterval'?
  websocket_ping_interval: 10,
});

new Application([], {
  // @ts-expect-error: Type 'string[]' is not assignable to type 'boolean | CrossOriginProtection | undefined'
  crossOriginProtection: ["https://example.com"],
});

new Application([], {
  // @ts-expect-error: Did you mean to write 'crossOriginProtection'?
  cross_origin_protection: true,
});

new Application([], {
  // @ts-expect-error: 'title' does not exist in type 'CheckedSettings
  title: "Notes",
});

new Application([], {
  // @ts-expect-error: Type 'string' is not assignable to type 'number'
  websocketPingInterval: "x",
});

new Application([], {
  // @ts-expect-error: Type '"ignore"' is not assignable to type 'BackpressurePolicy | undefined'
  websocketBackpressure: "ignore",
});

new Application([], {
  // @ts-expect-error: Type 'string' is not assignable to type 'boolean | undefined'
  xsrfCookies: "yes",
});

new Application([], {
  // @ts-expect-error: Type 'number' is not assignable to type 'CookieSecret | undefined'
  cookieSecret: 1234,
});

new Application([], {
  // @ts-expect-error: Type 'DateConstructor' is missing the following properties from type 'RequestHandlerClass'
  defaultHandlerClass: Date,
});

class Story extends RequestHandler {
  declare readonly kwargs: { title: string };
}

class Download extends StaticFileHandler {
  override initialize(kwargs: StaticFileKwargs & { db: URL }): void {
    super.initialize(kwargs);
  }
}

new Application(
  [],
  // @ts-expect-error: Property 'defaultHandlerArgs' is missing in type '{ defaultHandlerClass: typeof ErrorHandler; }'
  { defaultHandlerClass: ErrorHandler },
);

new Application(
  [],
  // @ts-expect-error: Property 'defaultHandlerArgs' is missing in type
  { debug: true, defaultHandlerClass: Story },
);

new Application([], {
  defaultHandlerClass: ErrorHandler,
  // @ts-expect-error: Type 'string' is not assignable to type 'number'
  defaultHandlerArgs: { statusCode: "404" },
});

new Application([], {
  defaultHandlerClass: ErrorHandler,
  // @ts-expect-error: 'status' does not exist in type
  defaultHandlerArgs: { status: 404 },
});

new Application([], {
  staticPath: "static",
  // @ts-expect-error: Did you mean to write 'defaultFilename'?
  staticHandlerArgs: { defaultFilname: "index.html" },
});

new Application([], {
  staticPath: "static",
  // @ts-expect-error: Type 'number' is not assignable to type 'string'
  staticHandlerArgs: { defaultFilename: 7 },
});

new Application([], {
  staticHandlerClass: Download,
  // @ts-expect-error: 'data' does not exist in type
  staticHandlerArgs: { data: new URL("file:///x") },
});

new Application([], {
  // @ts-expect-error: Type 'Date' is missing the following properties from type 'UIModuleInstance'
  uiModules: { X: Date },
});

new Application([], {
  // @ts-expect-error: is not assignable to type
  uiModules: { Story },
});

export const settings: Settings = {
  // @ts-expect-error: Did you mean to write 'loginUrl'?
  login_url: "/login",
};

export const sockets: WebSocketSettings = {
  // @ts-expect-error: Did you mean to write 'websocketMaxMessageSize'?
  websocketMaxMesageSize: 1000,
};

// A variable, where the compiler does not look for names that it does not know, must have something in common.
const options = { xsrf_cookies: true };
// @ts-expect-error: has no properties in common with type 'CheckedSettings
new Application([], options);

interface BlogSettings extends Settings {
  blogTitle: string;
}

class Blog extends Application {
  declare readonly settings: BlogSettings;

  constructor(settings: BlogSettings) {
    super([["/", BlogHome]], settings);
  }
}

// @ts-expect-error: Property 'blogTitle' is missing
new Blog({ debug: true });

new Blog({
  blogTitle: "Notes",
  // @ts-expect-error: Did you mean to write 'cookieSecret'?
  cookieSecert: "secret",
});

class Home extends RequestHandler {
  override get(): void {
    // @ts-expect-error: Did you mean 'cookieSecret'?
    this.write(`${this.settings.cookieSecert}`);
    // @ts-expect-error: Did you mean 'xsrfCookies'?
    this.write(`${this.settings["xsrf_cookies"]}`);
    // @ts-expect-error: Property 'blogTitle' does not exist
    this.write(`${this.settings.blogTitle}`);
    // @ts-expect-error: Type 'boolean | undefined' is not assignable to type 'string'
    const debug: string = this.settings.debug;
    // @ts-expect-error: Did you mean '"cookieSecret"'?
    this.requireSetting("cookieSecert", debug);
  }
}

class BlogHome extends RequestHandler {
  declare readonly application: Blog;

  override get(): void {
    // @ts-expect-error: Did you mean 'blogTitle'?
    this.write(`${this.settings.blogTitel}`);
    // @ts-expect-error: Type 'string' is not assignable to type 'number'
    const title: number = this.settings.blogTitle;
    // @ts-expect-error: Property 'blog' does not exist on type 'Blog'
    this.write(`${title} ${this.application.blog}`);
  }
}

new Application([["/", Home]]);
