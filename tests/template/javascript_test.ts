// JavaScript as the language of expressions.
import { assert, assertEquals } from "@std/assert";
import { javascript, LanguageSyntaxError, Template } from "../../src/template/mod.ts";
import { test } from "../support/test.ts";
import { failure, render } from "./render.ts";

/** A fragment as text, with its names marked. */
function marked(source: string): string {
  return javascript.expression(source).parts.map((part) =>
    typeof part === "string" || "place" in part ? part : `<${part.use}${part.conditional ? "?" : ""} ${part.name}>`
  ).join("");
}

/** Where an expression is wrong. */
function offsetOfFault(source: string): number {
  try {
    javascript.expression(source);
  } catch (error) {
    if (error instanceof LanguageSyntaxError) return error.offset;
    throw error;
  }
  throw new Error(`taken: ${source}`);
}

test("javascript.expression: finds the names that the expression does not declare itself", () => {
  assertEquals(marked("a.b[c](d)"), "<read a>.b[<read c>](<read d>)");
  assertEquals(marked("a?.b(c)"), "<read a>?.b(<read? c>)");
  assertEquals(marked("a ? b : c && (d)"), "<read a> ? <read? b> : <read? c> && (<read? d>)");
});

test("javascript.expression: parameters and variables of functions are their own", () => {
  assertEquals(
    marked("(x, { y, z: [w = v] }, ...r) => x + y + w + r + q"),
    "(x, { y: y, z: [w = <read? v>] }, ...r) => x + y + w + r + <read? q>",
  );
  assertEquals(
    marked("function f(a) { var b = a; { let c = d } return c + f + arguments[0] }"),
    "function f(a) { var b = a; { let c = <read? d> } return <read? c> + f + arguments[0] }",
  );
  assertEquals(
    marked("() => { for (const k of ks) { try { k() } catch ({ message }) { g(message) } } }"),
    "() => { for (const k of <read? ks>) { try { k() } catch ({ message: message }) { <read? g>(message) } } }",
  );
  assertEquals(
    marked("class A extends B { static [c] = d; #p = this.e; m(f) { return super.m(f, A) } }"),
    "class A extends <read B> { static [<read? c>] = <read? d>; #p = this.e; m(f) { return super.m(f, A) } }",
  );
  assertEquals(
    marked("() => { switch (a) { case b: let c; default: c; label: for (;;) { break label } } function h() {} h() }"),
    "() => { switch (<read? a>) { case <read? b>: let c; default: c; label: for (;;) { break label } } function h() {} h() }",
  );
});

test("javascript.expression: the shorthand of an object keeps the property's name", () => {
  assertEquals(
    render("{% raw json_encode({ a, package, b: { c: a } }) %}", { a: 1, package: 2 }),
    '{"a":1,"package":2,"b":{"c":1}}',
  );
  assertEquals(render("{{ Object.keys({ __proto__ }) }}", JSON.parse('{"__proto__": 1}')), "__proto__");
});

test("javascript.expression: assignments are to variables of the template", () => {
  assertEquals(render("{% set total = 0 %}{% set [1, 2, 3].forEach((x) => total += x) %}{{ total }}"), "6");
  assertEquals(render("{% set [a, { b, c = 3 }, ...d] = [1, { b: 2 }, 4, 5] %}{{ a }}{{ b }}{{ c }}{{ d }}"), "1234,5");
  assertEquals(render("{{ (n = 5) + n }}{{ n++ }}{{ --n }}{{ n **= 2 }}"), "105525");
  assertEquals(render("{% set d.k = 'v' %}{{ d.k }}{% set xs[0] += 1 %}{{ xs }}", { d: {}, xs: [1] }), "v2");
});

test("javascript.expression: comments and line breaks do no harm", () => {
  assertEquals(
    render("{{ a // the value\n}}{{ a /* } */ }}{{ /* x */ a }}{{ [ // one\n a,\n // two\n a ] }}", { a: 1 }),
    "1111,1",
  );
  assertEquals(render("{{ (() => { return /*\n*/ 1 })() }}"), "");
});

