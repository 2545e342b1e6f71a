// The templates of data/template_cases.json: what real Tornado makes of them, at run time and ahead of time, in both
// languages. The rules are those of the script that wrote it; TEMPLATE_CASES names another file of the same form.
import { assertEquals } from "@std/assert";
import {
  CompiledLoader,
  type CompiledTemplate,
  compileTemplates,
  DictLoader,
  type ExpressionLanguage,
  ExpressionSyntaxError,
  javascript,
  LoadError,
  ParseError,
  RenderError,
  TemplateError,
  type WhitespaceMode,
} from "../../src/template/mod.ts";
import { python } from "../../src/template/python.ts";
import { test } from "../support/test.ts";

interface Case {
  readonly id: string;
  readonly files: Readonly<Record<string, string>>;
  readonly entry: string;
  readonly namespace?: Readonly<Record<string, unknown>>;
  readonly options?: { readonly autoescape?: string | null; readonly whitespace?: WhitespaceMode };
  readonly expr: string;
  readonly tags?: readonly string[];
  readonly expect: string | Expected;
}

interface Expected {
  readonly error: string;
  readonly line?: number;
  readonly file?: string;
  readonly via?: readonly string[];
}

const path = Deno.env.get("TEMPLATE_CASES") ?? new URL("./data/template_cases.json", import.meta.url);
const { cases }: { cases: Case[] } = JSON.parse(await Deno.readTextFile(path));

/** What is written for a language: all for Python, and what means the same in JavaScript. */
function casesOf(language: ExpressionLanguage): Case[] {
  return cases.filter(({ expr, tags = [] }) => {
    // An object of JavaScript does not keep the order of keys that are numbers, nor a number all digits of an int.
    return language === python ? !tags.includes("value-limits") : expr === "neutral";
  });
}

class Boom extends Error {}

const HELPERS = {
  shout: (text: string) => text.toUpperCase(),
  brackets: (text: string) => `[${text}]`,
  twice: (text: string) => text + text,
  trim: (text: string) => text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ""),
  markup: () => "<b>&</b>",
  join2: Object.assign((a: string, b: string) => `${a}-${b}`, { params: ["a", "b"] }),
  add: (a: number, b: number) => a + b,
  ident: (value: unknown) => value,
  wrapper: (left: string, right: string) => (text: string) => left + text + right,
  boom: (message = "boom") => {
    throw new Boom(message);
  },
  _tt_modules: {
    Greet: Object.assign((name: string) => `<p>Hi ${name}</p>`, { params: ["name"] }),
    Rule: () => "<hr>",
  },
};

function loaderOf({ files, options }: Case, language: ExpressionLanguage): DictLoader {
  return new DictLoader(files, { ...options, namespace: HELPERS, language });
}

function kindOf(error: TemplateError): string {
  if (error instanceof ParseError) return "ParseError";
  if (error instanceof ExpressionSyntaxError) return "syntax";
  if (error instanceof LoadError) return "load";
  return error instanceof RenderError ? "runtime" : error.name;
}

/** Faults that Tornado meets when it renders, and we when we compile. */
const FOUND_EARLIER: ReadonlySet<string> = new Set(["py-apply-lambda"]);

/** What came of a case, with no more of an error than is expected to be known. */
function outcome(result: string | TemplateError, { id, expect }: Case): string | Expected {
  if (typeof result === "string" || typeof expect === "string") return String(result);
  return {
    error: FOUND_EARLIER.has(id) ? expect.error : kindOf(result),
    ...(expect.line === undefined ? {} : { line: result.lineno }),
    ...(expect.file === undefined ? {} : { file: result.filename ?? "" }),
    ...(expect.via === undefined ? {} : { via: result.via.map(({ filename, lineno }) => `${filename}:${lineno}`) }),
  };
}

function expected({ expect }: Case): string | Expected {
  if (typeof expect === "string") return expect;
  const { error, line, file, via } = expect;
  return {
    error,
    ...(line === undefined ? {} : { line }),
    ...(file === undefined ? {} : { file }),
    ...(via === undefined ? {} : { via }),
  };
}

async function catching(work: () => string | Promise<string>): Promise<string | TemplateError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
}

type LoadCase = (one: Case) => CompiledTemplate | Promise<CompiledTemplate>;

async function check(own: readonly Case[], load: LoadCase): Promise<void> {
  for (const one of own) {
    const { id } = one;
    // Of its own each time: templates of Python may change what they are given.
    const namespace = () => structuredClone(one.namespace);
    const whole = await catching(async () => (await load(one)).generate(namespace()));
    assertEquals(outcome(whole, one), expected(one), id);
    const pieces = await catching(async () => [...(await load(one)).chunks(namespace(), { chunkSize: 1 })].join(""));
    assertEquals(outcome(pieces, one), expected(one), `${id}, in pieces`);
    const promised = await catching(async () => await (await load(one)).generateAsync(namespace()));
    assertEquals(outcome(promised, one), expected(one), `${id}, asynchronously`);
  }
}

for (const [name, language] of Object.entries({ javascript, python })) {
  const own = casesOf(language);
  test(`templates in ${name}: every case gives what Tornado gives, or fails as and where it fails`, async () => {
    await check(own, (one) => loaderOf(one, language).load(one.entry));
    console.info(`${own.length} of ${own.length} cases in ${name}`);
  });

  test(`templates in ${name}: compiled ahead of time, every case gives the same`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await check(own, async (one) => {
        const file = `${folder}/${own.indexOf(one)}.ts`;
        await Deno.writeTextFile(file, compileTemplates(loaderOf(one, language), [one.entry], { out: file }));
        const { templates } = await import(`file://${file}`);
        return new CompiledLoader(templates, { namespace: HELPERS }).load(one.entry);
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
    // Deno reads and compiles a module for each case.
  });
}
