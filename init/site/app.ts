// A site of pages from templates, with a guest book.
import { appLog } from "@twister/twister/log";
import { define } from "@twister/twister/options";
import { Application, HTTPError, RequestHandler } from "@twister/twister/web";

const cookieSecret = define("cookie_secret", { defaultValue: "", secret: true, help: "Signs cookies" });
const debug = define("debug", { defaultValue: false, help: "Restart at changes, and show errors in pages" });

const MAX_TEXT = 500;
/** The entries that are kept; a database would keep them all. */
const MAX_ENTRIES = 100;

/** An entry of the guest book. */
export interface Entry {
  readonly author: string;
  readonly text: string;
}

abstract class PageHandler extends RequestHandler {
  declare readonly kwargs: { entries: Entry[] };

  override setDefaultHeaders(): void {
    this.setHeader("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'");
  }

  override writeError(statusCode: number): Promise<void> | void {
    return this.render("error.html", { statusCode, reason: this.getStatusReason() });
  }

  /** The reason of the status that is set. */
  getStatusReason(): string {
    return this.getStatus() === 404 ? "There is no such page" : "Something went wrong";
  }
}

class HomeHandler extends PageHandler {
  override async get(): Promise<void> {
    await this.render("home.html", { author: this.getSignedCookieText("author") ?? "", entries: this.kwargs.entries });
  }

  override post(): void {
    const author = this.getBodyArgument("author").slice(0, MAX_TEXT);
    const text = this.getBodyArgument("text").slice(0, MAX_TEXT);
    if (author === "" || text === "") throw new HTTPError(400, "an empty entry");
    const { entries } = this.kwargs;
    entries.unshift({ author, text });
    entries.length = Math.min(entries.length, MAX_ENTRIES);
    this.setSignedCookie("author", author, { httponly: true, samesite: "lax" });
    this.redirect("/");
  }
}

class MissingHandler extends PageHandler {
  override prepare(): void {
    throw new HTTPError(404);
  }
}

/** The secret of the options, or one for this run. */
function chosenSecret(): string {
  if (cookieSecret.value === "") appLog.warning("APP_COOKIE_SECRET is not set: cookies will not survive a restart");
  return cookieSecret.value || crypto.randomUUID();
}

/** Makes the application; each one has a guest book of its own. */
export function makeApp(secret: string = chosenSecret()): Application {
  const kwargs = { entries: [] };
  return new Application([["/", HomeHandler, kwargs]], {
    templatePath: `${import.meta.dirname}/templates`,
    staticPath: `${import.meta.dirname}/static`,
    cookieSecret: secret,
    xsrfCookies: true,
    debug: debug.value,
    defaultHandlerClass: MissingHandler,
    defaultHandlerArgs: kwargs,
  });
}
