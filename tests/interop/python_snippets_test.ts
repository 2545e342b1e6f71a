// Templates as people write them, and what is rare in Python, on Tornado and here: equal output, or the same exception
// with the same text.
import { assertEquals } from "@std/assert";
import { python } from "../../src/template/python.ts";
import { test } from "../support/test.ts";
import { NAMESPACE } from "./python_generator.ts";
import type { TemplateCase } from "./template_generator.ts";
import { differences } from "./tornado_templates.ts";

/** The templates of a file, one in each line, in which an arrow stands for a line end. */
async function templates(name: string): Promise<string[]> {
  const text = await Deno.readTextFile(new URL(`./data/${name}`, import.meta.url));
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("##")).map((line) =>
    line.replaceAll("↵", "\n")
  );
}

test("templates of Python: each of those written out gives what Tornado gives", async () => {
  const sources = await templates("python_snippets.txt");
  const cases = sources.map((source): TemplateCase => ({
    files: { "page.txt": source },
    entry: "page.txt",
    namespace: NAMESPACE,
    options: { autoescape: null },
  }));
  assertEquals(await differences(cases, python), []);
  console.info(`${cases.length} of ${cases.length} templates`);
}, { deadline: 120 });
