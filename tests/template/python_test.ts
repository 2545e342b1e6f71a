// Python in a template: refused or explained with what JavaScript writes, in the template and line where it stands.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CompiledLoader, compileTemplates, DictLoader } from "../../src/template/mod.ts";
import { test } from "../support/test.ts";
import { failure, render } from "./render.ts";

const NAMESPACE = {
  a: 7,
  b: 2,
  c: 1,
  xs: [1, 2, 3],
  text: "%d items",
  object: { key: 1 },
  map: new Map([["key", 1]]),
  set: new Set([1]),
  f: (...given: unknown[]) => JSON.stringify(given),
  _: (text: string) => text,
};

/** Each tag is in the second line. The message must name the replacement. */
function assertAdvice(kind: string, rows: readonly (readonly [tag: string, advice: string])[]): void {
  for (const [tag, advice] of rows) {
    const source = tag.startsWith("{%") ? tag : `{{ ${tag} }}`;
    const message = failure(`\n${source}`, NAMESPACE);
    assertStringIncludes(message, advice, tag);
    assertMatch(message, new RegExp(`^${kind}: .* at main\\.txt:2$`), tag);
  }
}

test("Python that is no JavaScript is a syntax error with its replacement", () => {
  assertAdvice("ExpressionSyntaxError", [
    ["a and b", "a && b"],
    ["a or b", "a || b"],
    ["not a", "!x"],
    ["{% if a and not b %}{% end %}", "a && b"],
    ["{% if not a %}{% end %}", "!x"],
    ["a not in xs", "!list.includes(x)"],
    ["not a in xs", "!list.includes(x)"],
    ["{% if not object.key in xs %}{% end %}", "!list.includes(x)"],
    ["-a ** 2", "-(x ** 2)"],
    ["a is b", "a === b"],
    ["a is None", "a === b"],
    ["a is not None", "a !== b"],
    ["a <> b", "a !== b"],
    ["a if b else c", "condition ? a : b"],
    ["{% set x = a if b else c %}", "condition ? a : b"],
    ["xs[1:2]", "x.slice(1, 2)"],
    ["xs[:2]", "x.slice(1, 2)"],
    ["xs[-1:]", "x.slice(1, 2)"],
    ["{% for x in xs[1:] %}{% end %}", "x.slice(1, 2)"],
    ["lambda x: x", "(x) => ..."],
    ["f(lambda: 1)", "(x) => ..."],
    ["[x for x in xs]", "xs.map("],
    ["{x: 1 for x in xs}", "xs.map("],
    ["f(*xs)", "...x"],
    ["f(a, **object)", "...x"],
    ["{**object}", "...x"],
    ['"a" "b"', "joined by +"],
    ['u"text"', "leave it out"],
    ['f"text {a}"', "`${x}`"],
    ['"""text"""', "`...`"],
    ["a # comment", "/* ... */"],
    ["(x := 1)", "(x = ...)"],
    ["10L", "no suffix 'L'"],
    ["{1, 2}", "new Set([a, b])"],
    ["{ 'a' }", "new Set([a, b])"],
    ["{ a: { b: 1}}", "} } with a space"],
    ["yield a", "await x"],
    ["if (a) b", "'if' is not allowed here"],
    ["()", "[]"],
    ["(a,)", "[a]"],
    ["a,", "[a]"],
    ["f((a,))", "[a]"],
    ["{% set del object.key %}", "delete x.key"],
    ["{% if a: %}{% end %}", "no colon"],
    ["{% if a %}{% else if b %}{% end %}", "{% elif x %}"],
    ["(a // b) + c", "Math.floor(a / b)"],
  ]);
  assertAdvice("ParseError", [
    ["{% if a %}{% endif %}", "{% end %}"],
    ["{% if a %}{% elseif b %}{% end %}", "{% elif x %}"],
    ["{% if a %}{% elsif b %}{% end %}", "{% elif x %}"],
    ["{% if a %}{% else: %}{% end %}", "no colon"],
  ]);
});

test("Python that JavaScript takes for something else is refused with its replacement", () => {
  assertAdvice("ExpressionSyntaxError", [
    ["xs[-1]", "xs.at(-1)"],
    ["xs[-a]", "xs.at(-a)"],
    ["xs?.[-1]", "xs.at(-1)"],
    ["{% set xs[-1] = 3 %}", "xs[xs.length - 1]"],
    ["a in [1, 2]", "[1, 2].includes(a)"],
    ["'a' in 'abc'", "'abc'.includes('a')"],
    ["a in {b, c}", "[b, c].includes(a)"],
    ["!a in object", "!(a in object)"],
    ["'%d items' % a", "`... ${x} ...`"],
    ["'%d ' + 'items' % a", "`... ${x} ...`"],
    ["a // b", "Math.floor(a / b)"],
    ["a // 2", "Math.floor(a / b)"],
    ["(a // 2\n)", "Math.floor(a / b)"],
    ["{% set a //= 2 %}", "Math.floor(a / b)"],
    ["{% for x in xs // 2 %}{% end %}", "Math.floor(a / b)"],
    ["1, 2", "a list is written [a, b]"],
    ["(1, 2)", "a list is written [1, 2]"],
    ["f((a, b))", "a list is written [a, b]"],
    ["xs[1, 2]", "a list is written [1, 2]"],
    ["{% for x in (1, 2) %}{% end %}", "a list is written [1, 2]"],
    ["{% set a, b = 1, 2 %}", "a list is written [a, b]"],
    ["f(x=1)", "{ x: 1 }"],
    ["f(a, x=1, y='z')", "{ x: 1, y: 'z' }"],
    ["object?.f(x=1)", "{ x: 1 }"],
    ["{% module Entry(a, show=b) %}", "{ show: b }"],
    ["1 < a < 5", "1 < a && a < 5"],
    ["a == b == c", "a == b && b == c"],
    ["'-' * 10", "text.repeat(n)"],
    ["[0] * 3", "Array(n).fill(x)"],
    ["xs + [1]", "[...xs, ...[1]]"],
    ["xs == []", "xs.length == 0"],
    ["object != {}", "Object.keys(object).length != 0"],
    ["'\\U0001F600'", "\\u{1F600}"],
    ["() => xs[-1]", "xs.at(-1)"],
  ]);
});

