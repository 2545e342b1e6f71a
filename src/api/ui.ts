/**
 * Pages on which people read and try an API: Swagger UI, from the npm package `swagger-ui-dist`, which is loaded with
 * the first request. Nothing comes from another host.
 *
 * @module
 */
import type { Bytes } from "../internal/bytes.ts";
import { HTTPError, RequestHandler } from "../web/mod.ts";
import type { OpenAPIDocument } from "./openapi.ts";

/** The page. Its script is a file, so that the policy needs no exception for it. */
const PAGE = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API</title>
<link rel="stylesheet" href="swagger-ui.css">
<link rel="icon" href="favicon-32x32.png">
<div id="ui"></div>
<script src="swagger-ui-bundle.js"></script>
<script src="start.js"></script>
</html>
`;

const START = `SwaggerUIBundle({ url: "openapi.json", domNode: document.getElementById("ui"), validatorUrl: null });
`;

/** Only files of this host, and the pictures within its style sheet. React sets styles in a way that needs no more. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const TYPES: ReadonlyMap<string, string> = new Map([
  ["swagger-ui.css", "text/css; charset=UTF-8"],
  ["swagger-ui-bundle.js", "text/javascript; charset=UTF-8"],
  ["favicon-32x32.png", "image/png"],
]);

const files = new Map<string, Bytes>();

/**
 * Serves Swagger UI and the document that it shows, as `openapi.json`. Its rule has one group, for the file, and ends
 * in a slash before it. It needs `--allow-read`.
 *
 * @example
 * ```ts
 * import { numberFromText, openapi, TypedHandler } from "@twister/twister/api";
 * import { ApiPages } from "@twister/twister/api/ui";
 * import { Application } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * class Double extends TypedHandler({ get: { query: { n: numberFromText() }, response: { 200: numberFromText() } } }) {
 *   override get(): void {
 *     this.reply(200, 2 * this.args.query.n);
 *   }
 * }
 *
 * const app = new Application([
 *   ["/double", Double],
 *   ["/docs/(.*)", ApiPages, { document: () => document }],
 * ]);
 * const document = openapi(app, { title: "Numbers", version: "1.0.0" });
 * const response = await app.fetch(new Request("http://localhost/docs/openapi.json"));
 * assertEquals((await response.json()).info.title, "Numbers");
 * ```
 */
export class ApiPages extends RequestHandler {
  /** The document; in a function, since it is made after the application that has this rule. */
  declare readonly kwargs: { readonly document: () => OpenAPIDocument };

  /** Answers with the page, the document, or a file of Swagger UI. */
  override async get(name: string | null): Promise<void> {
    this.setHeader("Content-Security-Policy", POLICY);
    this.setHeader("X-Content-Type-Options", "nosniff");
    if (name === "") return this.write(PAGE);
    if (name === "openapi.json") return this.write({ ...this.kwargs.document() });
    if (name === "start.js") {
      this.setHeader("Content-Type", "text/javascript; charset=UTF-8");
      return this.write(START);
    }
    const type = TYPES.get(name ?? "");
    if (type === undefined) throw new HTTPError(404);
    this.setHeader("Content-Type", type);
    this.write(await fileOf(name ?? ""));
  }
}

async function fileOf(name: string): Promise<Bytes> {
  const known = files.get(name);
  if (known !== undefined) return known;
  const bytes = await Deno.readFile(`${await packagePath()}/${name}`);
  files.set(name, bytes);
  return bytes;
}

async function packagePath(): Promise<string> {
  const { default: find }: { default?: unknown } = await import("npm:swagger-ui-dist@5.35.0/absolute-path.js");
  if (typeof find !== "function") throw new TypeError("swagger-ui-dist does not say where its files are");
  return String(find());
}
