// The pages as the templates of Tornado's own blog demo want them: in `tornado_templates/`, not a line of them changed.
import { python } from "../../src/template/python.ts";
import { Application, authenticated, HTTPError, type Settings, UIModule, url } from "../../src/web/mod.ts";
import type { BlogDatabase, Entry } from "./database.ts";
import {
  BlogHandler,
  ComposeHandler,
  IN_ARCHIVE,
  IN_FEED,
  LoginHandler,
  LogoutHandler,
  ON_HOME,
  SignUpHandler,
} from "./handlers.ts";
import { renderMarkdown } from "./markdown.ts";

/** An entry with the names of the demo's table. */
interface DemoEntry {
  readonly id: number;
  readonly slug: string;
  readonly title: string;
  readonly markdown: string;
  readonly html: string;
  readonly published: Date;
  readonly updated: Date;
}

function demoEntry({ id, slug, title, text, published, updated }: Entry): DemoEntry {
  const [from, to] = [published, updated].map((seconds) => new Date(seconds * 1000));
  return {
    id,
    slug,
    title,
    markdown: text,
    html: renderMarkdown(text),
    published: from ?? new Date(0),
    updated: to ?? new Date(0),
  };
}

class TornadoHome extends BlogHandler {
  override get(): void {
    this.render("home.html", { entries: this.db.entries(ON_HOME).map(demoEntry) });
  }
}

class TornadoArchive extends BlogHandler {
  override get(): void {
    this.render("archive.html", { entries: this.db.entries(IN_ARCHIVE).map(demoEntry) });
  }
}

class TornadoFeed extends BlogHandler {
  override get(): void {
    this.setHeader("Content-Type", "application/atom+xml");
    this.render("feed.xml", { entries: this.db.entries(IN_FEED).map(demoEntry) });
  }
}

class TornadoEntry extends BlogHandler {
  override get(slug: string): void {
    const entry = this.db.entryBySlug(slug);
    if (entry === null) throw new HTTPError(404);
    this.render("entry.html", { entry: demoEntry(entry) });
  }
}

class TornadoCompose extends ComposeHandler {
  protected override readonly textField = "markdown";

  @authenticated
  override get(): void {
    const entry = this.entryToChange();
    this.render("compose.html", { entry: entry === null ? null : demoEntry(entry) });
  }

  protected override form(names: { error: string | null }): void {
    throw new HTTPError(400, names.error ?? "");
  }
}

class TornadoCreate extends SignUpHandler {
  override get(): void {
    this.render("create_author.html");
  }

  protected override refuse(_email: string, _name: string, error: string): void {
    throw new HTTPError(400, error);
  }
}

class TornadoLogin extends LoginHandler {
  protected override form(_email: string, error: string | null): void {
    this.render("login.html", { error });
  }
}

class TornadoLogout extends LogoutHandler {
  override get(): void {
    this.post();
  }
}

class EntryModule extends UIModule<BlogHandler> {
  override render(entry: DemoEntry): string {
    return this.renderString("modules/entry.html", { entry });
  }
}

/** The settings, with one that the templates of Tornado's demo read. */
interface TornadoSettings extends Settings {
  readonly blog_title: string;
}

/** The same blog with the paths and the templates of Tornado's blog demo, in Python as they are there. */
export function makeTornadoBlog(db: BlogDatabase, folder: string): Application {
  const settings: TornadoSettings = {
    blog_title: "Tornado Blog",
    templatePath: `${folder}/tornado_templates`,
    templateLanguage: python,
    staticPath: `${folder}/static`,
    uiModules: { Entry: EntryModule },
    xsrfCookies: true,
    cookieSecret: db.cookieSecret(),
    loginUrl: "/auth/login",
  };
  const kwargs = { db };
  return new Application([
    ["/", TornadoHome, kwargs],
    ["/archive", TornadoArchive, kwargs],
    ["/feed", TornadoFeed, kwargs],
    url("/entry/([^/]+)", TornadoEntry, { kwargs, name: "entry" }),
    ["/compose", TornadoCompose, kwargs],
    ["/auth/create", TornadoCreate, kwargs],
    ["/auth/login", TornadoLogin, kwargs],
    ["/auth/logout", TornadoLogout, kwargs],
  ], settings);
}