test("javascript.expression: literals of every kind", () => {
  assertEquals(
    render("{{ `${a}-${`${a}`}` }}{{ /[/}]{2}/u.test('}/') }}{{ 0x10 }}{{ 1_000 }}{{ 2n ** 70n }}{{ 'it\\'s' }}", {
      a: 1,
    }, { autoescape: null }),
    "1-1true1610001180591620717411303424it's",
  );
  assertEquals(render("{{ undefined }}{{ NaN }}{{ Infinity }}{{ null }}{{ true }}"), "NaNInfinitytrue");
});

test("javascript.expression: what is no expression is refused, with where", () => {
  const faults: [string, number][] = [
    ["", 0],
    ["a b", 2],
    ["a +", 3],
    ["a) + (b", 0],
    ["a; b", 1],
    ["a, b", 0],
    ["'open", 0],
    ["`${", 3],
    ["this", 0],
    ["x => this", 5],
    ["import('fs')", 0],
    ["010", 0],
    ["'\\07'", 0],
    ["delete x", 0],
    ["a <!-- b", 2],
    ["undefined = 1", 0],
    ["yield 1", 6],
    ["let x = 1", 4],
    ["if (a) b", 0],
    ["return a", 0],
    ["() => { with (a) b }", 8],
    ["new.target", 0],
    ["a\n--> b", 2],
  ];
  for (const [source, offset] of faults) {
    assertEquals(offsetOfFault(source), offset, source);
  }
});

test("javascript.expression: what only the engine refuses is an error with its place, too", () => {
  const source = "{{ 1 }}\n{{ (() => { if (1) function f() {} })() }}";
  assertEquals(
    failure(source),
    "ExpressionSyntaxError: the engine refuses the code: In strict mode code, functions can only be " +
      "declared at top level or inside a block. at main.txt:2",
  );
});

test("javascript.loop: one name, several, patterns, and `of` like `in`", () => {
  const pairs = [[1, "a"], [2, "b"]];
  assertEquals(render("{% for k, v in pairs %}{{ k }}{{ v }}{% end %}", { pairs }), "1a2b");
  assertEquals(render("{% for [k, v] of pairs %}{{ k }}{{ v }}{% end %}", { pairs }), "1a2b");
  assertEquals(render("{% for k, v in map %}{{ k }}{{ v }}{% end %}", { map: new Map([["x", 1]]) }), "x1");
  assertEquals(render("{% for k, in pairs %}{{ k }}{% end %}", { pairs }), "12");
  assertEquals(
    render("{% for a, [b, ...c], { d, e: f = 9 } in xs %}{{ a }}{{ b }}{{ c }}{{ d }}{{ f }}{% end %}", {
      xs: [[1, [2, 3], { d: 4 }]],
    }),
    "12349",
  );
  assertEquals(render("{% for { name } in users %}{{ name }}{% end %}", { users: [{ name: "A" }] }), "A");
  assertEquals(render("{% for d.x in [1, 2] %}{{ d.x }}{% end %}", { d: {} }), "12");
  assertEquals(render("{% for x in 'k' in d ? [1] : [] %}{{ x }}{% end %}", { d: { k: 1 } }), "1");
  assertEquals(render("{% for of in [1] %}{{ of }}{% end %}{% for x in'ab' %}{{ x }}{% end %}"), "1ab");
});

test("javascript.loop: what cannot be assigned to is refused", () => {
  for (
    const head of [
      "in xs",
      "x xs",
      "1 in xs",
      "f() in xs",
      "x = 1 in xs",
      "a] = [b in xs",
      "a b in xs",
      "x in",
      "x in a b",
      "this in xs",
    ]
  ) {
    assertEquals(failure(`{% for ${head} %}{% end %}`).split(":")[0], "ExpressionSyntaxError", head);
  }
});

test("javascript.except: a class, several, a name for the error", () => {
  const f = (error: Error) => () => {
    throw error;
  };
  const source =
    "{% try %}{{ f() }}{% except TypeError %}type{% except (RangeError, SyntaxError) as e %}{{ e.message }}{% except %}any{% end %}";
  assertEquals(
    ["x"].flatMap((m) => [TypeError, RangeError, SyntaxError, Error].map((C) => render(source, { f: f(new C(m)) }))),
    ["type", "x", "x", "any"],
  );
  assertEquals(
    failure("{% try %}\n{{ f() }}{% except TypeError %}{% end %}", { f: f(new RangeError("r")) }),
    "RenderError: r at main.txt:2",
  );
  assertEquals(
    failure("{% try %}{{ f() }}{% except 5 %}{% end %}", { f: f(new Error()) }),
    "RenderError: cannot catch 5, which is not a class at main.txt:1",
  );
  assertEquals(
    render("{% try %}{{ nosuch }}{% except ReferenceError as e %}{{ e.message }}{% end %}"),
    "name &#x27;nosuch&#x27; is not defined",
  );
  for (const head of ["a b", "A as", "A as 1", "A as b c"]) {
    assertEquals(failure(`{% try %}{% except ${head} %}{% end %}`).split(":")[0], "ExpressionSyntaxError", head);
  }
});

