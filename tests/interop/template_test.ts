// Random templates on Tornado and here: equal output, or an error of the same kind in the same line.
import { assert } from "@std/assert";
import { DictLoader, ExpressionSyntaxError, LoadError, ParseError, RenderError } from "../../src/template/mod.ts";
import { fuzzSeed, fuzzTimes } from "../support/fuzz.ts";
import { askPython } from "../support/python.ts";
import { test } from "../support/test.ts";
import { generateCase, type TemplateCase } from "./template_generator.ts";

interface Failure {
  readonly error: string;
  readonly line?: number;
  readonly file?: string;
  readonly via?: readonly string[];
}

type Result = string | Failure;

const HELPERS = {
  shout: (text: string) => text.toUpperCase(),
  brackets: (text: string) => `[${text}]`,
  twice: (text: string) => text + text,
  trim: (text: string) => text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ""),
  join2: (a: string, b: string) => `${a}-${b}`,
  add: (a: number, b: number) => a + b,
  ident: (value: unknown) => value,
  wrapper: (left: string, right: string) => (text: string) => left + text + right,
  boom: () => {
    throw new Error("boom");
  },
  _tt_modules: { Greet: (name: string) => `<p>Hi ${name}</p>`, Rule: () => "<hr>" },
};

function kindOf(error: unknown): string {
  if (error instanceof ParseError) return "parse";
  if (error instanceof ExpressionSyntaxError) return "syntax";
  if (error instanceof LoadError) return "load";
  return error instanceof RenderError ? "runtime" : String(error);
}

function run({ files, entry, namespace, options }: TemplateCase): Result {
  try {
    const template = new DictLoader(files, { ...options, namespace: HELPERS }).load(entry);
    const output = template.generate(namespace);
    const pieces = [...template.chunks(namespace, { chunkSize: 7 })].join("");
    return pieces === output ? output : `in pieces: ${pieces}`;
  } catch (error) {
    if (!(error instanceof Error && "lineno" in error && "filename" in error && "via" in error)) throw error;
    return {
      error: kindOf(error),
      line: Number(error.lineno),
      file: String(error.filename),
      via: Array.isArray(error.via) ? error.via.map(({ filename, lineno }) => `${filename}:${lineno}`) : [],
    };
  }
}

function isSame(own: Result, tornado: Result): boolean {
  if (typeof own === "string" || typeof tornado === "string") return own === tornado;
  if (own.error !== tornado.error) return false;
  // Where Tornado names no place, or names one for us to go by only roughly, the kind is what counts.
  if (tornado.line === undefined || tornado.error === "syntax" || tornado.error === "load") return true;
  return own.line === tornado.line && own.file === tornado.file &&
    (tornado.error !== "runtime" || String(own.via) === String(tornado.via));
}

function runTornado(cases: readonly TemplateCase[]): Promise<Result[]> {
  return askPython([new URL("./template_oracle.py", import.meta.url).pathname], cases);
}

test("templates: random ones give what Tornado gives", async () => {
  const seed = fuzzSeed();
  const cases = Array.from({ length: fuzzTimes(2_500) }, (_, n) => generateCase(seed + n));
  const tornado = await runTornado(cases);
  const kinds = new Map<string, number>();
  cases.forEach((one, n) => {
    const expected = tornado[n] ?? "";
    const kind = typeof expected === "string" ? "output" : expected.error;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    const own = run(one);
    assert(
      isSame(own, expected),
      `seed ${seed + n}\n${JSON.stringify(one.files, null, 1)}\n${JSON.stringify(one.options)}, entry ${one.entry}\n` +
        `Tornado ${JSON.stringify(expected)}\nhere    ${JSON.stringify(own)}`,
    );
  });
  // A generator that makes nothing but errors would prove little.
  assert((kinds.get("output") ?? 0) > cases.length / 2, `from seed ${seed}: ${JSON.stringify([...kinds])}`);
}, { deadline: 120 });
