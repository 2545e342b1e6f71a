// What the pages say of the project's files, tasks and messages is so.
import { assertEquals } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { guidePages } from "../tools/docs_guide.ts";
import { entries, projectRoot, sourceFiles } from "../tools/project.ts";
import { test } from "./support/test.ts";
import { thrownTexts } from "./tools/thrown_texts.ts";

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

/** A line of the log, from WARNING up, with a text of its own. */
interface Line {
  readonly file: string;
  /** The longest part without a value in it. */
  readonly text: string;
}

/** What is shorter says little on its own, such as the colon between two values. */
const SHORTEST = 12;

/** The lines of all modules, sorted by file. */
function logLines(): Line[] {
  const call = /\b(?:genLog|appLog|accessLog)\.(?:warning|error|exception|critical)\(\s*(?:"([^"]*)"|`([^`]*)`)/g;
  return sourceFiles("src").flatMap((file) =>
    [...Deno.readTextFileSync(`${projectRoot}${file}`).matchAll(call)].map(([, plain, template]) => {
      const parts = (plain ?? template ?? "").split(/%[a-z]|'%s'|\$\{[^}]*\}/).map((part) => part.trim());
      return { file, text: parts.reduce((long, part) => part.length > long.length ? part : long, "") };
    }).filter(({ text }) => text.length >= SHORTEST)
  );
}

test("docs: troubleshooting.md explains every warning and error of the log", () => {
  const page = Deno.readTextFileSync(`${projectRoot}docs/troubleshooting.md`).replace(/\s+/g, " ");
  const lines = logLines();
  assertEquals(lines.length > 60, true, `${lines.length} lines were found`);
  const unexplained = lines.filter(({ text }) => !page.includes(text.replace(/[:,(]+$/, "").trim()));
  assertEquals(unexplained.map(({ file, text }) => `${file}: ${text}`), []);
});

/** A text as docs/errors.md has it. */
function inPage(text: string): string {
  return text.replaceAll("%s", "…").replace(/\s+/g, " ").trim().replace(/,$/, "");
}

test("docs: errors.md has every text that is thrown, and no other", () => {
  // Values and names of errors have no words. The errors of Python's names and operators have the texts of Python.
  const thrown = thrownTexts("src").filter(({ error, text }) =>
    error !== "PythonError" && /[a-z]{2} \S|… \w/.test(text)
  );
  const page = Deno.readTextFileSync(`${projectRoot}docs/errors.md`);
  const listed = new Set(Array.from(page.matchAll(/^ {2}- (`+)([^]*?)\1\n/gm), ([, , text = ""]) => inPage(text)));
  assertEquals(listed.size > 600, true, `${listed.size} texts are listed`);
  const unexplained = thrown.filter(({ text }) => !listed.has(inPage(text)));
  assertEquals(unexplained.map(({ file, error, text }) => `${file}: ${error}: ${inPage(text)}`), []);
  const known = new Set(thrown.map(({ text }) => inPage(text)));
  assertEquals([...listed].filter((text) => !known.has(text)), []);
});
