// What a template of Python must not reach: the engine, prototypes, the insides of functions and of values.
import { assert, assertEquals } from "@std/assert";
import { ExpressionSyntaxError, RenderError } from "../../src/template/mod.ts";
import { python } from "../../src/template/python.ts";
import { test } from "../support/test.ts";
import { errorOf, render } from "./render.ts";

class User {
  readonly #secret = "secret";
  readonly name = "Ada";
  shout(text: string): string {
    return `${text}!`;
  }
  get length(): number {
    return this.#secret.length;
  }
  static find(name: string): string {
    return name;
  }
}

/** A function of the old kind, whose `this` is the global object without a receiver. */
const sloppy: unknown = new Function("return this");

const NAMESPACE = {
  user: new User(),
  User,
  record: { name: "Ada", shout: (text: string) => `${text}!` },
  f: (text: string) => text,
  asynchronous: async (text: string) => await Promise.resolve(text),
  generator: function* () {
    yield 1;
  },
  items: [3, 1, 2],
  table: new Map([["k", "v"]]),
  date: new Date(0),
  bytes: new Uint8Array([1]),
  symbol: Symbol("s"),
  proxy: new Proxy({}, { has: () => true, get: (_, name) => name === "constructor" ? Function : String(name) }),
  holder: { make: Function, deno: Deno, all: globalThis },
  Holder: class {
    static readonly evaluate = eval;
    readonly make = Function;
    readonly root = globalThis;
  },
  sloppy,
  _tt_modules: {},
  Function,
  each: (items: unknown[], work: (item: unknown) => unknown) => items.map(work),
  fail: () => {
    throw Object.assign(new Error("boom"), { code: 5 });
  },
};

/** Expressions that look for a way out. */
const EXPRESSIONS = [
  // Dunder chains.
  "''.__class__",
  "().__class__.__bases__[0].__subclasses__()",
  "[].__class__.__mro__",
  "{}.__class__",
  "(1).__class__",
  "user.__class__.__init__.__globals__",
  "user.__dict__",
  "user.__proto__",
  "record.__proto__",
  "f.__globals__",
  "f.__code__",
  "(lambda: 0).__globals__",
  "len.__self__",
  // The names by which JavaScript goes up.
  "user.constructor",
  "user.constructor.constructor('return 1')()",
  "record.constructor",
  "record['constructor']",
  "record['__proto__']",
  "f.constructor",
  "asynchronous.constructor",
  "generator.constructor",
  "(x for x in [1]).constructor",
  "(x for x in [1]).map",
  "iter([1]).toArray()",
  "User.prototype",
  "User.constructor",
  "items.constructor",
  "items['constructor']",
  "table.constructor",
  "date.constructor",
  "bytes.constructor",
  "symbol.constructor",
  "symbol.description",
  "proxy.constructor",
  "proxy.__proto__",
  "(2.0).constructor",
  "(2.0).value",
  "range(3).constructor",
  "range(3).length",
  "slice(1).lower",
  "(1).valueOf",
  "''.length",
  "'a'.codePointAt(0)",
  "[1].push(2)",
  "[1].length",
  "(1, 2).at(0)",
  "{1}.size",
  "{'a': 1}.entries()",
  "user.__class__.__name__",
  "type(user).constructorOf",
  "type(user).constructor",
  "type(user).prototype",
  "type(user)()",
  "type(f).__globals__",
  "ValueError('x').stack",
  "ValueError('x').type",
  "ValueError('x').details",
  "len.__name__.__class__",
  "int.__subclasses__()",
  "int.prototype",
  "datetime.timedelta(1).micros",
  "datetime.timezone.utc.offset",
  "object().constructor",
  "frozenset([1]).size",
  "id.call",
  "ValueError.constructor",
  "ValueError.isNative",
  "datetime.constructor",
  "datetime.datetime.now().constructor",
  "datetime.datetime.now().days",
  "datetime.datetime.constructor",
  // The insides of functions.
  "f.call(user)",
  "f.apply(user, [])",
  "f.bind(user)",
  "f.toString()",
  "f.caller",
  "f.arguments",
  "f.length",
  "f.name",
  "user.shout.call",
  "len.call",
  "(lambda x: x).apply",
  "(lambda x: x).caller",
  // Names that are put together.
  "getattr(user, '__cla' + 'ss__')",
  "getattr(user, 'con' + 'structor')",
  "getattr(f, ''.join(['c', 'all']))",
  "getattr(record, '__proto__')",
  "[getattr(x, 'constructor') for x in [user]]",
  "list(map(lambda o: o.constructor, [record]))",
  "sorted([user], key=lambda o: o.constructor)",
  "max([f], key=lambda o: o.call)",
  // Formats.
  "'{0.__class__}'.format(user)",
  "'{0.constructor}'.format(user)",
  "'{u.constructor.constructor}'.format(u=user)",
  "'{0[constructor]}'.format(record)",
  "'{0[__proto__]}'.format(record)",
  "'{0.call}'.format(f)",
  "f'{user.constructor}'",
  "'{x.constructor}'.format_map({'x': user})",
  "'%(constructor)s' % record",
  // Values that run code, wherever they lie.
  "holder.make",
  "holder.deno",
  "holder.all",
  "holder['all'].Deno",
  "Holder.evaluate('1')",
  "Holder().make('return 1')()",
  "Holder().root",
  "Function('return 1')()",
  "list(each(['return 1'], Function))[0]()",
  "list(map(Function, ['return 1']))",
  "sloppy()",
  "sloppy().Deno",
  "record.get('sloppy', sloppy)()",
  // Scopes.
  "globals().constructor",
  "globals()['constructor']",
  "locals()['_t$kw']",
];