test("javascript.callable: methods keep their object", () => {
  class Shouter {
    mark = "!";
    shout(text: string): string {
      return text.toUpperCase() + this.mark;
    }
  }
  const shouter = new Shouter();
  assertEquals(
    render("{% apply s.shout %}a{% end %}{% apply s['shout'] %}b{% end %}{% apply (s.shout) %}c{% end %}", {
      s: shouter,
    }),
    "A!B!C!",
  );
  assertEquals(render("{% autoescape s.shout %}{{ 'x' }}", { s: shouter }), "X!");
  assertEquals(
    failure("{% apply s.nosuch %}a{% end %}", { s: shouter }),
    "RenderError: s.nosuch is not a function at main.txt:1",
  );
  assertEquals(
    failure("{% apply s.shout %}a{% end %}", { s: null }),
    "RenderError: Cannot read properties of null (reading 'shout') at main.txt:1",
  );
  assertEquals(render("{% apply (text) => text + '.' %}a{% end %}"), "a.");
});

test("javascriptRuntime: what values look like", () => {
  const values = [
    0,
    -0,
    1.5,
    1e21,
    true,
    false,
    "",
    [1, [2]],
    new Date(0).toISOString(),
    5n,
    new Uint8Array([0xc3, 0xa9]),
    { toString: () => "<o>" },
  ];
  assertEquals(values.map((value) => render("{{ x }}", { x: value })), [
    "0",
    "0",
    "1.5",
    "1e+21",
    "true",
    "false",
    "",
    "1,2",
    "1970-01-01T00:00:00.000Z",
    "5",
    "é",
    "&lt;o&gt;",
  ]);
  assertEquals(render("{{ x }}", { x: Symbol("s") }), "Symbol(s)");
  assertEquals(
    failure("{{ x }}", { x: Object.create(null) }),
    "RenderError: Cannot convert object to primitive value at main.txt:1",
  );
  assertEquals(failure("{{ x }}", { x: new Uint8Array([0xff]) }).split(":")[0], "RenderError");
});

test("Template: await makes it asynchronous, wherever it stands", async () => {
  const later = <T>(value: T) => Promise.resolve(value);
  const source = "{{ await later('<a>') }}{% if await later(0) %}x{% elif await later(1) %}b{% end %}" +
    "{% for x in await later([1, 2]) %}{{ x }}{{ await later(x) }}{% end %}{% set y = await later('y') %}{{ y }}" +
    "{% while await later(n < 2) %}{% set n += await later(1) %}{{ n }}{% end %}" +
    "{% apply await later(f) %}{{ await later('in') }}{% end %}{% try %}{{ await fail() }}{% except %}c{% end %}" +
    "{{ await Promise.all([later(1), later(2)]) }}";
  const template = new Template(source);
  assert(template.isAsync);
  const fail = () => Promise.reject(new Error("late"));
  const namespace = { later, fail, n: 0, f: (text: string) => `[${text}]` };
  const expected = "&lt;a&gt;b1122y12[in]c1,2";
  assertEquals(await template.generateAsync(namespace), expected);
  const pieces: string[] = [];
  for await (const piece of template.chunksAsync(namespace, { chunkSize: 1 })) pieces.push(piece);
  assertEquals(pieces.join(""), expected);
  assert(pieces.length > 5);
  // Two at once do not mix.
  assertEquals(await Promise.all([template.generateAsync(namespace), template.generateAsync(namespace)]), [
    expected,
    expected,
  ]);
});

test("Template: an await inside a function of the expression does not make it asynchronous", () => {
  const template = new Template("{{ typeof (async () => await 1) }}");
  assertEquals([template.isAsync, template.generate()], [false, "function"]);
});
