import { xhtmlEscape } from "../../util/escape.ts";
import type { PageHandler } from "./page.ts";
import type { UIModuleInstance } from "./ui_types.ts";

/** Puts what the modules of a page need into its head and body, in Tornado's order. */
export function withAssets(page: string, modules: Iterable<UIModuleInstance>, handler: PageHandler): string {
  const jsEmbed: string[] = [];
  const jsFiles: string[] = [];
  const cssEmbed: string[] = [];
  const cssFiles: string[] = [];
  const heads: string[] = [];
  const bodies: string[] = [];
  for (const module of modules) {
    add(jsEmbed, module.embeddedJavascript());
    addAll(jsFiles, module.javascriptFiles());
    add(cssEmbed, module.embeddedCss());
    addAll(cssFiles, module.cssFiles());
    add(heads, module.htmlHead());
    add(bodies, module.htmlBody());
  }
  let html = page;
  // One after another, because what is inserted may contain the tag that the next one looks for.
  if (jsFiles.length > 0) html = beforeLast("</body>", html, handler.renderLinkedJs(jsFiles));
  if (jsEmbed.length > 0) html = beforeLast("</body>", html, handler.renderEmbedJs(jsEmbed));
  if (cssFiles.length > 0) html = beforeFirst("</head>", html, handler.renderLinkedCss(cssFiles));
  if (cssEmbed.length > 0) html = beforeFirst("</head>", html, handler.renderEmbedCss(cssEmbed));
  if (heads.length > 0) html = beforeFirst("</head>", html, heads.join(""));
  if (bodies.length > 0) html = beforeFirst("</body>", html, bodies.join(""));
  return html;
}

export function linkedJs(urls: Iterable<string>): string {
  let html = "";
  for (const url of urls) html += `<script src="${xhtmlEscape(url)}" type="text/javascript"></script>`;
  return html;
}

/** The form is also valid in XHTML. */
export function embeddedJs(scripts: Iterable<string>): string {
  return `<script type="text/javascript">\n//<![CDATA[\n${[...scripts].join("\n")}\n//]]>\n</script>`;
}

export function linkedCss(urls: Iterable<string>): string {
  let html = "";
  for (const url of urls) html += `<link href="${xhtmlEscape(url)}" type="text/css" rel="stylesheet"/>`;
  return html;
}

export function embeddedCss(rules: Iterable<string>): string {
  return `<style type="text/css">\n${[...rules].join("\n")}\n</style>`;
}

/** Collects the URLs of files, each once; a relative path names a static file. */
export function assetUrls(files: Iterable<string>, staticUrl: (path: string) => string): Set<string> {
  const urls = new Set<string>();
  for (const file of files) urls.add(isAbsolute(file) ? file : staticUrl(file));
  return urls;
}

function add(list: string[], part: string | null): void {
  if (part) list.push(part);
}

function addAll(list: string[], parts: string | Iterable<string> | null): void {
  if (typeof parts === "string") add(list, parts);
  else if (parts !== null) { for (const part of parts) list.push(part); }
}

function beforeFirst(tag: string, html: string, insert: string): string {
  return insertAt(html.indexOf(tag), tag, html, insert);
}

function beforeLast(tag: string, html: string, insert: string): string {
  return insertAt(html.lastIndexOf(tag), tag, html, insert);
}

function insertAt(index: number, tag: string, html: string, insert: string): string {
  if (index < 0) throw new Error(`Cannot insert what UI modules need in their page: it has no ${tag}`);
  return `${html.slice(0, index)}${insert}\n${html.slice(index)}`;
}

/**
 * Tells whether a URL begins with a slash, `http:` or `https:`; any other names a static file. Tornado's `is_absolute`.
 *
 * @example
 * ```ts
 * import { isAbsolute } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(["/a.js", "https://example.com/a.js", "a.js"].map(isAbsolute), [true, true, false]);
 * ```
 */
export function isAbsolute(path: string): boolean {
  return path.startsWith("/") || path.startsWith("http:") || path.startsWith("https:");
}
