// What the tags do, beyond the cases that data/template_cases.json has.
import { assertEquals } from "@std/assert";
import { test } from "../support/test.ts";
import { failure, render } from "./render.ts";

const boom = () => {
  throw new Error("boom");
};

test("autoescape: values cannot break out of it", () => {
  const hostile: [unknown, string][] = [
    ["</script><b>", "&lt;/script&gt;&lt;b&gt;"],
    [new String("<b>"), "&lt;b&gt;"],
    [["<b>", "'"], "&lt;b&gt;,&#x27;"],
    [{ toString: () => '"x"' }, "&quot;x&quot;"],
    [new TextEncoder().encode("<b>"), "&lt;b&gt;"],
    [Object.assign(() => {}, { toString: () => "<f>" }), "&lt;f&gt;"],
    [new Error("<b>"), "Error: &lt;b&gt;"],
    [Symbol("<b>"), "Symbol(&lt;b&gt;)"],
    ["&amp;", "&amp;amp;"],
    ["<".repeat(100), "&lt;".repeat(100)],
    [`${"x".repeat(70)}<${"y".repeat(70)}&`, `${"x".repeat(70)}&lt;${"y".repeat(70)}&amp;`],
    ["\ud800<", "\ud800&lt;"],
  ];
  for (const [value, shown] of hostile) {
    assertEquals(render("{{ x }}", { x: value }), shown);
    // In a loop the code is another.
    assertEquals(render("{% for y in [x, x] %}{{ y }}{% end %}", { x: value }), shown + shown);
    assertEquals(
      render("<ul>{% for y in [x] %}<li>{{ y }}</li>{% end %}</ul>", { x: value }),
      `<ul><li>${shown}</li></ul>`,
    );
  }
});

test("autoescape: the function is looked up in the namespace like any name", () => {
  const mark = (text: unknown) => `[${typeof text} ${text}]`;
  const loop = "{% for x in [1, 'a', null] %}{{ x }}{% end %}";
  assertEquals(render(loop, { mark }, { autoescape: "mark" }), "[string 1][string a][string ]");
  assertEquals(render(loop, { xhtml_escape: mark }), "[string 1][string a][string ]");
  assertEquals(render(loop, {}, { namespace: { xhtml_escape: mark } }), "[string 1][string a][string ]");
  assertEquals(render("{{ '<' }}{% set xhtml_escape = mark %}{{ '<' }}", { mark }), "&lt;[string <]");
});

test("autoescape: a missing function fails where something is printed", () => {
  const options = { autoescape: "nosuch" };
  assertEquals(render("text{% raw 1 %}", {}, options), "text1");
  assertEquals(failure("\n{{ 1 }}", {}, options), "RenderError: name 'nosuch' is not defined at main.txt:2");
  assertEquals(
    failure("{% for x in [1] %}\n{{ x }}{% end %}", {}, options),
    "RenderError: name 'nosuch' is not defined at main.txt:2",
  );
  assertEquals(failure("\n{{ 1 }}", { nosuch: 1 }, options), "RenderError: nosuch is not a function at main.txt:2");
  assertEquals(failure("{{ 1 }}", {}, { autoescape: "a b" }), "ExpressionSyntaxError: Unexpected token at main.txt:1");
});

test("autoescape: without a name, values go out as they are, as in Tornado", () => {
  assertEquals(render("{% autoescape %}{{ '<' }}"), "<");
});

test("apply: what it is given is looked up before its body, and called after", () => {
  const log: string[] = [];
  const f = (text: string) => {
    log.push(`call ${text}`);
    return text;
  };
  const namespace = { get: () => (log.push("get"), f), say: (text: string) => (log.push(text), text) };
  assertEquals(render("{% apply get() %}{{ say('body') }}{% end %}", namespace), "body");
  assertEquals(log, ["get", "body", "call body"]);
  assertEquals(
    failure("{% apply nosuch %}{{ boom() }}{% end %}", { boom }),
    "RenderError: name 'nosuch' is not defined at main.txt:1",
  );
  assertEquals(
    failure("{% apply 5 %}{{ boom() }}{% end %}", { boom }),
    "RenderError: 5 is not a function at main.txt:1",
  );
});

test("apply: its result is not escaped, and nothing of null", () => {
  assertEquals(render("{% apply f %}x{% end %}", { f: () => "<b>" }), "<b>");
  assertEquals(render("[{% apply f %}x{% end %}]", { f: () => null }), "[]");
});

test("for: loops that begin and end in text print every piece, whatever the number of iterations", () => {
  const source =
    "<ul>{% for x in xs %}<li>{{ x }}</li>{% end %}</ul>{{ 1 }}|{% for x in xs %}a{{ x }}b{% raw x %}c{% end %}.";
  assertEquals(render(source, { xs: [] }), "<ul></ul>1|.");
  assertEquals(render(source, { xs: [1] }), "<ul><li>1</li></ul>1|a1b1c.");
  assertEquals(render(source, { xs: ["<", 2] }), "<ul><li>&lt;</li><li>2</li></ul>1|a&lt;b<ca2b2c.");
  const nested = "{% for row in rows %}<tr>{% for x in row %}<td>{{ x }}</td>{% end %}</tr>{% end %}";
  assertEquals(
    render(nested, { rows: [[1, 2], [], [3]] }),
    "<tr><td>1</td><td>2</td></tr><tr></tr><tr><td>3</td></tr>",
  );
  // The same text on both sides.
  assertEquals(render("-{% for x in xs %}-{{ x }}-{% end %}-", { xs: [] }), "--");
  assertEquals(render("-{% for x in xs %}-{{ x }}-{% end %}-", { xs: [1, 2] }), "--1--2--");
});

