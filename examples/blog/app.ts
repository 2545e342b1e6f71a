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

/** The files that the pages are made of, those of Tornado's demo included. */
export const FILES: readonly string[] = [
  "static/blog.css",
  "static/entry.css",
  "static/favicon.ico",
  "templates/archive.html",
  "templates/base.html",
  "templates/compose.html",
  "templates/entry.html",
  "templates/feed.xml",
  "templates/home.html",
  "templates/login.html",
  "templates/modules/entry.html",
  "templates/sign_up.html",
  "tornado_templates/archive.html",
  "tornado_templates/base.html",
  "tornado_templates/compose.html",
  "tornado_templates/create_author.html",
  "tornado_templates/entry.html",
  "tornado_templates/feed.xml",
  "tornado_templates/home.html",
  "tornado_templates/login.html",
  "tornado_templates/modules/entry.html",
];

/** The blog over a database, with the files of a folder. */
export function makeBlog(db: BlogDatabase, folder: string): Application {
  const settings: BlogSettings = {
    blogTitle: "Twister Blog",
    templatePath: `${folder}/templates`,
    staticPath: `${folder}/static`,
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
