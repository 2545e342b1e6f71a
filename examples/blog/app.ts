// The blog's routes and settings.
import { fileRoutes } from "../shared/files.ts";
import { Application, type Settings, url } from "../../src/web/mod.ts";
import type { BlogDatabase } from "./database.ts";
import {
  ArchiveHandler,
  ComposeHandler,
  EntryHandler,
  FeedHandler,
  HomeHandler,
  LoginHandler,
  LogoutHandler,
  SignUpHandler,
} from "./handlers.ts";
import * as uiModules from "./ui_modules.ts";

/** The settings, with one that only this blog's templates read. */
interface BlogSettings extends Settings {
  readonly blogTitle: string;
}

/** The blog over a database. */
export function makeBlog(db: BlogDatabase): Application {
  const settings: BlogSettings = {
    blogTitle: "Twister Blog",
    templatePath: `${import.meta.dirname}/templates`,
    staticPath: `${import.meta.dirname}/static`,
    uiModules,
    xsrfCookies: true,
    cookieSecret: db.cookieSecret(),
    loginUrl: "/auth/login",
  };
  const kwargs = { db };
  return new Application([
    ["/", HomeHandler, kwargs],
    ["/archive", ArchiveHandler, kwargs],
    ["/feed", FeedHandler, kwargs],
    url("/entry/([^/]+)", EntryHandler, { kwargs, name: "entry" }),
    ["/compose", ComposeHandler, kwargs],
    ["/auth/sign-up", SignUpHandler, kwargs],
    ["/auth/login", LoginHandler, kwargs],
    ["/auth/logout", LogoutHandler, kwargs],
    ...fileRoutes({}),
  ], settings);
}
