// Our parser and CPython's, on expressions and statements of Python's own library and on broken copies of them.
import { assertEquals } from "@std/assert";
import { LanguageSyntaxError } from "../../src/template/mod.ts";
import { parseExpression } from "../../src/template/_python/parse_expression.ts";
import { parseStatements } from "../../src/template/_python/parse_statement.ts";
import { fuzzSeed, fuzzTimes } from "../support/fuzz.ts";
import { askPython } from "../support/python.ts";
import { test } from "../support/test.ts";

interface Case {
  readonly source: string;
  readonly statement: boolean;
  /** What CPython reads; `null` if it refuses the source. */
  readonly tree: unknown;
}

/** A tree in one form: without places, fields in order, and numbers as text. */
function plain(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(plain);
  if (node instanceof Uint8Array) return [...node];
  if (typeof node !== "object" || node === null) return node;
  const fields = Object.entries(node).filter(([name]) => name !== "at").sort(([a], [b]) => a < b ? -1 : 1);
  const isNumber = "type" in node && typeof node.type === "string" && ["int", "float", "complex"].includes(node.type);
  return Object.fromEntries(
    fields.map(([name, value]) => [name, isNumber && name === "value" ? numberText(value) : plain(value)]),
  );
}

/** An int in all its digits; CPython writes a float as JavaScript reads it, but for infinity. */
function numberText(value: unknown): string {
  const text = String(value);
  return /^-?\d+$/.test(text) ? BigInt(text).toString() : String(Number(text.replace("inf", "Infinity")));
}

/** The tree that we read; `null` if we refuse the source. */
function parse({ source, statement }: Case): unknown {
  try {
    return plain(statement ? parseStatements(source)[0] : parseExpression(source));
  } catch (error) {
    if (error instanceof LanguageSyntaxError) return null;
    throw error;
  }
}

test(
  "python: expressions and statements have the trees that CPython gives them, or are refused as it does",
  async () => {
    const seed = fuzzSeed();
    const program = [new URL("./python_trees.py", import.meta.url).pathname];
    const count = fuzzTimes(5_000);
    const cases = await askPython<Case[]>(program, { count, mutations: count, seed });
    let refused = 0;
    for (const one of cases) {
      if (one.tree === null) refused++;
      assertEquals(parse(one), plain(one.tree), `seed ${seed}: ${one.source}`);
    }
    console.info(`${cases.length} of ${cases.length} sources, of which CPython and we refuse ${refused}`);
  },
  { deadline: 240 },
);
