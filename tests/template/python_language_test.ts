// Python as the language of templates, where no Python is at hand: what Tornado made of random templates, how names
// and values behave beyond those, and what errors say.
import { assert, assertEquals } from "@std/assert";
import {
  CompiledLoader,
  compileTemplates,
  DictLoader,
  LanguageSyntaxError,
  RenderError,
} from "../../src/template/mod.ts";
import { python, pythonRuntime } from "../../src/template/python.ts";
import { test } from "../support/test.ts";
import recorded from "./data/python_cases.json" with { type: "json" };
import { errorOf, render } from "./render.ts";

const HELPERS = {
  shout: (text: string) => text.toUpperCase(),
  wrapper: (left: string, right: string) => (text: string) => left + text + right,
  _tt_modules: { Greet: Object.assign((name: string) => `<p>Hi ${name}</p>`, { params: ["name"] }) },
};

const show = (source: string, namespace: Record<string, unknown> = {}) =>
  render(source, namespace, { language: python, autoescape: null });

test("python: an exception is printed by its text, without what the runtime keeps in it", () => {
  const { cause } = errorOf(() => show("{{ {}['title'] }}"));
  assertEquals(Object.keys(cause instanceof Error ? cause : {}), ["name"]);
  assertEquals(Deno.inspect(cause).includes("ExceptionType"), false);
});

test("python: recorded templates give what Tornado gave", () => {
  for (const { source, expect, error, line } of recorded.cases) {
    const run = () => show(source, { ...HELPERS, ...structuredClone(recorded.namespace) });
    if (expect !== undefined) assertEquals(run(), expect, source);
    else {
      const { cause, lineno } = errorOf(run);
      const name = cause instanceof ReferenceError ? "NameError" : cause instanceof Error ? cause.name : "";
      assertEquals([name, lineno], [error === "UnboundLocalError" ? "NameError" : error, line], source);
    }
  }
  console.info(`${recorded.cases.length} of ${recorded.cases.length} recorded templates`);
});

test("python: a quotient of zero has the sign of the division", () => {
  assertEquals(
    show("{{ -0.0 // -2 }} {{ 0.0 // -2 }} {{ -0.0 // 2 }} {{ 0 // -2 }} {{ -0.5 // -2 }}"),
    "0.0 -0.0 -0.0 0 0.0",
  );
});

test("python: a quotient of large ints is rounded once", () => {
  assertEquals(
    show("{{ 1003 / (int(1e16) | 1) }} {{ -(10 ** 30) / 7 }}"),
    "1.0029999999999999e-13 -1.4285714285714285e+29",
  );
});

test("python: values of the application print and compare as in Python", () => {
  class Point {
    readonly x = 1;
    toString(): string {
      return "a point";
    }
  }
  const values: readonly (readonly [unknown, string])[] = [
    [null, "None"],
    [undefined, "None"],
    [true, "True"],
    [1.5, "1.5"],
    [12345678901234567890n, "12345678901234567890"],
    [["a", null, { k: 1 }], "['a', None, {'k': 1}]"],
    [new Map<unknown, unknown>([[1, "x"], ["y", [2]]]), "{1: 'x', 'y': [2]}"],
    [new Set(["a"]), "{'a'}"],
    [new Uint8Array([104, 105]), "hi"],
    [new Date(1_000), "1970-01-01 00:00:01"],
    [new Point(), "a point"],
    [new RangeError("out"), "out"],
    [1e16, "10000000000000000"],
    [NaN, "nan"],
  ];
  for (const [value, text] of values) assertEquals(show("{{ v }}", { v: value }), text);
  assertEquals(show("{{ a == b }}{{ a is b }}", { a: { k: [1] }, b: new Map([["k", [1]]]) }), "TrueFalse");
  assertEquals(show("{{ d.k }}{{ d['k'] }}{{ len(d) }}{{ 'k' in d }}", { d: { k: 1 } }), "111True");
});

test("python: a Date of the application is a datetime wherever it is used", () => {
  const names = { a: new Date("2024-02-29T13:05:09.123Z"), b: new Date("2024-03-01T00:00:00Z") };
  const cases: readonly (readonly [string, string])[] = [
    ["a.year, a.tzinfo, a.date()", "(2024, None, datetime.date(2024, 2, 29))"],
    ["b - a", "10:54:50.877000"],
    ["a + datetime.timedelta(days=1)", "2024-03-01 13:05:09.123000"],
    [
      "a < b, a == a, b > datetime.datetime(2024, 1, 1), datetime.datetime(2024, 3, 1) == b",
      "(True, True, True, True)",
    ],
    ["max(a, b), sorted([b, a])[0] == a", "(datetime.datetime(2024, 3, 1, 0, 0), True)"],
    [
      "'{:%d.%m.}'.format(a) + f'{a:%Y}' + a.strftime('%H') + a.isoformat(timespec='minutes')",
      "29.02.2024132024-02-29T13:05",
    ],
    ["isinstance(a, datetime.datetime), type(a).__name__", "(True, 'datetime')"],
  ];
  for (const [source, text] of cases) assertEquals(show(`{{ ${source} }}`, names), text, source);
});