test("Python that shows only when the values are there is an error of the rendering with its replacement", () => {
  assertAdvice("RenderError", [
    ["a in xs", "xs.includes(a)"],
    ["{% if a in xs %}{% end %}", "xs.includes(a)"],
    ["'a' in text", "text.includes('a')"],
    ["a in set", "set.has(a)"],
    ["'key' in map", "map.has('key')"],
    ["'key' in map.keys()", "[...map.keys()].includes('key')"],
    ["text % a", "`... ${x} ...`"],
    ["_('%d items') % a", 'text.replace("%s", x)'],
    ["{% for key in object %}{% end %}", "Object.keys(x)"],
    ["{% for key, value in object.items() %}{% end %}", "Object.entries(x)"],
    ["object.get('key')", "x[key] ?? fallback"],
    ["text.upper()", "x.toUpperCase()"],
    ["', '.join(xs)", 'xs.join(", ")'],
    ["'{}'.format(a)", "`${x}`"],
    ["len(xs)", "x.length"],
    ["not(a)", "!x"],
    ["None", "write null"],
    ["math.floor(a)", "write Math"],
    ["self.current_user", "write handler"],
    ["bin(a)", "x.toString(2)"],
    ["True", "write true"],
    ["False", "write false"],
    ["str(a)", "String(x)"],
    ["{% for i in range(3) %}{% end %}", "Array(n).keys()"],
    ["{% for i, x in enumerate(xs) %}{% end %}", "xs.entries()"],
    ["{% apply str %}{% end %}", "String(x)"],
    ["{% try %}{{ nosuch }}{% except Exception %}{% end %}", "write Error"],
  ]);
});

test("Python: a name that the application passes is its own", () => {
  assertEquals(
    render("{{ len(xs) }}{{ None }}{{ True }}", { len: (xs: unknown[]) => xs.length, xs: [1], None: "-", True: "+" }),
    "1-+",
  );
  assertEquals(render("{{ typeof None }}"), "undefined");
});

test("JavaScript that only looks like Python is taken", () => {
  const rows: [string, string][] = [
    ["'key' in object", "true"],
    ["'nosuch' in object", "false"],
    ["'a' in { a: 1, b }", "true"],
    ["!('key' in object)", "false"],
    ["a % b", "1"],
    ["-a % b", "-1"],
    ["a % 4 % b", "1"],
    ["(a + b) % b", "1"],
    ["'12' % 5", "2"],
    ["`${a}` % b", "1"],
    ["a /* x */ % /* y */ b", "1"],
    ["'3' * b", "6"],
    ["a // the value\n", "7"],
    ["[ // one\n a, // two\n b // three\n]", "7,2"],
    ["[a - 1, xs[a - 5], xs.at(-1)]", "6,3,3"],
    ["object['-1']", ""],
    ["xs.map((x) => (c += x, c))", "2,4,7"],
    ["(() => { for (let i = 0, n = 2; i < n; i++, n--) c++; return c })()", "2"],
    ["f((x = 1))", "[1]"],
    ["f(function (x = 1) { return x })", "[null]"],
    ["a < b === c > a", "true"],
    ["(a == b) == false", "true"],
    ["[xs.length == 0, 'x' + 1, '<' + xs]", "false,x1,<1,2,3"],
    ["'\\\\U0001F600'", "\\U0001F600"],
    ["Object.keys(class { static #p = 1; static m(x) { return #p in x } })", ""],
  ];
  for (const [source, output] of rows) {
    assertEquals(render(`{{ ${source} }}`, { ...NAMESPACE }, { autoescape: null }), output, source);
  }
});

test("Python: templates that are compiled ahead of time explain it, too", async () => {
  const code = compileTemplates(new DictLoader({ "main.txt": "{{ len(xs) }}", "in.txt": "{{ a in xs }}" }), [
    "main.txt",
    "in.txt",
  ]);
  const { templates } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const loader = new CompiledLoader(templates);
  const messageOf = (name: string) => {
    try {
      return loader.load(name).generate(NAMESPACE);
    } catch (error) {
      return String(error);
    }
  };
  assertEquals(
    messageOf("main.txt"),
    "name 'len' is not defined; write x.length, or map.size, or set the language of the templates to Python at main.txt:1",
  );
  assertMatch(messageOf("in.txt"), /write xs\.includes\(a\) at in\.txt:1$/);
});
