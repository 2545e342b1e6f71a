// The UI modules of the blog: `uiModules` takes whatever of a file is one.
import { UIModule } from "../../src/web/mod.ts";
import type { Entry as BlogEntry } from "./database.ts";
import type { BlogHandler } from "./handlers.ts";

/** An entry, with the style sheet it needs; its author gets a link to change it. */
export class Entry extends UIModule<BlogHandler> {
  override render(entry: BlogEntry): string {
    const isMine = this.handler.getCurrentUser()?.id === entry.authorId;
    return this.renderString("modules/entry.html", { entry, paragraphs: entry.text.split(/\n{2,}/), isMine });
  }

  override cssFiles(): string {
    return "entry.css";
  }
}