/** Names that would lead out, if templates knew them. */
const UNKNOWN = [
  "__builtins__",
  "__import__",
  "globalThis",
  "Deno",
  "Object",
  "Reflect",
  "Proxy",
  "Symbol",
  "process",
  "self",
  "window",
  "arguments",
  "eval",
  "exec",
  "compile",
  "open",
  "input",
  "setattr",
  "delattr",
  "vars",
  "dir",
  "breakpoint",
  "memoryview",
];

/** Templates that look for a way out. */
const TEMPLATES = [
  "{% set x = '{0:{0.constructor}}'.format(user) %}",
  "{% set x = f'{user:{user.constructor}}' %}",
  "{% set user.__proto__ = 1 %}",
  "{% set user.constructor = 1 %}",
  "{% set User.x = 1 %}",
  "{% set f.x = 1 %}",
  "{% set len.x = 1 %}",
  "{% set ValueError.name = 'x' %}",
  "{% set datetime.datetime.now().days = 1 %}",
  "{% set datetime.datetime.now = 1 %}",
  "{% set datetime.x = 1 %}",
  "{% set datetime['x'] = 1 %}",
  "{% set x = 2.0; x.value = 3 %}",
  "{% set ''.x = 1 %}",
  "{% set (1, 2)[0] = 1 %}",
  "{% set del User.find %}",
  "{% set del ValueError.name %}",
  "{% set del user.constructor %}",
  "{% for user.__proto__ in [1] %}{% end %}",
  "{% for record.a.constructor in [1] %}{% end %}",
  "{% import os %}",
  "{% import sys %}",
  "{% from datetime import constructor %}",
  "{% from re import __proto__ %}",
  "{% import math %}{{ math.constructor }}",
  "{% try %}{{ fail() }}{% except Exception as e %}{{ e.stack }}{% end %}",
  "{% try %}{{ fail() }}{% except Exception as e %}{{ e.cause }}{% end %}",
  "{% try %}{{ fail() }}{% except Exception as e %}{{ e.__traceback__ }}{% end %}",
  "{% try %}{{ nope }}{% except NameError as e %}{{ e.constructor }}{% end %}",
  "{% try %}{{ {}['x'] }}{% except KeyError as e %}{{ e.type }}{% end %}",
  "{% try %}{{ {}['x'] }}{% except KeyError as e %}{{ e.stack }}{% end %}",
  "{% try %}{{ {}['x'] }}{% except KeyError as e %}{% set e.message = 1 %}{% end %}",
  "{% apply Function %}return 1{% end %}",
  "{% apply Holder.evaluate %}1{% end %}",
  "{% autoescape Function %}{{ 'return 1' }}",
  "{% module constructor() %}",
  "{% set class A: pass %}",
  "{% set def f(): pass %}",
  "{% set global x %}",
  "{{ await f('x') }}",
  "{{ (yield 1) }}",
];

