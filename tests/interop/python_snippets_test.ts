// Templates as people write them, and what is rare in Python, on Tornado and here: equal output, or the same exception
// with the same text.
import { assertEquals } from "@std/assert";
import { python } from "../../src/template/python.ts";
import { test } from "../support/test.ts";
import { NAMESPACE } from "./python_generator.ts";
import type { TemplateCase } from "./template_generator.ts";
import { differences } from "./tornado_templates.ts";

/** The templates of a file, one in each line, in which an arrow stands for a line end. */
async function casesOf(name: string): Promise<TemplateCase[]> {
  const text = await Deno.readTextFile(new URL(`./data/${name}`, import.meta.url));
  const sources = text.split("\n").filter((line) => line !== "" && !line.startsWith("##"));
  return sources.map((source) => ({
    files: { "page.txt": source.replaceAll("↵", "\n") },
    entry: "page.txt",
    namespace: NAMESPACE,
    options: { autoescape: null },
  }));
}

test("templates of Python: each of those written out gives what Tornado gives", async () => {
  const cases = await casesOf("python_snippets.txt");
  assertEquals(await differences(cases, python), []);
  console.info(`${cases.length} of ${cases.length} templates`);
});

test(
  "templates of Python: functions, methods and operators give what Python gives, or raise what it raises",
  async () => {
    const cases = await casesOf("python_calls.txt");
    assertEquals(await differences(cases, python, false), []);
    console.info(`${cases.length} of ${cases.length} calls`);
  },
);
