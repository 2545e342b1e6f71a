// Files that come with a program: they are imported, so that it also runs by URL. And those that all examples share.
import { RequestHandler, url, type URLSpec } from "../../src/web/mod.ts";
import icon from "./icon.svg" with { type: "text" };
import style from "./style.css" with { type: "text" };

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css",
  ico: "image/svg+xml",
  js: "text/javascript",
  svg: "image/svg+xml",
};

class FileHandler extends RequestHandler {
  declare readonly kwargs: { text: string; type: string };

  override get(): void {
    const { text, type } = this.kwargs;
    this.setHeader("Content-Type", `${type}; charset=UTF-8`);
    this.setHeader("X-Content-Type-Options", "nosniff");
    // The browser asks for it again each time, and gets a 304 while it is the same.
    this.setHeader("Cache-Control", "no-cache");
    this.write(text);
  }
}

/**
 * Returns the routes of text files by path, and of the style and the icon that every example has.
 *
 * An application with a `staticPath` takes `favicon.ico` from there.
 */
export function fileRoutes(files: Readonly<Record<string, string>>): URLSpec[] {
  const all = { ...files, "/shared/style.css": style, "/shared/icon.svg": icon, "/favicon.ico": icon };
  return Object.entries(all).map(([path, text]) => {
    const type = TYPES[path.slice(path.lastIndexOf(".") + 1)];
    if (type === undefined) throw new TypeError(`Cannot serve ${path}: no media type is known for it`);
    return url(path, FileHandler, { kwargs: { text, type } });
  });
}
