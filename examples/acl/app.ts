// The routes and settings of the record book.
import { fileRoutes } from "../shared/files.ts";
import { Application } from "../../src/web/mod.ts";
import { HomeHandler, LoginHandler, LogoutHandler, SignUpHandler } from "./account.ts";
import { DeleteUserHandler, UserHandler, UsersHandler } from "./admin.ts";
import { NotFoundHandler } from "./base.ts";
import type { AclDatabase } from "./database.ts";
import { ID, recordRoutes } from "./generic.ts";
import * as uiModules from "./ui_modules.ts";

/** The files that the pages are made of. */
export const FILES: readonly string[] = [
  "static/acl.css",
  "static/favicon.ico",
  "templates/base.html",
  "templates/delete.html",
  "templates/delete_user.html",
  "templates/detail.html",
  "templates/error.html",
  "templates/form.html",
  "templates/home.html",
  "templates/list.html",
  "templates/login.html",
  "templates/modules/field.html",
  "templates/sign_up.html",
  "templates/user.html",
  "templates/users.html",
];

/** The record book over a database, with the files of a folder. */
export function makeRecordBook(db: AclDatabase, folder: string): Application {
  const kwargs = { db };
  return new Application([
    ["/", HomeHandler, kwargs],
    ["/auth/sign-up", SignUpHandler, kwargs],
    ["/auth/login", LoginHandler, kwargs],
    ["/auth/logout", LogoutHandler, kwargs],
    ["/admin/users", UsersHandler, kwargs],
    [`/admin/users/${ID}`, UserHandler, kwargs],
    [`/admin/users/${ID}/delete`, DeleteUserHandler, kwargs],
    ...db.records.flatMap((records) => recordRoutes(db, records)),
    ...fileRoutes({}),
  ], {
    templatePath: `${folder}/templates`,
    staticPath: `${folder}/static`,
    uiModules,
    xsrfCookies: true,
    cookieSecret: db.cookieSecret(),
    loginUrl: "/auth/login",
    defaultHandlerClass: NotFoundHandler,
    defaultHandlerArgs: kwargs,
  });
}
