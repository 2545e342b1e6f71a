// What all pages share: who is signed in, what they may do, and pages for errors.
import { HTTPError, RequestHandler, type SendErrorOptions } from "../../src/web/mod.ts";
import type { AclDatabase, User } from "./database.ts";
import { checkForm, type Field, type Form } from "./forms.ts";
import type { Action, Model } from "./models.ts";

const USER_COOKIE = "acl_user";

export abstract class AclHandler extends RequestHandler {
  declare readonly kwargs: { db: AclDatabase };
  #user: User | null | undefined;

  get db(): AclDatabase {
    return this.kwargs.db;
  }

  override setDefaultHeaders(): void {
    this.setHeader("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; form-action 'self'");
    // Who comes after somebody who has signed out cannot go back to the records.
    this.setHeader("Cache-Control", "no-store");
  }

  override getCurrentUser(): User | null {
    if (this.#user === undefined) {
      const id = this.getSignedCookieText(USER_COOKIE);
      this.#user = id === null ? null : this.db.user(Number(id));
    }
    return this.#user;
  }

  /** Who is signed in, where somebody must be. */
  get user(): User {
    const user = this.getCurrentUser();
    if (user === null) throw new HTTPError(403);
    return user;
  }

  /** Whether who is signed in may do something. Permissions are read again for each request. */
  may(action: Action, model: Model): boolean {
    const user = this.getCurrentUser();
    return user !== null && this.db.may(user, action, model);
  }

  /** The models whose records may be read. */
  get readable(): Model[] {
    return this.db.records.map(({ model }) => model).filter((model) => this.may("read", model));
  }

  logIn(user: User): void {
    const secure = this.request.protocol === "https";
    this.setSignedCookie(USER_COOKIE, String(user.id), { httponly: true, samesite: "Lax", secure });
    // Anybody can write that argument: it must not lead to another site. Browsers drop tabs and take "\" for "/".
    const next = this.getArgument("next", "/");
    this.redirect(/^\/(?![/\\])[!-~]*$/.test(next) ? next : "/");
  }

  logOut(): void {
    this.clearCookie(USER_COOKIE);
    this.redirect("/");
  }

  readForm(fields: readonly Field[]): Form {
    return checkForm(fields, ({ name, kind }) => this.getBodyArgument(name, "", { strip: kind !== "password" }));
  }

  override writeError(statusCode: number, options: SendErrorOptions): void | Promise<void> {
    // What broke may be needed for a page, too.
    if (statusCode >= 500) return super.writeError(statusCode, options);
    this.render("error.html", { statusCode });
  }
}

/** Answers what no route is for. */
export class NotFoundHandler extends AclHandler {
  /** Nothing is changed here. */
  override checkXsrfCookie(): void {}

  override prepare(): void {
    throw new HTTPError(404);
  }
}
