// Names in templates: where they are looked up, and where they are not.
import { assertEquals } from "@std/assert";
import { Template } from "../../src/template/mod.ts";
import { test } from "../support/test.ts";
import { failure, render } from "./render.ts";

test("names: those given to generate() hide those of the loader, the template's own and the globals, in that order", () => {
  const source = "{{ a }}{{ b }}{{ squeeze }}{{ Math }}";
  const namespace = { a: "loader ", b: "loader ", squeeze: "loader ", Math: "loader" };
  assertEquals(render(source, { a: "own " }, { namespace }), "own loader loader loader");
  assertEquals(render("{{ squeeze('a  b') }}{{ Math.max(1, 2) }}"), "a b2");
});

test("names: a missing one is an error that names it, and only where it is used", () => {
  assertEquals(failure("\n {{ user }}"), "RenderError: name 'user' is not defined at main.txt:2");
  assertEquals(render("{% if 0 %}{{ user }}{% end %}.{{ 1 || user }}.{{ 0 && user.x }}.{{ null?.[user] }}"), ".1.0.");
  assertEquals(failure("{{ 1 && user.name }}"), "RenderError: name 'user' is not defined at main.txt:1");
  assertEquals(failure("{% if 0 %}{% elif user %}{% end %}"), "RenderError: name 'user' is not defined at main.txt:1");
  assertEquals(failure("{{ [1].map(() => user) }}"), "RenderError: name 'user' is not defined at main.txt:1");
  assertEquals(failure("{% while user %}{% end %}"), "RenderError: name 'user' is not defined at main.txt:1");
  assertEquals(failure("{% for user.name in [1] %}{% end %}"), "RenderError: name 'user' is not defined at main.txt:1");
  assertEquals(failure("{% set x += 1 %}"), "RenderError: name 'x' is not defined at main.txt:1");
  assertEquals(failure("{% set x++ %}"), "RenderError: name 'x' is not defined at main.txt:1");
  assertEquals(failure("{% set 1 && (x ??= 1) %}"), "RenderError: name 'x' is not defined at main.txt:1");
});

test("names: one whose value is undefined exists, and prints nothing", () => {
  assertEquals(render("[{{ a }}{{ b }}]", { a: undefined, b: null }), "[]");
});

test("names: typeof of a missing one is undefined", () => {
  assertEquals(
    render("{{ typeof user }} {{ typeof (user) }} {{ typeof name }}", { name: 1 }),
    "undefined undefined number",
  );
  assertEquals(failure("{{ typeof user.name }}"), "RenderError: name 'user' is not defined at main.txt:1");
});

test("names: globalThis is out of reach", () => {
  for (
    const name of ["globalThis", "self", "window", "Deno", "process", "Function", "eval", "fetch", "console", "require"]
  ) {
    // Of Python's names, the message says what to write.
    const advice = name === "self" ? "; write handler, or set the language of the templates to Python" : "";
    assertEquals(failure(`{{ ${name} }}`), `RenderError: name '${name}' is not defined${advice} at main.txt:1`);
  }
  assertEquals(
    failure("{{ (() => { var x = Deno; return x })() }}"),
    "RenderError: name 'Deno' is not defined at main.txt:1",
  );
});

test("names: nothing comes from Object.prototype, not even what was added to it", () => {
  Object.defineProperty(Object.prototype, "polluted", { value: "bad", configurable: true });
  try {
    for (const name of ["polluted", "constructor", "toString", "hasOwnProperty", "__proto__", "valueOf"]) {
      assertEquals(failure(`{{ ${name} }}`), `RenderError: name '${name}' is not defined at main.txt:1`);
    }
    assertEquals(
      failure("{% import polluted %}"),
      "RenderError: cannot import 'polluted': it is not among the imports of " +
        "the loader at main.txt:1",
    );
  } finally {
    Reflect.deleteProperty(Object.prototype, "polluted");
  }
});

test("names: only own properties of the namespace count, whatever it inherits from", () => {
  class Base {
    inherited = "own after all";
    get accessor(): string {
      return "of the class";
    }
  }
  assertEquals(render("{{ inherited }}", { ...new Base() }), "own after all");
  assertEquals(
    failure("{{ accessor }}", Object.create(new Base())),
    "RenderError: name 'accessor' is not defined at main.txt:1",
  );
  assertEquals(render("{{ a }}", Object.assign(Object.create(null), { a: 1 })), "1");
  assertEquals(render("{{ __proto__ }}", JSON.parse('{"__proto__": "own"}')), "own");
});

test("names: words that JavaScript reserves are names like others, where its grammar lets them", () => {
  const words = [
    "package",
    "public",
    "static",
    "interface",
    "let",
    "yield",
    "eval",
    "arguments",
    "private",
    "of",
    "async",
  ];
  for (const word of words) {
    assertEquals(
      render(`{{ ${word} }}{% set ${word} = 2 %}{{ ${word} }}{{ [3].map((${word}) => ${word}) }}`, { [word]: 1 }),
      "123",
    );
  }
  assertEquals(failure("{{ package.x() }}", { package: {} }), "RenderError: package.x is not a function at main.txt:1");
});

