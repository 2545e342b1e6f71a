// Looks newcomers' words up in the search of the API site, as the page of the site does.
import { createRequire } from "node:module";
import { inflateSync } from "node:zlib";

/** The words that newcomers look for. For each, a page of the guide has to be found. */
export const WORDS: readonly string[] = [
  "CORS",
  "event-stream",
  "testing",
  "nginx",
  "systemd",
  "Docker",
  "middleware",
  "JSON",
  "Authorization",
  "health",
  "workspace",
  "rate limit",
  "session",
  "Redis",
  "SQLite",
  "PostgreSQL",
  "login",
  "cookie",
  "upload",
  "redirect",
  "template",
  "WebSocket",
  "Socket.IO",
  "hono",
  "express",
  "oak",
  "TLS",
  "HTTP/2",
  "proxy",
  "haproxy",
  "logging",
  "metrics",
  "Prometheus",
  "timeout",
  "workers",
  "shutdown",
  "static files",
  "SSE",
  "OpenAPI",
  "NATS",
  "kubernetes",
  "compile",
  "JWT",
  "cron",
  "MySQL",
  "MongoDB",
  "i18n",
  "Markdown",
  "Podman",
  "Let's Encrypt",
  "add_callback",
  "OAuth",
  "CSRF",
  "validation",
  "background",
  "gzip",
];

interface Row {
  readonly name: string;
  readonly url: string;
}

interface Lunr {
  Index: { load(index: object): { search(query: string): { ref: string; score: number }[] } };
}

/** The names of classes that must be found as well, beside the pages of the guide. */
export const NAMES: readonly string[] = [
  "RequestHandler",
  "WebSocketHandler",
  "Application",
  "HTTPServer",
  "StaticFileHandler",
  "AsyncHTTPClient",
  "EventStream",
  "IOStream",
];

/** The results that the page shows. */
const SHOWN = 10;

/**
 * Looks all words and names up in the index of a site, in the way of its page.
 *
 * @param assets The folder `assets` of the site.
 * @param modules A folder whose `node_modules` has lunr, the library of the site's search.
 * @returns The words for which the page shows no page of the guide, and the names for which it shows nothing of that
 * name.
 */
export async function missingWords(assets: string, modules: string): Promise<string[]> {
  const script = await Deno.readTextFile(`${assets}/search.js`);
  const packed = /"([A-Za-z0-9+/=]+)"/.exec(script)?.[1] ?? "";
  const data: { rows: Row[]; index: object } = JSON.parse(inflateSync(Uint8Array.fromBase64(packed)).toString());
  const lunr: Lunr = createRequire(`${modules}/package.json`)("lunr");
  const index = lunr.Index.load(data.index);
  const shown = (text: string): Row[] => {
    const query = text.split(" ").map((word) => `*${word}*`).join(" ");
    const results = index.search(query).flatMap(({ ref, score }) => {
      const row = data.rows[Number(ref)];
      return row === undefined ? [] : [{ row, score: score * nameBoost(row.name, text) }];
    });
    return results.sort((one, other) => other.score - one.score).slice(0, SHOWN).map(({ row }) => row);
  };
  return [
    ...WORDS.filter((word) => !shown(word).some(({ url }) => url.startsWith("documents/"))),
    ...NAMES.filter((name) => !shown(name).some((row) => row.name === name)),
  ];
}

/** How much the page prefers what is named like the text. */
function nameBoost(name: string, text: string): number {
  if (!name.toLowerCase().startsWith(text.toLowerCase())) return 1;
  return 10 / (1 + Math.abs(name.length - text.length));
}
