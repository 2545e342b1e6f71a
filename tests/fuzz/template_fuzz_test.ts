// Mutated templates: each is taken or refused with one of the documented errors, and none takes long.
// All 100,000: FUZZ_TIMES=100000 deno test -A tests/fuzz/template_fuzz_test.ts
import { assert } from "@std/assert";
import { DictLoader, TemplateError } from "../../src/template/mod.ts";
import cases from "../template/data/template_cases.json" with { type: "json" };
import { fuzzSeed, fuzzTimes, mutateText } from "../support/fuzz.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";

/** What the issue of a hang or of quadratic time would be: these inputs have some hundred characters. */
const MOST_MILLISECONDS = 1_000;

const PIECES = [
  "{{",
  "}}",
  "{%",
  "%}",
  "{#",
  "#}",
  "{{ ",
  " }}",
  "{% ",
  " %}",
  "{{!",
  "{%!",
  "{",
  "}",
  "%",
  "#",
  "!",
  '"',
  "'",
  "`",
  "\\",
  "\n",
  "\r",
  "\t",
  " ",
  "\0",
  "\u2028",
  "\ufeff",
  "\ud800",
  "é",
  "(",
  ")",
  "[",
  "]",
  ",",
  ";",
  ":",
  ".",
  "...",
  "?.",
  "??=",
  "=>",
  "=",
  "+",
  "+=",
  "++",
  "-->",
  "<!--",
  "//",
  "/*",
  "*/",
  "/",
  "${",
  "0",
  "08",
  "1e999",
  "1n",
  "if ",
  "elif ",
  "else",
  "end",
  "for ",
  " in ",
  " of ",
  "while ",
  "try",
  "except ",
  " as ",
  "finally",
  "set ",
  "block ",
  "extends ",
  "include ",
  "apply ",
  "module ",
  "raw ",
  "import ",
  "from ",
  "autoescape ",
  "whitespace ",
  "comment ",
  "break",
  "continue",
  "None",
  "main",
  "part",
  "x",
  "xs",
  "this",
  "await ",
  "yield ",
  "async ",
  "function ",
  "class ",
  "let ",
  "var ",
  "new ",
  "delete ",
  "typeof ",
  "void ",
  "import(",
  "super",
  "arguments",
  "eval",
  "__proto__",
  "constructor",
  "_t$o",
  "_t$p",
  "_tt_modules",
  "{{ x }}",
  "{% end %}",
  "{% if x %}",
  "{% for x in xs %}",
  "{% block b %}",
  "{% apply f %}",
  "{% include part %}",
  "{% extends part %}",
  "{% try %}{% except %}",
  "/[/]/u",
  "({a, b: [c]})",
  "() => {",
  "x => y",
  "`${x}`",
  "'\\01'",
  "#p",
  "@d",
  "<b>",
  "<pre>",
  "&",
];

const NAMESPACE = {
  x: 1,
  y: "<a>",
  xs: [1, 2],
  s: "text",
  d: { k: "v" },
  f: (text: string) => text,
  _tt_modules: { M: () => "" },
};

test("Template: mutated sources end in a template or in a documented error, soon", () => {
  const seed = fuzzSeed();
  const times = fuzzTimes(5_000);
  const sources = cases.cases.flatMap(({ files }) => Object.values(files)).filter((source) => source !== undefined);
  const slowest = { time: 0, source: "" };
  const ends = new Map<string, number>();
  for (let n = 0; n < times; n++) {
    const random = new Random(seed + n);
    const mutated = () => mutateText(random, random.pick(sources), { pieces: PIECES, others: sources, most: 6 });
    const source = mutated();
    const part = random.below(4) === 0 ? mutated() : "p{{ x }}{% block b %}{% end %}";
    const start = performance.now();
    let end = "compiled";
    try {
      const template = new DictLoader({ main: source, part }).load("main");
      // Reading the property compiles. What loops on purpose is not run.
      if (!template.isAsync && !`${source}${part}`.includes("while")) {
        template.generate(NAMESPACE);
        end = "rendered";
      }
    } catch (error) {
      if (!(error instanceof TemplateError)) {
        throw new Error(`seed ${seed + n}: ${JSON.stringify({ source, part })}`, { cause: error });
      }
      end = error.name;
    }
    ends.set(end, (ends.get(end) ?? 0) + 1);
    const time = performance.now() - start;
    if (time > slowest.time) Object.assign(slowest, { time, source });
  }
  console.info(`${times} inputs, the slowest ${slowest.time.toFixed(1)} ms: ${JSON.stringify([...ends])}`);
  assert(slowest.time < MOST_MILLISECONDS, JSON.stringify(slowest));
});