test("python: the type of an object of the application can be compared and named, and no more", () => {
  class User {}
  const names = { user: new User(), other: new User(), User };
  assertEquals(
    show(
      "{{ type(user) == type(other) == User }} {{ type(user).__name__ }} {{ type(user) }} {{ type(user) == str }}",
      names,
    ),
    "True User <class 'User'> False",
  );
  assertEquals(show("{{ isinstance(user, type(other)) }} {{ isinstance('', type(user)) }}", names), "True False");
  assertEquals(errorOf(() => show("{{ type(user)() }}", names)).message, "'type' object is not callable");
});

test("python: names are local to the template once it sets them, and gone after del and except", () => {
  const name = (source: string, namespace = {}) => String(errorOf(() => show(source, namespace)));
  assertEquals(name("{{ w }}{% set w = 1 %}", { w: 2 }), "name 'w' is not defined at main.txt:1");
  assertEquals(name("{% set w = 1 %}{% set del w %}{{ w }}"), "name 'w' is not defined at main.txt:1");
  assertEquals(
    name("{% try %}{{ 1 / 0 }}{% except ZeroDivisionError as e %}{{ e }}{% end %}{{ e }}"),
    "name 'e' is not defined at main.txt:1",
  );
  assertEquals(show("{% for i in [1, 2] %}{% end %}{{ i }}{{ [i for i in 'ab'] }}{{ i }}"), "2['a', 'b']2");
  assertEquals(show("{% set f = lambda n: n if n < 2 else f(n - 1) + f(n - 2) %}{{ f(9) }}"), "34");
  assertEquals(show("{{ var + function + new + arguments }}", { var: 1, function: 2, new: 3, arguments: 4 }), "10");
  assertEquals(show("{{ 'w' in globals() }}{{ globals().get('v') }}", { w: 1 }), "TrueNone");
});

test("python: an error while rendering has the file, the line and the source around it", () => {
  const files = { "main.txt": "a\n{% include part.txt %}", "part.txt": "x\n  {{ d['no'] }}\ny" };
  const error = errorOf(() => render(files, { d: {} }, { language: python }));
  assert(error instanceof RenderError);
  assertEquals(String(error), "'no' at part.txt:2 (via main.txt:2)");
  assertEquals(error.frame, "  1 | x\n> 2 |   {{ d['no'] }}\n    |   ^\n  3 | y");
  assertEquals(error.cause instanceof Error && error.cause.name, "KeyError");
});

test("python: an error in a tag of several lines is in the line of the fault", () => {
  const place = (source: string, namespace = {}) => {
    const { lineno, column, frame } = errorOf(() => show(source, namespace));
    return [lineno, column, /^> .*/m.exec(frame)?.[0]];
  };
  const f = () => 1;
  const cases: readonly (readonly [string, number, number, string])[] = [
    ["x\n{{ f(\n  1,\n  nosuch\n) }}", 4, 3, "> 4 |   nosuch"],
    ["{{ [\n  1 / 0,\n  2 ] }}", 2, 3, "> 2 |   1 / 0,"],
    ["{{ int(\n  f() and\n  'x') }}", 1, 4, "> 1 | {{ int("],
    ["{% set a = {\n  'a': 1,\n  'b': {}['c'],\n} %}", 3, 8, "> 3 |   'b': {}['c'],"],
    ["{% if (f()\n   and nosuch) %}{% end %}", 2, 8, "> 2 |    and nosuch) %}{% end %}"],
    ["{% for x in [\n  1,\n  2 // 0] %}{% end %}", 3, 3, "> 3 |   2 // 0] %}{% end %}"],
    ["{{ [x / 0\n   for x in [\n   1]] }}", 1, 4, "> 1 | {{ [x / 0"],
    // Code of a lambda runs where it is called.
    ["{% set g = (\n  lambda: 1 / 0) %}\n{{ g() }}", 3, 1, "> 3 | {{ g() }}"],
    ["{{ (1,\n  2\n  3) }}", 3, 3, "> 3 |   3) }}"],
  ];
  for (const [source, ...expected] of cases) assertEquals(place(source, { f }), expected, source);
});