/** What refusals say: the way on is not there. A name that nobody knows, or a slip in a try, says other things. */
const REFUSALS: readonly RegExp[] = [
  /has no attribute '/,
  /is not available in a template$/,
  /^attribute '\w+' of '[\w.]+' object cannot be set$/,
  /^'(?:constructor|__proto__|_t\$kw|_t)'$/,
  /^list indices must be integers or slices, not str$/,
  /^cannot import /,
  /does not support item assignment$/,
  /object is not callable$/,
  /is not supported$|is not allowed (?:here|in a template of Python)/,
];

const TRIES = [...EXPRESSIONS.map((expression) => `{{ ${expression} }}`), ...TEMPLATES];

for (const source of TRIES) {
  test(`python: a template cannot do ${source}`, () => {
    const error = errorOf(() => render(source, NAMESPACE, { language: python }));
    assertEquals(error instanceof RenderError || error instanceof ExpressionSyntaxError, true, String(error));
    assertEquals(error.lineno, 1);
    const { message } = error;
    assert(REFUSALS.some((refusal) => refusal.test(message)), message);
  });
}

test("python: the tries are many", () => {
  assert(TRIES.length >= 60, `${TRIES.length} tries`);
  assertEquals(new Set(TRIES).size, TRIES.length);
});

test("python: names of JavaScript, of Deno and of Python that would lead out do not exist", () => {
  for (const name of UNKNOWN) {
    const { cause } = errorOf(() => render(`{{ ${name} }}`, NAMESPACE, { language: python }));
    assertEquals(String(cause), `ReferenceError: name '${name}' is not defined`);
  }
});

test("python: what a template may do with the same objects works", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["user.shout('a')", "a!"],
    ["list(map(user.shout, ['a']))", "['a!']"],
    ["User.find('a')", "a"],
    ["record.shout('a')", "a!"],
    ["user.name", "Ada"],
    ["'{0.name} {1[name]}'.format(user, record)", "Ada Ada"],
    ["getattr(user, 'na' + 'me')", "Ada"],
    ["hasattr(user, 'constructor')", "False"],
    ["getattr(user, 'constructor', 'none')", "none"],
    ["User().name", "Ada"],
    ["isinstance(user, User)", "True"],
    ["len(globals()) > 5", "True"],
    ["each([1], lambda x: x + 1)", "[2]"],
    ["sorted([2, 1], key=f)", "[1, 2]"],
    ["date.year in (1969, 1970)", "True"],
  ];
  for (const [source, expected] of cases) {
    assertEquals(render(`{{ ${source} }}`, NAMESPACE, { autoescape: null, language: python }), expected, source);
  }
  const caught = "{% try %}{{ fail() }}{% except Exception as e %}{{ e }} {{ e.code }} {{ e.args[0] }}{% end %}";
  assertEquals(render(caught, NAMESPACE, { language: python }), "boom 5 boom");
});

test("python: a template leaves no trace in the runtime's own values", () => {
  const source = "{% set g = globals() %}{% set g['len'] = 1 %}{{ len('ab') }}{% set d = dict(a=1) %}" +
    "{% set d['__proto__'] = 5 %}{{ d }}{{ {}.get('x') }}";
  assertEquals(
    render(source, NAMESPACE, { autoescape: null, language: python }),
    "2{'a': 1, '__proto__': 5}None",
  );
  assertEquals(Reflect.get({}, "x"), undefined);
});
