// The administrators' pages: users and what they may do.
import { authenticated, HTTPError } from "../../src/web/mod.ts";
import { AclHandler } from "./base.ts";
import type { Grant, User } from "./database.ts";
import { ACTIONS } from "./models.ts";

export abstract class AdminHandler extends AclHandler {
  @authenticated
  override prepare(): void {
    if (!this.user.isAdmin) throw new HTTPError(403);
  }

  find(id: string): User {
    const user = this.db.user(Number(id));
    if (user === null) throw new HTTPError(404);
    return user;
  }

  /** A user who is not the one who asks: nobody can lock themselves out, so one administrator is always left. */
  findOther(id: string): User {
    const user = this.find(id);
    if (user.id === this.user.id) throw new HTTPError(403);
    return user;
  }

  override getTemplateNamespace(): Record<string, unknown> {
    const models = this.db.records.map(({ model }) => model);
    return { ...super.getTemplateNamespace(), models, actions: ACTIONS };
  }
}

export class UsersHandler extends AdminHandler {
  override get(): void {
    this.render("users.html", { users: this.db.users() });
  }
}

export class UserHandler extends AdminHandler {
  override get(id: string): void {
    this.render("user.html", { user: this.find(id) });
  }

  override post(id: string): void {
    const user = this.findOther(id);
    const ticked = new Set(this.getBodyArguments("grant"));
    const all = this.db.records.flatMap(({ model }) => ACTIONS.map((action): Grant => ({ model, action })));
    const grants = all.filter(({ model, action }) => ticked.has(`${model.name} ${action}`));
    this.db.setRights(user.id, this.getBodyArgument("admin", "") !== "", grants);
    this.redirect("/admin/users");
  }
}

export class DeleteUserHandler extends AdminHandler {
  override get(id: string): void {
    this.render("delete_user.html", { user: this.findOther(id) });
  }

  override post(id: string): void {
    this.db.removeUser(this.findOther(id).id);
    this.redirect("/admin/users");
  }
}
