// The guide for the API site: which pages in which order, with titles for the site, and links that work there.
import { projectRoot } from "./project.ts";

/** Chapters of the guide with their pages, in the order of the site. */
export const GUIDE: Readonly<Record<string, readonly string[]>> = {
  "First steps": ["tutorial", "handlers", "routing", "templates", "rendering", "testing", "types"],
  "Coming from": ["porting", "differences", "templates_python", "coming_from", "ws", "faq"],
  "Forms and files": [
    "cookies",
    "sessions",
    "auth",
    "static_files",
    "uploads",
    "databases",
    "typed_handlers",
    "locale",
  ],
  "Real time": ["websocket", "event_streams", "pubsub", "realtime", "scaling"],
  "Asynchronous": ["async", "coroutines", "queues", "httpclient", "tcp", "tcpclient"],
  "In production": [
    "deployment",
    "running",
    "options",
    "logging",
    "operations",
    "limits",
    "security",
    "processes",
    "proxy",
    "autoreload",
    "troubleshooting",
    "errors",
  ],
  "How it works": ["engines", "transport", "benchmarks"],
};

/** The names of all pages, in the order of the guide. */
export function guidePages(): string[] {
  return Object.values(GUIDE).flat();
}

/**
 * Writes the pages and the README with what TypeDoc wants of them into a folder.
 *
 * @returns The files of the pages, in the order of the guide.
 */
export async function writeGuide(folder: string): Promise<string[]> {
  await Deno.mkdir(`${folder}/docs`, { recursive: true });
  const readme = await Deno.readTextFile(`${projectRoot}README.md`);
  await Deno.writeTextFile(`${folder}/README.md`, linked(readme.replace(/^# .+\n+/, "")));
  await Deno.copyFile(`${projectRoot}docs/chat.png`, `${folder}/docs/chat.png`);
  await Deno.mkdir(`${folder}/docs/benchmarks`);
  for (const { name } of Deno.readDirSync(`${projectRoot}docs/benchmarks`)) {
    await Deno.copyFile(`${projectRoot}docs/benchmarks/${name}`, `${folder}/docs/benchmarks/${name}`);
  }
  const files: string[] = [];
  const written = Array.from(Deno.readDirSync(`${projectRoot}docs`), ({ name }) => name)
    .filter((name) => name.endsWith(".md")).map((name) => name.slice(0, -".md".length));
  const others = written.filter((page) => !guidePages().includes(page)).sort();
  for (const [chapter, pages] of Object.entries({ ...GUIDE, "Other pages": others })) {
    for (const page of pages) {
      if (!written.includes(page)) continue;
      const text = await Deno.readTextFile(`${projectRoot}docs/${page}.md`);
      const title = (/^# (.+)$/m.exec(text)?.[1] ?? page).replaceAll("`", "");
      const file = `${folder}/docs/${page}.md`;
      const head = `---\ntitle: ${JSON.stringify(title)}\ncategory: ${chapter}\n---\n\n`;
      await Deno.writeTextFile(file, head + linked(text));
      files.push(file);
    }
  }
  return files;
}

/** Makes text of the links to files that are not on the site, such as examples. */
function linked(text: string): string {
  return text.replace(/(?<!!)\[([^\]]+)\]\((?!https?:|#)([^)]*)\)/g, (link, words: string, target: string) => {
    return /^(?:docs\/)?\w+\.(?:md|png)(?:#|$)/.test(target) && !/^[A-Z]/.test(target) ? link : words;
  });
}