test("for: break and continue leave what was printed", () => {
  const source =
    "{% for x in xs %}<{{ x }}{% if x == 2 %}{% continue %}{% elif x > 3 %}{% break %}{% end %}>{% end %}.";
  assertEquals(render(source, { xs: [1, 2, 3, 4, 5] }), "<1><2<3><4.");
});

test("for: an error of the iterator is one of the loop's line", () => {
  function* numbers() {
    yield 1;
    throw new Error("no more");
  }
  assertEquals(
    failure("\n{% for x in xs %}\n{{ x }}\n{% end %}", { xs: numbers() }),
    "RenderError: no more at main.txt:2",
  );
  const source = "\n{% for x in xs %}\n{% if x %}\n{% continue %}{% end %}{% end %}";
  assertEquals(failure(source, { xs: numbers() }), "RenderError: no more at main.txt:2");
});

test("try: what was printed before an error stays, and the place of an error that goes on is that of its origin", () => {
  assertEquals(
    render("{% try %}a{{ 1 }}b{% for x in [1] %}c{{ boom() }}{% end %}{% except %}d{% end %}", { boom }),
    "a1bcd",
  );
  const source =
    "{% try %}\n{{ boom() }}{% except TypeError %}{% except RangeError %}{% finally %}\n\n{{ 1 }}{% end %}";
  assertEquals(failure(source, { boom }), "RenderError: boom at main.txt:2");
});

test("try: parts in the wrong order are refused at the part", () => {
  const wrong: [string, number][] = [
    ["{% try %}{% end %}", 1],
    ["{% try %}\n{% else %}{% end %}", 2],
    ["{% try %}{% except %}\n{% except %}{% end %}", 2],
    ["{% try %}{% finally %}\n{% except %}{% end %}", 2],
    ["{% try %}{% finally %}\n{% finally %}{% end %}", 2],
    ["{% try %}{% except %}{% else %}\n{% else %}{% end %}", 2],
    ["{% try %}{% except %}{% else %}\n{% except A %}{% end %}", 2],
    ["{% if 1 %}{% else %}\n{% else %}{% end %}", 2],
    ["{% if 1 %}{% else %}\n{% elif 1 %}{% end %}", 2],
    ["{% for x in [] %}{% else %}\n{% else %}{% end %}", 2],
    ["{% try 1 %}{% except %}{% end %}", 1],
    ["{% if 1 %}\n{% else 1 %}{% end %}", 2],
    ["{% try %}{% except %}\n{% finally 1 %}{% end %}", 2],
    ["{% if %}{% end %}", 1],
    ["{% while %}{% end %}", 1],
    ["{% for %}{% end %}", 1],
    ["{% for x in [] %}\n{% break 1 %}{% end %}", 2],
  ];
  for (const [source, line] of wrong) {
    const text = failure(source);
    assertEquals(
      [text.split(":")[0], text.endsWith(`at main.txt:${line}`)],
      ["ExpressionSyntaxError", true],
      `${source}: ${text}`,
    );
  }
});

test("break: outside the loop that its block was moved out of, it is refused", () => {
  const source = "{% block b %}x{% end %}{% for x in [1] %}{% block b %}\n{% break %}{% end %}{% end %}";
  assertEquals(failure(source), "ExpressionSyntaxError: 'break' outside loop at main.txt:2 (via main.txt:1)");
});

test("block: content is that of the file it is written in, wherever it appears", () => {
  const files = {
    "page.html": '{% extends "base.txt" %}{% block b %}a   b{{ "<" }}{% end %}',
    "base.txt": "{% autoescape None %}x   y{% block b %}{% end %}{{ '<' }}",
  };
  assertEquals(render(files), "x   ya b&lt;<");
});

test("extends: not at the top level of a file, it is refused", () => {
  assertEquals(
    failure({ main: "{% if 1 %}\n{% extends 'base' %}{% end %}", base: "" }),
    "LoadError: {% extends %} works only at the top " +
      "level of a template that is not included at main:2",
  );
});

test("extends: of several in one file, the last one leads to the outermost", () => {
  const files = {
    main: "{% extends 'a' %}{% extends 'b' %}{% block x %}m{% end %}",
    a: "a{% block x %}{% end %}",
    b: "b{% block x %}{% end %}",
  };
  assertEquals(render(files), "bm");
});

test("module: calls what _tt_modules has", () => {
  const namespace = { _tt_modules: { Card: (title: string) => `<b>${title}</b>` } };
  assertEquals(render("{% module Card('<') %}", namespace), "<b><</b>");
  assertEquals(
    failure("{% module Nope(1) %}", namespace),
    "RenderError: _tt_modules.Nope is not a function at main.txt:1",
  );
});
