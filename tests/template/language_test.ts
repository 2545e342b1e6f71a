// The seam of the expression language, held by one that has nothing of JavaScript's grammar.
import { assertEquals } from "@std/assert";
import {
  DictLoader,
  type ExpressionLanguage,
  type Fragment,
  type LanguageRuntime,
  LanguageSyntaxError,
  type NameUse,
} from "../../src/template/mod.ts";
import { test } from "../support/test.ts";
import { errorOf } from "./render.ts";

const runtime: LanguageRuntime = {
  url: import.meta.url,
  exportName: "runtime",
  globals: Object.freeze({ __proto__: null, ten: 10 }),
  helpers: Object.freeze({ __proto__: null, _t$plus: (a: number, b: number) => a + b }),
  text: (value) => typeof value === "string" ? value : typeof value === "number" ? `#${value}` : `'${value}'`,
};

const use = (name: string, use: NameUse["use"]): NameUse => ({ name, use, conditional: false });
const fragment = (...parts: Fragment["parts"]): Fragment => ({ parts, isAsync: false });

/** Polish notation: `plus a plus b ten`; numbers; names, among them words that are reserved in JavaScript. */
function polish(source: string): Fragment {
  const words = source.split(/\s+/).filter((word) => word !== "");
  const operand = (): Fragment["parts"] => {
    const word = words.shift();
    if (word === undefined) throw new LanguageSyntaxError("something is missing", source.length);
    if (word === "plus") return ["_t$plus(", ...operand(), ",", ...operand(), ")"];
    if (/^\d+$/.test(word)) return [word];
    return [use(word, "read")];
  };
  const parts = operand();
  const [rest] = words;
  if (rest !== undefined) throw new LanguageSyntaxError(`one word too many: ${rest}`, source.lastIndexOf(rest));
  return fragment(...parts);
}

const language: ExpressionLanguage = {
  runtime,
  namesBeforeSet: false,
  expression: polish,
  test: (source) => fragment("(", ...polish(source).parts, ")!==0"),
  statement: (source) => {
    const [name = "", ...value] = source.split(" ");
    return fragment(use(name, "write"), "=", ...polish(value.join(" ")).parts);
  },
  callable: polish,
  loop: (source, value) => {
    const [name = "", ...iterable] = source.split(" ");
    return { target: fragment(use(name, "write"), `=${value}`), iterable: polish(iterable.join(" ")) };
  },
  except: (source, error) => ({ test: fragment(`${error} instanceof `, ...polish(source).parts), name: "error" }),
};

const render = (source: string, namespace = {}) =>
  new DictLoader({ main: source }, { language }).load("main").generate(namespace);

test("ExpressionLanguage: all that stands between tags is its affair", () => {
  const source =
    "{{ plus 1 plus x ten }}{% set y plus x 1 %}{{ y }}{% if plus x 0 %}t{% end %}{% if 0 %}{% elif 0 %}{% else %}e{% end %}" +
    "{% for z xs %}<{{ z }}>{% end %}{% while n %}{{ n }}{% set n plus n 1 %}{% break %}{% end %}{% raw new %}" +
    "{% apply function %}in{% end %}{% try %}{{ nosuch }}{% except Fault %}{% raw error %}{% end %}";
  const namespace = { x: 5, xs: [1, 2], new: "n", function: (text: string) => `[${text}]`, Fault: ReferenceError };
  const expected = "#16#6te<#1><#2>#1n[in]'ReferenceError: name 'nosuch' is not defined'text";
  assertEquals(render(`{% set n 1 %}${source}{{ s }}`, { ...namespace, s: "text" }), expected);
});

test("ExpressionLanguage: it decides whether a name that is set can be read before", () => {
  assertEquals(String(errorOf(() => render("{{ w }}{% set w 1 %}", { w: 2 }))), "name 'w' is not defined at main:1");
  assertEquals(
    String(errorOf(() => render("{% apply f %}{{ x }}{% set x 1 %}{% end %}", { f: String, x: 2 }))),
    "name 'x' is not defined at main:1",
  );
});

test("ExpressionLanguage: its faults get a place", () => {
  const error = errorOf(() => render("\n {{ plus 1 }}"));
  assertEquals([error.name, String(error), error.column], [
    "ExpressionSyntaxError",
    "something is missing at main:2",
    11,
  ]);
  assertEquals(errorOf(() => render("{{ 1 2 }}")).column, 6);
});
