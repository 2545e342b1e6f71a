/**
 * Templates on Tornado and here: equal output, or an error of the same kind in the same line.
 *
 * @module
 */
import { assert } from "@std/assert";
import {
  DictLoader,
  type ExpressionLanguage,
  ExpressionSyntaxError,
  LoadError,
  ParseError,
  RenderError,
} from "../../src/template/mod.ts";
import { askPython } from "../support/python.ts";
import type { TemplateCase } from "./template_generator.ts";

interface Failure {
  readonly error: string;
  readonly line?: number;
  readonly file?: string;
  readonly via?: readonly string[];
  /** The class of what was thrown while rendering. */
  readonly exception?: string;
  /** Its text. */
  readonly message?: string;
}

type Result = string | Failure;

const HELPERS = {
  shout: (text: string) => text.toUpperCase(),
  brackets: (text: string) => `[${text}]`,
  twice: (text: string) => text + text,
  trim: (text: string) => text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ""),
  join2: Object.assign((a: string, b: string) => `${a}-${b}`, { params: ["a", "b"] }),
  add: (a: number, b: number) => a + b,
  ident: (value: unknown) => value,
  wrapper: (left: string, right: string) => (text: string) => left + text + right,
  boom: () => {
    throw new Error("boom");
  },
  _tt_modules: {
    Greet: Object.assign((name: string) => `<p>Hi ${name}</p>`, { params: ["name"] }),
    Rule: () => "<hr>",
  },
};

function kindOf(error: unknown): string {
  if (error instanceof ParseError) return "parse";
  if (error instanceof ExpressionSyntaxError) return "syntax";
  if (error instanceof LoadError) return "load";
  return error instanceof RenderError ? "runtime" : String(error);
}

function run({ files, entry, namespace, options }: TemplateCase, language: ExpressionLanguage): Result {
  try {
    const template = new DictLoader(files, { ...options, namespace: HELPERS, language }).load(entry);
    // Of its own each time: a template of Python may change what it is given.
    const output = template.generate(structuredClone(namespace));
    const pieces = [...template.chunks(structuredClone(namespace), { chunkSize: 7 })].join("");
    return pieces === output ? output : `in pieces: ${pieces}`;
  } catch (error) {
    if (!(error instanceof Error && "lineno" in error && "filename" in error && "via" in error)) throw error;
    return {
      error: kindOf(error),
      line: Number(error.lineno),
      file: String(error.filename),
      via: Array.isArray(error.via) ? error.via.map(({ filename, lineno }) => `${filename}:${lineno}`) : [],
      exception: error.cause instanceof Error ? error.cause.name : "",
      message: error.cause instanceof Error ? error.cause.message : "",
    };
  }
}

/** Tells whether a line is within the tag that begins in another one: Tornado names the first line of a tag. */
function isInTag(source: string, first: number, line: number): boolean {
  const before = source.split("\n").slice(first - 1, line - 1).join("\n");
  return line === first || (line > first && /\{[{%](?:(?![%}]\})[^])*$/.test(before));
}

function isSame(own: Result, tornado: Result, { files }: TemplateCase): boolean {
  if (typeof own === "string" || typeof tornado === "string") return own === tornado;
  if (own.error !== tornado.error) return false;
  // Where Tornado names no place, or names one for us to go by only roughly, the kind is what counts.
  if (tornado.line === undefined || tornado.error === "syntax" || tornado.error === "load") return true;
  const source = files[tornado.file ?? ""] ?? "";
  return isInTag(source, tornado.line, own.line ?? 0) && own.file === tornado.file &&
    (tornado.error !== "runtime" || String(own.via) === String(tornado.via));
}

function runTornado(cases: readonly TemplateCase[]): Promise<Result[]> {
  return askPython([new URL("./template_oracle.py", import.meta.url).pathname], cases);
}

/**
 * Compares what becomes of templates that are written out.
 *
 * @param hasTexts Compares the texts of exceptions as well.
 * @returns What differs, as text.
 */
export async function differences(
  cases: readonly TemplateCase[],
  language: ExpressionLanguage,
  hasTexts: boolean = true,
): Promise<string[]> {
  const tornado = await runTornado(cases);
  return cases.flatMap((one, n) => {
    const expected = tornado[n] ?? "";
    const own = run(one, language);
    const isSameText = typeof own === "string" || typeof expected === "string" || expected.error !== "runtime" ||
      (isSameException(own.exception ?? "", expected.exception ?? "") &&
        (!hasTexts || own.message === expected.message));
    if (isSameText && isSame(own, expected, one)) return [];
    return [`${one.files[one.entry]}\nTornado ${JSON.stringify(expected)}\nhere    ${JSON.stringify(own)}`];
  });
}

/** Names of errors of JavaScript that stand for exceptions of Python. */
const STANDS_FOR: Readonly<Record<string, readonly string[]>> = {
  ReferenceError: ["NameError", "UnboundLocalError", "ModuleNotFoundError", "ImportError"],
  Error: ["RuntimeError"],
};

/** Tells whether an error is the exception that Tornado ends in. */
export function isSameException(own: string, tornado: string): boolean {
  return own === tornado || (STANDS_FOR[own]?.includes(tornado) ?? false);
}

/**
 * Compares what becomes of random templates.
 *
 * @param makeCase Makes a template of a seed.
 * @param isSameFault Tells whether two errors while rendering are of the same kind, beyond their place.
 */
export async function compareWithTornado(
  { seed, times, language, makeCase, isSameFault = () => true }: {
    readonly seed: number;
    readonly times: number;
    readonly language: ExpressionLanguage;
    readonly makeCase: (seed: number) => TemplateCase;
    readonly isSameFault?: (own: string, tornado: string) => boolean;
  },
): Promise<void> {
  const cases = Array.from({ length: times }, (_, n) => makeCase(seed + n));
  const tornado = await runTornado(cases);
  const kinds = new Map<string, number>();
  cases.forEach((one, n) => {
    const expected = tornado[n] ?? "";
    const kind = typeof expected === "string" ? "output" : expected.error;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    const own = run(one, language);
    const isSameKind = typeof own === "string" || typeof expected === "string" || expected.error !== "runtime" ||
      isSameFault(own.exception ?? "", expected.exception ?? "");
    assert(
      isSameKind && isSame(own, expected, one),
      `seed ${seed + n}\n${JSON.stringify(one.files, null, 1)}\n${JSON.stringify(one.options)}, entry ${one.entry}\n` +
        `Tornado ${JSON.stringify(expected)}\nhere    ${JSON.stringify(own)}`,
    );
  });
  // A generator that makes nothing but errors would prove little.
  assert((kinds.get("output") ?? 0) > cases.length / 2, `from seed ${seed}: ${JSON.stringify([...kinds])}`);
  console.info(`${times} of ${times} templates: ${JSON.stringify([...kinds])}`);
}
