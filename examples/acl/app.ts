// The routes and settings of the record book.
import { fileRoutes } from "../shared/files.ts";
import { Application } from "../../src/web/mod.ts";
import { HomeHandler, LoginHandler, LogoutHandler, SignUpHandler } from "./account.ts";
import { DeleteUserHandler, UserHandler, UsersHandler } from "./admin.ts";
import { NotFoundHandler } from "./base.ts";
import type { AclDatabase } from "./database.ts";
import { ID, recordRoutes } from "./generic.ts";
import * as uiModules from "./ui_modules.ts";

/** The record book over a database. */
export function makeRecordBook(db: AclDatabase): Application {
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
    templatePath: `${import.meta.dirname}/templates`,
    staticPath: `${import.meta.dirname}/static`,
    uiModules,
    xsrfCookies: true,
    cookieSecret: db.cookieSecret(),
    loginUrl: "/auth/login",
    defaultHandlerClass: NotFoundHandler,
    defaultHandlerArgs: kwargs,
  });
}
