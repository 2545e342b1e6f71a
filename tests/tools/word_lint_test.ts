import { assert, assertEquals } from "@std/assert";
import { docComments, findPhrases, lintColumns, lintProse, MAX_COLUMNS, wrapComments } from "../../tools/word_lint.ts";
import { WORD_RULES } from "../../tools/word_rules.ts";
import { test } from "../support/test.ts";

const lines = (...texts: string[]) => texts.map((text, i) => ({ number: i + 1, text }));

test("word lint: each rule finds its wrong sentence, and none finds its right one", () => {
  for (const { pattern, instead, wrong, right } of WORD_RULES) {
    const found = findPhrases(lines(wrong));
    assert(found.some(({ message }) => message.endsWith(`: ${instead}`)), `${pattern} does not find: ${wrong}`);
    assertEquals(findPhrases(lines(right)), [], `finds something in: ${right}`);
  }
});

test("word lint: a phrase is found over a line's end, and on its line", () => {
  assertEquals(findPhrases(lines("All is well. What", "was written may be no file,", "and it is", "no file.")), [
    { line: 1, message: `"What": ${"open with a verb or the thing itself: Tells whether, Returns the, The ... that"}` },
    { line: 3, message: '"is no": is not a' },
  ]);
});

test("word lint: code is not prose", () => {
  assertEquals(findPhrases(lines("Returns `is no file` of {@linkcode nobody} and https://example.com/nobody.")), []);
  const page = ["Good.", "", "```ts", "// Nobody is no file", "```", "", "| nobody | `x` |", "", "Nobody."].join("\n");
  assertEquals(lintProse("docs/a.md", page).map(({ line }) => line), [9]);
});

test("word lint: only doc comments of what is exported are public", () => {
  const source = [
    "/** One. */",
    "export class A {",
    "  /** Two. */",
    "  x = 1;",
    "  /** Private. */",
    "  #y = 2;",
    "  // Not a doc comment.",
    "}",
    "/** Inner. */",
    "function b(): void {}",
    "interface C {",
    "  /** Inner. */",
    "  z: number;",
    "}",
  ].join("\n");
  assertEquals(docComments(source).map(([line]) => line.text), ["One.", "Two."]);
});

test("word lint: a flag and a function tell whether, and a number is not how many", () => {
  const source = [
    ...["/** Whether one. */", "export const one = true;", "export interface A {"],
    ...["  /** Whether two. */", "  readonly two?: boolean;", "  /** Whether three. */", "  get three(): boolean;"],
    ...["  /** Whether four. */", "  four(): boolean;", "}", "/** Whether five. */", "export function five(): void;"],
    ...["/** Tells whether six. */", "export const six = 6;", "/** How many. */", "export const seven = 7;"],
  ];
  assertEquals(lintProse("src/a.ts", source.join("\n")).map(({ line }) => line), [1, 4, 6, 8, 11, 15]);
});

test("word lint: tags begin a paragraph, and what they say of a parameter is not a sentence", () => {
  const source = [
    "/**",
    " * Opens.",
    " *",
    " * @param a Whether it is open.",
    " * @returns Whether it was.",
    " */",
    "export {};",
  ];
  assertEquals(lintProse("src/a.ts", source.join("\n")), []);
});

test("word lint: long lines of comments are found and broken, and code stays", () => {
  const long = Array.from({ length: 40 }, (_, i) => `word${i}`).join(" ");
  const source = [
    `/** ${long} */`,
    "const a = 1;",
    "/**",
    ` * ${long}`,
    " * and the end.",
    " *",
    ` * - ${long}`,
    " * - another",
    " */",
    `  // ${long}`,
    "  // and the end.",
    `// ${"x".repeat(110)} {@linkcode some thing}`,
    `const b = "${long} ${long}";`,
    " * ```ts",
    ` * ${long} // ${long}`,
    " * ```",
  ].join("\n");
  assertEquals(lintColumns("a.ts", source).map(({ line }) => line), [1, 4, 7, 10, 12, 15]);
  const wrapped = wrapComments(source);
  const kept = (text: string) =>
    text.replaceAll(/^\s*(?:\/\/|\/\*\*|\*\/?)/gm, "").split(/\s+/).filter((word) => word !== "");
  assertEquals(kept(wrapped.replaceAll("*/", "")), kept(source.replaceAll("*/", "")));
  assertEquals(
    wrapped.split("\n").filter((line) =>
      line.length > MAX_COLUMNS && !line.includes("//") && !line.startsWith("const")
    ),
    [],
  );
  assertEquals(lintColumns("a.ts", wrapped).length, 1);
  assert(wrapped.includes("\n// {@linkcode some thing}\n"));
  assertEquals(wrapComments(wrapped), wrapped);
});
