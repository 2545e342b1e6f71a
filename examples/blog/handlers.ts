import { authenticated, HTTPError, RequestHandler } from "../../src/web/mod.ts";
import type { Author, BlogDatabase, Entry } from "./database.ts";
import { checkPassword, hashPassword } from "./passwords.ts";

const USER_COOKIE = "blog_user";
export const ON_HOME = 5;
export const IN_FEED = 10;
export const IN_ARCHIVE = 1000;

const MAX_TITLE = 200;
const MAX_TEXT = 100_000;
const MAX_NAME = 100;
const MIN_PASSWORD = 8;
/** A hash of more would be work for nothing. */
const MAX_PASSWORD = 200;

export abstract class BlogHandler extends RequestHandler {
  declare readonly kwargs: { db: BlogDatabase };
  #author: Author | null | undefined;

  get db(): BlogDatabase {
    return this.kwargs.db;
  }

  override setDefaultHeaders(): void {
    this.setHeader("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; form-action 'self'");
  }

  override getCurrentUser(): Author | null {
    if (this.#author === undefined) {
      const id = this.getSignedCookieText(USER_COOKIE);
      this.#author = id === null ? null : this.db.author(Number(id));
    }
    return this.#author;
  }

  logIn(author: Author): void {
    const secure = this.request.protocol === "https";
    this.setSignedCookie(USER_COOKIE, String(author.id), { httponly: true, samesite: "Lax", secure });
    // Anybody can write that argument: it must not lead to another site.
    const next = this.getArgument("next", "/");
    // A path of this site, of visible characters only: a browser drops a tab, and `/\t/` is then another site's.
    this.redirect(/^\/(?![/\\])[!-~]*$/.test(next) ? next : "/");
  }
}

export class HomeHandler extends BlogHandler {
  override get(): void {
    this.render("home.html", { entries: this.db.entries(ON_HOME) });
  }
}

export class ArchiveHandler extends BlogHandler {
  override get(): void {
    this.render("archive.html", { entries: this.db.entries(IN_ARCHIVE) });
  }
}

export class FeedHandler extends BlogHandler {
  override get(): void {
    const site = `${this.request.protocol}://${this.request.host}`;
    this.setHeader("Content-Type", "application/atom+xml; charset=UTF-8");
    this.render("feed.xml", { entries: this.db.entries(IN_FEED), site, iso });
  }
}

/** A time as feeds write it. */
function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

export class EntryHandler extends BlogHandler {
  override get(slug: string): void {
    const entry = this.db.entryBySlug(slug);
    if (entry === null) throw new HTTPError(404);
    this.render("entry.html", { entry });
  }
}

export class ComposeHandler extends BlogHandler {
  /** Name of the field with the text. */
  protected readonly textField: string = "text";

  @authenticated
  override get(): void {
    const { id = "", title = "", text = "" } = this.entryToChange() ?? {};
    this.form({ id, title, text, error: null });
  }

  @authenticated
  override post(): void {
    const entry = this.entryToChange();
    const title = this.getBodyArgument("title", "");
    const text = this.getBodyArgument(this.textField, "").replaceAll("\r\n", "\n");
    if (title === "" || title.length > MAX_TITLE || text === "" || text.length > MAX_TEXT) {
      this.setStatus(400);
      const error = `A title of up to ${MAX_TITLE} characters and a text of up to ${MAX_TEXT} are needed.`;
      return this.form({ id: entry?.id ?? "", title, text, error });
    }
    if (entry !== null) this.db.changeEntry(entry.id, title, text);
    const slug = entry?.slug ?? this.db.addEntry(this.#authorId, title, text);
    this.redirect(this.reverseUrl("entry", slug));
  }

  get #authorId(): number {
    const author = this.getCurrentUser();
    if (author === null) throw new HTTPError(403);
    return author.id;
  }

  /** The entry to be changed, `null` if it is a new one. */
  protected entryToChange(): Entry | null {
    const id = this.getArgument("id", "");
    if (id === "") return null;
    const entry = this.db.entryById(Number(id));
    if (entry === null) throw new HTTPError(404);
    if (entry.authorId !== this.#authorId) throw new HTTPError(403);
    return entry;
  }

  protected form(names: { id: number | string; title: string; text: string; error: string | null }): void {
    this.render("compose.html", names);
  }
}

export class SignUpHandler extends BlogHandler {
  override get(): void {
    this.render("sign_up.html", { email: "", name: "", error: null });
  }

  override async post(): Promise<void> {
    const email = this.getBodyArgument("email", "");
    const name = this.getBodyArgument("name", "");
    const password = this.getBodyArgument("password", "", { strip: false });
    const error = this.#fault(email, name, password);
    if (error !== null) return this.refuse(email, name, error);
    const author = this.db.addAuthor(email, name, await hashPassword(password));
    if (author === null) return this.refuse(email, name, "This address has an account already.");
    this.logIn(author);
  }

  #fault(email: string, name: string, password: string): string | null {
    if (!/^[^@\s]{1,64}@[^@\s]{1,255}$/.test(email)) return "This is no e-mail address.";
    if (name === "" || name.length > MAX_NAME) return "A name is needed.";
    if (password.length >= MIN_PASSWORD && password.length <= MAX_PASSWORD) return null;
    return `A password of ${MIN_PASSWORD} to ${MAX_PASSWORD} characters is needed.`;
  }

  protected refuse(email: string, name: string, error: string): void {
    this.setStatus(400);
    this.render("sign_up.html", { email, name, error });
  }
}

export class LoginHandler extends BlogHandler {
  override get(): void {
    this.form("", null);
  }

  override async post(): Promise<void> {
    const email = this.getBodyArgument("email", "");
    const password = this.getBodyArgument("password", "", { strip: false }).slice(0, MAX_PASSWORD + 1);
    const account = this.db.account(email);
    const known = await checkPassword(password, account?.password ?? null);
    if (known && account !== null) return this.logIn(account);
    this.setStatus(400);
    this.form(email, "Address or password is wrong.");
  }

  protected form(email: string, error: string | null): void {
    this.render("login.html", { email, error, next: this.getArgument("next", "/") });
  }
}

export class LogoutHandler extends BlogHandler {
  override post(): void {
    this.clearCookie(USER_COOKIE);
    this.redirect("/");
  }
}