test("names: those of generated code do not clash with the template's", () => {
  const namespace = { _t$o: "a", _t$p: "b", _t$n_x: "c", _t$M: "d", _tt_x: "e", out: "f" };
  assertEquals(render("{{ _t$o }}{{ _t$p }}{{ _t$n_x }}{{ _t$M }}{{ _tt_x }}{{ out }}", namespace), "abcdef");
  assertEquals(render("{% set _t$o = 1 %}{% for _t$i in [2] %}{{ _t$o }}{{ _t$i }}{% end %}"), "12");
});

test("names: what is set is visible from there on to the end, across includes, blocks and loops", () => {
  assertEquals(render("{% for x in [1, 2] %}{% set last = x %}{% end %}{{ x }}{{ last }}"), "22");
  assertEquals(render({ main: "{% set x = 1 %}{% include 'part' %}{{ y }}", part: "{{ x }}{% set y = 2 %}" }), "12");
});

test("names: until it is set, a name is that of the namespace", () => {
  assertEquals(render("{{ w }}{% set w = 'inner' %}{{ w }}", { w: "outer " }), "outer inner");
  assertEquals(render("{% set title = title || 'none' %}{{ title }}", { title: "" }), "none");
  assertEquals(failure("{% set title = title || 'none' %}"), "RenderError: name 'title' is not defined at main.txt:1");
});

test("names: what is set within an apply stays in it", () => {
  const source = "{% set x = 1 %}{% apply f %}{{ x }}{% set x = 2 %}{{ x }}{% end %}{{ x }}";
  assertEquals(render(source, { f: (text: string) => `[${text}]` }), "[12]1");
  assertEquals(
    failure("{% apply f %}{% set y = 2 %}{% end %}{{ y }}", { f: String }),
    "RenderError: name 'y' is not defined at main.txt:1",
  );
  const nested =
    "{% apply f %}{% set x = 2 %}{% apply f %}{{ x }}{% set x = 3 %}{{ x }}{% end %}{{ x }}{% end %}{{ x }}";
  assertEquals(render(nested, { f: (text: string) => `[${text}]`, x: 1 }), "[[23]2]1");
});

test("names: a rendering does not see what another one set", () => {
  const template = new Template("{{ n }}{% set n = n + 1 %}{{ n }}");
  assertEquals(template.generate({ n: 1 }) + template.generate({ n: 1 }), "1212");
});

test("names: every template has Tornado's helpers, in both spellings", () => {
  assertEquals(
    render("{% raw xhtml_escape('<') %} {% raw xhtmlEscape('<') %} {% raw escape('<') %}"),
    "&lt; &lt; &lt;",
  );
  assertEquals(
    render("{% raw json_encode([1]) %} {% raw jsonEncode('</') %} {{ url_escape('a b') }}"),
    '[1] "<\\/" a+b',
  );
  assertEquals(
    render("{% raw linkify('http://a.test') %} {{ urlEscape('a b', false) }}"),
    '<a href="http://a.test">http://a.test</a> a%20b',
  );
});

test("names: import and from bind what the application hands in", () => {
  const imports = {
    math: { sqrt: Math.sqrt, pi: 3 },
    os: { path: { join: (...parts: string[]) => parts.join("/") } },
    "a.b": { c: 1 },
  };
  const source = "{% import math %}{{ math.sqrt(16) }}{% from math import sqrt as root, pi %}{{ root(9) }}{{ pi }}" +
    "{% import os.path %}{{ os.path.join('x', 'y') }}{% import os.path as p, a.b as q %}{{ p.join('z') }}{{ q.c }}" +
    "{% from os.path import (join) %}{{ join('w') }}";
  assertEquals(render(source, {}, { imports }), "433x/yz1w");
  assertEquals(
    failure("{% import nosuch %}", {}, { imports }),
    "RenderError: cannot import 'nosuch': it is not among the " +
      "imports of the loader at main.txt:1",
  );
  assertEquals(
    failure("{% from math import tan %}", {}, { imports }),
    "RenderError: cannot import name 'tan' from 'math' at main.txt:1",
  );
  for (
    const wrong of [
      "import 1",
      "import a b",
      "import a as",
      "from a",
      "from a import",
      "from a import (b",
      "from a import *",
      "import a.",
      "import a,",
    ]
  ) {
    assertEquals(failure(`{% ${wrong} %}`).startsWith("ExpressionSyntaxError: expected "), true, wrong);
  }
  assertEquals(new Template("{% import m %}{{ m }}", { imports: { m: "own" } }).generate(), "own");
});
