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
];

interface Row {
  readonly name: string;
  readonly url: string;
}

interface Lunr {
  Index: { load(index: object): { search(query: string): { ref: string }[] } };
  tokenizer(text: string): { toString(): string }[];
}

/**
 * Looks all words up in the index of a site.
 *
 * @param assets The folder `assets` of the site.
 * @param modules A folder whose `node_modules` has lunr, the library of the site's search.
 * @returns The words that lead to no page of the guide.
 */
export async function missingWords(assets: string, modules: string): Promise<string[]> {
  const script = await Deno.readTextFile(`${assets}/search.js`);
  const packed = /"([A-Za-z0-9+/=]+)"/.exec(script)?.[1] ?? "";
  const data: { rows: Row[]; index: object } = JSON.parse(inflateSync(Uint8Array.fromBase64(packed)).toString());
  const lunr: Lunr = createRequire(`${modules}/package.json`)("lunr");
  const index = lunr.Index.load(data.index);
  return WORDS.filter((word) => {
    const query = lunr.tokenizer(word).map((token) => `+${String(token).replace(/[:^~*+]/g, "")}*`).join(" ");
    return !index.search(query).some(({ ref }) => data.rows[Number(ref)]?.url.startsWith("documents/"));
  });
}
