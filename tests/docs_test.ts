// What the pages say of the project's files and tasks is so.
import { assertEquals } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { guidePages } from "../tools/docs_guide.ts";
import { entries, projectRoot, sourceFiles } from "../tools/project.ts";
import { test } from "./support/test.ts";

const pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "examples/README.md"];
for (const { name, isDirectory } of Deno.readDirSync(`${projectRoot}/examples`)) {
  if (isDirectory && name !== "shared") pages.push(`examples/${name}/README.md`);
}
for (const { name } of Deno.readDirSync(`${projectRoot}/docs`)) if (name.endsWith(".md")) pages.push(`docs/${name}`);
pages.sort();

const texts = new Map(pages.map((page) => [page, Deno.readTextFileSync(`${projectRoot}/${page}`)]));

function exists(path: string): boolean {
  try {
    return Deno.statSync(path) !== null;
  } catch {
    return false;
  }
}

test("docs: relative links lead to files", () => {
  const dead: string[] = [];
  for (const [page, text] of texts) {
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (!exists(new URL(target, `file://${projectRoot}${page}`).pathname)) dead.push(`${page}: ${target}`);
    }
  }
  assertEquals(dead, []);
});

test("docs: pages that are published lead to files that are published", () => {
  const isPublished = (path: string) =>
    config.publish.include.some((name) => path === name || path.startsWith(`${name}/`) || /^docs\/\w+\.md$/.test(path));
  const others: string[] = [];
  for (const [page, text] of texts) {
    if (!isPublished(page)) continue;
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)) {
      const path = new URL(target, `file:///${page}`).pathname.slice(1);
      if (!isPublished(path)) others.push(`${page}: ${target}`);
    }
  }
  assertEquals(others, []);
});

test("docs: tasks that are named exist", () => {
  const unknown: string[] = [];
  for (const [page, text] of texts) {
    for (const [, task = ""] of text.matchAll(/deno(?:@[\d.]+)? task ([a-z][\w:-]*)/g)) {
      if (!(task in config.tasks)) unknown.push(`${page}: ${task}`);
    }
  }
  assertEquals(unknown, []);
});

test("docs: source files that CONTRIBUTING.md names exist", () => {
  const sources = [...sourceFiles("src"), ...sourceFiles("tests"), ...sourceFiles("examples"), ...sourceFiles("tools")];
  const named = (texts.get("CONTRIBUTING.md") ?? "").matchAll(/`([\w./-]+\.ts)`/g);
  const missing = Array.from(named, ([, name = ""]) => name).filter((name) =>
    !sources.some((path) => path === name || path.endsWith(`/${name}`))
  );
  assertEquals(missing, []);
});

test("docs: the table of README.md has every entry", () => {
  const readme = texts.get("README.md") ?? "";
  const missing = Object.keys(entries).filter((entry) => entry !== "." && !readme.includes(`\`${entry}\``));
  assertEquals(missing, []);
});

test("docs: README.md leads to every page of the guide", () => {
  const readme = texts.get("README.md") ?? "";
  // The site has these as well, which are for those who change Twister.
  const inner = ["transport", "benchmarks"];
  const missing = guidePages().filter((page) => !inner.includes(page) && !readme.includes(`(docs/${page}.md`));
  assertEquals(missing, []);
});

test("docs: each example has a README of five lines or more, and is in the list of examples", () => {
  const list = texts.get("examples/README.md") ?? "";
  const examples = pages.flatMap((page) => /^examples\/(\w+)\/README\.md$/.exec(page)?.[1] ?? []);
  const short = examples.filter((name) =>
    (texts.get(`examples/${name}/README.md`) ?? "").trim().split("\n").length < 5
  );
  assertEquals([short, examples.filter((name) => !list.includes(`(${name}/README.md)`))], [[], []]);
});

test("docs: headings that links name exist", () => {
  const dead: string[] = [];
  for (const [page, text] of texts) {
    for (const [, target = "", heading = ""] of text.matchAll(/\]\((?!https?:)([^)#\s]*)#([^)]+)\)/g)) {
      const path = target === "" ? page : new URL(target, `file:///${page}`).pathname.slice(1);
      const linked = texts.get(path);
      if (linked !== undefined && !headings(linked).includes(heading)) dead.push(`${page}: ${target}#${heading}`);
    }
  }
  assertEquals(dead, []);
});

/** The names of a page's headings in links, as code hosts make them. */
function headings(text: string): string[] {
  return Array.from(
    text.replace(/```.*?```/gs, "").matchAll(/^#+ (.+)$/gm),
    ([, title = ""]) => title.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").trim().replaceAll(" ", "-"),
  );
}
