// What the log says in plain words, docs/troubleshooting.md explains, and what is thrown, docs/errors.md.
import { assertEquals } from "@std/assert";
import { projectRoot, sourceFiles } from "../../tools/project.ts";
import { test } from "../support/test.ts";
import { thrownTexts } from "./thrown_texts.ts";

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

test("docs/troubleshooting.md explains every warning and error of the log", () => {
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

test("docs/errors.md has every text that is thrown, and no other", () => {
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