test("python: an error of the source has the column of the fault", () => {
  const faults: readonly (readonly [string, string, number])[] = [
    ["{{ a b }}", "invalid syntax at 'b'", 6],
    ["{{ (a, }}", "'(' was never closed", 4],
    ["{{ f(x=1, 2) }}", "positional argument follows keyword argument", 11],
    ["{{ 'abc }}", "unterminated string literal", 4],
    ["{{ 1 if 2 }}", "expected 'else' after 'if' expression: the tag ends here", 10],
    ["{{ await x }}", "'await' is not allowed in a template of Python", 4],
    ["{{ a @ b }}", "'@' multiplies matrices, which a template has not", 4],
    ["{% set import os %}", "'import' is not allowed here; write {% import x %}", 8],
    ["{% set with x: y %}", "'with' is not allowed here; it is not supported", 8],
    ["{% for 1 in x %}{% end %}", "what stands here cannot be assigned to", 8],
    ["{{ f'{x!z}' }}", "f-string: invalid conversion character: expected 's', 'r', or 'a'", 8],
    ["{{ a\n + b }}", "invalid syntax: the line ends here, outside all brackets", 5],
  ];
  for (const [source, message, column] of faults) {
    const error = errorOf(() => show(source));
    assertEquals([error.name, error.message, error.column], ["ExpressionSyntaxError", message, column], source);
    assert(error.cause instanceof LanguageSyntaxError);
  }
});

test("python: what would use up memory or the stack is refused", () => {
  const huge = [
    "'x' * 10 ** 9",
    "[0] * 10 ** 12",
    "2 ** 10 ** 9",
    "1 << 10 ** 9",
    "'%9999999d' % 1",
    "'a'.ljust(10 ** 9)",
    "'7'.zfill(10 ** 9)",
    "format(1, '9999999')",
  ];
  for (const source of huge) {
    const { cause } = errorOf(() => show(`{{ ${source} }}`));
    assert(cause instanceof Error && /^(?:Overflow|Value)Error$/.test(cause.name), source);
  }
  assertEquals(errorOf(() => show(`{{ ${"(".repeat(20_000)}1${")".repeat(20_000)} }}`)).name, "ExpressionSyntaxError");
  assertEquals(errorOf(() => show("{% set f = lambda: f() %}{{ f() }}")).name, "RenderError");
});

test("python: an import finds the modules of the loader, and those of Python that only compute", () => {
  const options = {
    language: python,
    autoescape: null,
    imports: { "app.text": { up: (s: string) => s.toUpperCase() } },
  };
  const source =
    "{% from app.text import up as u %}{{ u('a') }}{% import re %}{{ re.sub(r'(\\d)', r'<\\1>', 'a1b2') }}" +
    "{% import json %}{{ json.dumps({'a': [1, 2.0, None]}) }}{% from math import floor %}{{ floor(-1.5) }}" +
    "{% import datetime as dt %}{{ dt.date(2024, 2, 29) + dt.timedelta(days=1) }}";
  assertEquals(render(source, {}, options), 'Aa<1>b<2>{"a": [1, 2.0, null]}-22024-03-01');
  const refused = errorOf(() => render("{% import os %}", {}, options));
  assertEquals(refused.message, "cannot import 'os': it is not among the imports of the loader");
  assertEquals(render("{% try %}{% import os %}{% except ImportError %}no{% end %}", {}, options), "no");
});

test("python: a module with a dotted name is reached through the first part of the name", () => {
  const f = (text: string) => () => text;
  const options = {
    language: python,
    imports: { "a.b": { f: f("ab") }, "a.b.c": { f: f("abc") }, "a.d": { f: f("ad") }, t: { u: { f: f("tu") } } },
  };
  const cases: readonly (readonly [string, string])[] = [
    ["{% import a.b %}{{ a.b.f() }}", "ab"],
    ["{% import a.b.c %}{{ a.b.c.f() }}{{ a.b.f() }}", "abcab"],
    ["{% import a.b, a.d %}{{ a.b.f() }}{{ a.d.f() }}", "abad"],
    ["{% import a.b as x %}{{ x.f() }}", "ab"],
    ["{% import a.b as a %}{{ a.f() }}", "ab"],
    ["{% from a.b import f %}{{ f() }}", "ab"],
    ["{% import t.u %}{{ t.u.f() }}", "tu"],
  ];
  for (const [source, output] of cases) assertEquals(render(source, {}, options), output, source);
  for (const source of ["{% import a.x %}", "{% import a %}", "{% import t.v %}"]) {
    assertEquals(/^cannot import '/.test(errorOf(() => render(source, {}, options)).message), true, source);
  }
  assertEquals(
    errorOf(() => render("{% import a.b %}{{ a.x }}", {}, options)).message,
    "module 'a' has no attribute 'x'",
  );
});

test("python: templates compiled ahead of time say what is wrong as others do", async () => {
  const module = compileTemplates(new DictLoader({ "a.txt": "\n{{ xs[9] }}" }, { language: python }), ["a.txt"]);
  const { templates } = await import(`data:text/javascript,${encodeURIComponent(module)}`);
  assertEquals(templates.runtime, pythonRuntime);
  const error = errorOf(() => new CompiledLoader(templates).load("a.txt").generate({ xs: [] }));
  assertEquals(String(error), "list index out of range at a.txt:2");
  assertEquals(error.frame, "  1 | \n> 2 | {{ xs[9] }}\n    | ^".replace("1 | \n", "1 |\n"));
});
