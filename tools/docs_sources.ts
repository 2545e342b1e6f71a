// The sources on the API site: a page for each file, to whose lines "Defined in" leads.
import { projectRoot } from "./project.ts";

/**
 * Writes the source files that the pages of a site name beside them, and leads the links there. The plugin of TypeDoc
 * lets links to sources begin with `source:`, since it does not know the page that they stand on.
 *
 * @param site The folder of the site.
 * @returns The number of files.
 */
export async function linkSources(site: string): Promise<number> {
  const named = new Set<string>();
  for (const page of htmlFiles(site)) {
    const text = await Deno.readTextFile(`${site}/${page}`);
    const up = "../".repeat(page.split("/").length - 1);
    const linked = text.replace(/href="source:([^"#]+)#L(\d+)"/g, (_, file: string, line: string) => {
      named.add(file);
      return `href="${up}sources/${file}.html#L${line}"`;
    });
    if (linked !== text) await Deno.writeTextFile(`${site}/${page}`, linked);
  }
  for (const file of named) {
    const path = `${site}/sources/${file}.html`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, sourcePage(file, await Deno.readTextFile(`${projectRoot}${file}`)));
  }
  return named.size;
}

function htmlFiles(site: string, folder = ""): string[] {
  return Array.from(Deno.readDirSync(`${site}/${folder}`)).flatMap(({ name, isDirectory }) => {
    const path = `${folder}${name}`;
    if (isDirectory) return htmlFiles(site, `${path}/`);
    return name.endsWith(".html") ? [path] : [];
  });
}

function sourcePage(file: string, source: string): string {
  const up = "../".repeat(file.split("/").length);
  const lines = source.trimEnd().split("\n").map((line, i) => `<span id="L${i + 1}">${escaped(line)}\n</span>`);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${file}</title>
<link rel="icon" href="${up}assets/favicon.svg" type="image/svg+xml">
<style>
:root { color-scheme: light dark; font: 16px/1.45 system-ui, sans-serif }
body { margin: 0; background: light-dark(#fff, #1e2024); color: light-dark(#222, #e6e6e6) }
header { padding: 0.8rem 1rem; border-bottom: 1px solid light-dark(#ddd, #3a3d44) }
a { color: light-dark(#1f5fd0, #82aaff) }
pre { margin: 0; padding: 1rem 0; overflow-x: auto; font: 0.85rem/1.5 ui-monospace, monospace; counter-reset: line }
pre span { display: block; padding: 0 1rem 0 4.5rem; position: relative }
pre span::before { counter-increment: line; content: counter(line); position: absolute; left: 0; width: 3.5rem;
  text-align: right; color: light-dark(#777, #999) }
pre span:target { background: light-dark(#fff3c4, #4a4320) }
</style>
</head>
<body>
<header><a href="${up}index.html">Twister</a> / ${file}</header>
<pre>${lines.join("")}</pre>
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
