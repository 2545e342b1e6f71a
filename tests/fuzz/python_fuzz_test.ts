// Mutated templates of Python: each is taken or refused with one of the documented errors, and none takes long.
// All 200,000: FUZZ_TIMES=200000 deno test -A tests/fuzz/python_fuzz_test.ts
import { assert } from "@std/assert";
import { DictLoader, TemplateError } from "../../src/template/mod.ts";
import { python } from "../../src/template/python.ts";
import { PythonError } from "../../src/template/_python/exceptions.ts";
import { parseJson } from "../../src/template/_python/json_parser.ts";
import { translatePattern } from "../../src/template/_python/re_pattern.ts";
import { assertLinear } from "../support/assert_linear.ts";
import { fuzzSeed, fuzzTimes, mutateText } from "../support/fuzz.ts";
import { Random } from "../support/random.ts";
import { test } from "../support/test.ts";
import cases from "../template/data/template_cases.json" with { type: "json" };

/** A hang, or quadratic time, would show in inputs of some hundred characters. */
const MOST_MILLISECONDS = 1_000;

const PIECES = (
  "{{ }} {% %} {# #} {{! ( ) [ ] { } , : ; . ... = == != < <= > >= := + - * ** / // % & | ^ ~ << >> -> @ ! += //= \\ ' \" " +
  "''' \"\"\" f' f'{x} f'{x!r:>{y}}' r' b' u'é' rb' %s %d %(k)s %5.2f {} {0} {0.k} {x!r} :>9 0 1 07 1_0 1__0 1e9 1e999 .5 0x1f " +
  "0b2 1j 10**9 None True False x xs d s y f _ é 𝕏 if elif else end for in while try except finally set import from block " +
  "extends include apply module raw break continue not and or is lambda del assert pass as with def class return await " +
  "yield async global __class__ __proto__ constructor globals() locals() range(9) len( str( sorted( dict( .items() .get( " +
  ".format( .join( .split( .append( [::-1] [1:2] *x **d key= (y:=1) datetime re json math"
).split(" ");

const NAMESPACE = () => ({
  x: 1,
  y: "<a>",
  xs: [1, 2],
  s: "text",
  d: { k: "v" },
  f: (text: string) => text,
  _tt_modules: { M: () => "" },
});

const PATTERNS: readonly ((n: number) => string)[] = [
  (n) => "(".repeat(n),
  (n) => `[${"-".repeat(n)}]`,
  (n) => "[".repeat(n),
  (n) => "\\d".repeat(n),
  (n) => "a{".repeat(n),
  (n) => "(?:a)".repeat(n),
  (n) => "(?P<a".repeat(n),
];

test("python: reading JSON and patterns takes time in proportion to their length", () => {
  const read = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof PythonError || error instanceof RangeError)) throw error;
    }
  };
  const texts: readonly ((n: number) => string)[] = [
    (n) => `[${"1,".repeat(n)}1]`,
    (n) => `{${'"a":[],'.repeat(n)}"b":1}`,
    (n) => `"${"\\n".repeat(n)}"`,
    (n) => `"${"\\u00e9".repeat(n)}`,
    (n) => "[".repeat(n),
    (n) => " ".repeat(n),
    (n) => "9".repeat(n),
  ];
  for (const make of texts) assertLinear(make, (text) => read(() => parseJson(text)), 4_000);
  for (const make of PATTERNS) assertLinear(make, (pattern) => read(() => translatePattern(pattern, 0)), 4_000);
});

test("python: the places of a tag with many lines take time in proportion to them", () => {
  assertLinear((n) => `{{ [${"x.y,\n".repeat(n / 8)}] }}`, (source) => {
    new DictLoader({ main: source }, { language: python }).load("main").check();
  }, 4_000);
});

test("python: mutated templates end in output or in a documented error, soon", () => {
  const seed = fuzzSeed();
  const times = fuzzTimes(5_000);
  const sources = cases.cases.filter(({ expr }) => expr === "python")
    .flatMap(({ files }) => Object.values(files)).filter((source) => source !== undefined);
  const pieces = PIECES.flatMap((piece) => [piece, ` ${piece} `]);
  const slowest = { time: 0, source: "" };
  const ends = new Map<string, number>();
  for (let n = 0; n < times; n++) {
    const random = new Random(seed + n);
    const source = mutateText(random, random.pick(sources), { pieces, others: sources, most: 6 });
    const start = performance.now();
    let end = "compiled";
    try {
      const template = new DictLoader({ main: source }, { language: python }).load("main");
      template.check();
      // What loops on purpose is not run.
      if (!/while|range|\*/.test(source)) {
        template.generate(NAMESPACE());
        end = "rendered";
      }
    } catch (error) {
      if (!(error instanceof TemplateError)) throw new Error(`seed ${seed + n}: ${source}`, { cause: error });
      end = error.name;
    }
    ends.set(end, (ends.get(end) ?? 0) + 1);
    const time = performance.now() - start;
    if (time > slowest.time) Object.assign(slowest, { time, source });
  }
  console.info(`${times} inputs, the slowest ${slowest.time.toFixed(1)} ms: ${JSON.stringify([...ends])}`);
  assert(slowest.time < MOST_MILLISECONDS, JSON.stringify(slowest));
}, { deadline: 600 });

const LONG: Readonly<Record<string, (n: number) => string>> = {
  "a sum": (n) => "x + ".repeat(n) + "x",
  "a list": (n) => `[${"x, ".repeat(n)}]`,
  "a dict": (n) => `{${"x: y, ".repeat(n)}}`,
  "a chain of comparisons": (n) => "x < ".repeat(n) + "x",
  "attributes": (n) => "x" + ".y".repeat(n),
  "a text": (n) => `"${"a\\n".repeat(n)}"`,
  "texts beside each other": (n) => "'a' ".repeat(n),
  "an f-string": (n) => `f"${"{x}a".repeat(n)}"`,
  "backslashes": (n) => "\\".repeat(n),
  "open quotes": (n) => "'".repeat(n),
  "open brackets": (n) => "(".repeat(n),
  "open fields": (n) => `f"${"{".repeat(n)}"`,
  "underscores": (n) => `1${"_".repeat(n)}`,
  "digits": (n) => "1".repeat(n),
  "assignments": (n) => "y = ".repeat(n) + "x",
  "statements": (n) => "y = x;".repeat(n),
  "blanks": (n) => "x" + " ".repeat(n),
  "semicolons": (n) => ";".repeat(n),
  "line ends": (n) => `(${"\n".repeat(n)}x)`,
  "commas": (n) => ",".repeat(n),
  "a list in lines": (n) => `[${"x,\n".repeat(n)}]`,
  "comprehensions": (n) => `[${"[x for x in x],".repeat(n / 8)}]`,
  "calls": (n) => `[${"x.f(x.g()),".repeat(n / 8)}]`,
};

for (const [name, make] of Object.entries(LONG)) {
  test(`python: compiling takes time in proportion to the length of ${name}`, () => {
    const compile = (source: string) => {
      for (const method of ["expression", "statement"] as const) {
        try {
          python[method](source);
        } catch (error) {
          if (!(error instanceof SyntaxError)) throw error;
        }
      }
    };
    // An expression has at most 65,536 characters.
    assertLinear(make, compile, 4_000);
  });
}
