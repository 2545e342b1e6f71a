// The UI modules of the blog: `uiModules` takes whatever of a file is one.
import { UIModule } from "../../src/web/mod.ts";
import type { Entry as BlogEntry } from "./database.ts";
import type { BlogHandler } from "./handlers.ts";
import { renderMarkdown } from "./markdown.ts";

/** An entry, with the style sheet it needs; its author gets a link to change it. */
export class Entry extends UIModule<BlogHandler> {
  override render(entry: BlogEntry): string {
    const isMine = this.handler.getCurrentUser()?.id === entry.authorId;
    return this.renderString("modules/entry.html", { entry, html: renderMarkdown(entry.text), isMine });
  }

  override cssFiles(): string {
    return "entry.css";
  }
}
