// Crawls the API site: every link within it leads to a file, and to a place that the file has.

/** The links of a page, without those to other sites. */
const LINK = /\bhref="(?![a-z]+:)([^"]*)"/g;

/** Links to a file that was taken for a host. */
const FILE_AS_HOST = /\bhref="https?:\/\/[\w-]+\.(?:md|ts)\b[^"]*"/gi;

/** Returns the links of all pages of a site that lead nowhere, as `page: link`. */
export function deadLinks(site: string): string[] {
  const pages = new Map(
    files(site).map((path) => [path, path.endsWith(".html") ? Deno.readTextFileSync(`${site}/${path}`) : null]),
  );
  const places = new Map<string, Set<string>>();
  const dead: string[] = [];
  for (const [page, text] of pages) {
    for (const [link] of text?.matchAll(FILE_AS_HOST) ?? []) dead.push(`${page}: ${link}`);
    for (const link of new Set(Array.from(text?.matchAll(LINK) ?? [], ([, link = ""]) => link))) {
      const { pathname, hash } = new URL(link.replaceAll("&amp;", "&"), `file:///${page}`);
      const target = decodeURIComponent(pathname.slice(1));
      // Its places are made by the script of the page.
      if (target === "hierarchy.html") continue;
      const found = pages.get(target);
      if (found === undefined) dead.push(`${page}: ${link}`);
      else if (found !== null && hash.length > 1) {
        let ids = places.get(target);
        if (ids === undefined) {
          ids = new Set(Array.from(found.matchAll(/\bid="([^"]+)"/g), ([, id = ""]) => id));
          places.set(target, ids);
        }
        if (!ids.has(decodeURIComponent(hash.slice(1)))) dead.push(`${page}: ${link}`);
      }
    }
  }
  return dead;
}

function files(site: string, folder = ""): string[] {
  return Array.from(Deno.readDirSync(`${site}/${folder}`)).flatMap(({ name, isDirectory }) =>
    isDirectory ? files(site, `${folder}${name}/`) : [`${folder}${name}`]
  );
}
