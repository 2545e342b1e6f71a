// What the pages say of the project's files and tasks is so.
import { assertEquals } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { entries, projectRoot, sourceFiles } from "../tools/project.ts";
import { test } from "./support/test.ts";

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "examples/README.md",
  "examples/chat/README.md",
  "examples/websocket_chat/README.md",
];
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
