// The seam of the expression language, held by one that has nothing of JavaScript's grammar.
import { assertEquals } from "@std/assert";
import { DictLoader } from "../../src/template/mod.ts";
import { polish as language } from "../support/polish_language.ts";
import { test } from "../support/test.ts";
import { errorOf } from "./render.ts";

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
