// The routes, and the page's files, which come with the program so that it also runs by URL.
import { fileRoutes } from "../shared/files.ts";
import { DictLoader } from "../../src/template/mod.ts";
import { Application, type RequestHandler } from "../../src/web/mod.ts";
import { formatSize } from "./format_size.ts";
import { BodyHandler, ContentHandler, DeleteHandler, FileListHandler, FormHandler, HomeHandler } from "./handlers.ts";
import index from "./page/index.html" with { type: "text" };
import style from "./page/upload.css" with { type: "text" };
import script from "./page/upload.js" with { type: "text" };
import type { FileStore } from "./store.ts";

/** The exchange of files over a store. */
export function makeExchange(store: FileStore): Application {
  const context = { store };
  const id = "([0-9a-f-]{36})";
  return new Application([
    ["/", HomeHandler, context],
    ["/upload", FormHandler, context],
    ["/upload/([^/]+)", BodyHandler, context],
    ["/files", FileListHandler, context],
    [`/files/${id}`, ContentHandler, { ...context, path: store.directory }],
    [`/files/${id}/delete`, DeleteHandler, context],
    ...fileRoutes({ "/upload.css": style, "/upload.js": script }),
  ], {
    templateLoader: new DictLoader({ "index.html": index }),
    uiMethods: { formatSize: (_handler: RequestHandler, bytes: number) => formatSize(bytes) },
    xsrfCookies: true,
    xsrfCookieKwargs: { httponly: true, samesite: "Lax" },
  });
}
