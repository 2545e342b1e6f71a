// Random templates whose expressions mean the same in JavaScript and in Python, for the comparison with Tornado.

import { Random } from "../support/random.ts";

/** A template with all that belongs to it. */
export interface TemplateCase {
  readonly files: Readonly<Record<string, string>>;
  readonly entry: string;
  readonly namespace: Readonly<Record<string, unknown>>;
  readonly options: { autoescape?: string | null; whitespace?: "all" | "single" | "oneline" };
}

export const NAMESPACE: TemplateCase["namespace"] = {
  i: 3,
  j: 11,
  zero: 0,
  s: '<a href="x">it\'s</a>',
  t: "plain",
  empty: "",
  u: "Käse 😀 & \u2028",
  url: "see http://example.com/a?b=1&c=2 or www.tornado.test.",
  xs: [1, 2, 3],
  ns: ["a&b", " c ", "<d>"],
  none: [],
  pairs: [[1, "one"], [2, "<two>"]],
  user: { name: "Ada & Co", age: 41, tags: ["x", "y'z"] },
  users: [{ name: "<a>", age: 1, tags: ["p"] }, { name: "b", age: 2, tags: ["q", "r"] }],
  nul: null,
};

const INTEGERS = ["i", "j", "zero", "user.age", 'user["age"]', "xs[0]", "xs[2]", "7", "0", "pairs[1][0]"];
const STRINGS = [
  "s",
  "t",
  "empty",
  "u",
  "url",
  "user.name",
  "ns[0]",
  "user.tags[1]",
  '"lit <b>"',
  "'q\"q'",
  "pairs[1][1]",
];
// Not squeeze: Tornado hands bytes to it, which it does not take.
const FUNCTIONS = [
  "shout",
  "brackets",
  "twice",
  "trim",
  "url_escape",
  "xhtml_escape",
  "escape",
  'wrapper("(", ")")',
];
const ESCAPINGS = ["None", "xhtml_escape", "escape", "url_escape", "brackets", "linkify"];
const TEXTS = [
  "text",
  " ",
  "\n",
  "\t",
  "  \n  ",
  "\n\n\n",
  "\r\n",
  " \t \t",
  "\f",
  "\v",
  "\u00a0",
  "\u2003 ",
  "\x1c",
  "\ufeff",
  "<p>",
  "</p>",
  "<pre>",
  "</pre>",
  "&amp;",
  "{ ",
  "}",
  "{ { ",
  "}}",
  "%}",
  "#}",
  "{{!",
  "{%!",
  "{#!",
  "{{! x }}",
  "${t}",
  "\\n",
  "`",
  "'",
  '"',
  "é",
  "😀",
  "\u2028",
  "// not a comment",
  "/*",
  "<!--",
  "-->",
  "</script>",
];
const FAULTS = [
  "{",
  "{ {",
  "{{ }}",
  "{{}}",
  "{% %}",
  "{% bogus %}",
  "{% end %}",
  "{% if i %}",
  "{% else %}",
  "{% elif i %}",
  "{% except %}",
  "{% finally %}",
  "{% break %}",
  "{% continue %}",
  "{% extends %}",
  '{% include "" %}',
  "{% set %}",
  "{% apply %}x{% end %}",
  "{% block %}x{% end %}",
  "{{ nosuch }}",
  "{{ boom() }}",
  "{% for q in i %}{% end %}",
  "{{ i",
  "{% if",
  "{# open",
  "{{ i j }}",
  "{% if i j %}x{% end %}",
  "{% set x = %}",
  "{% raw %}",
  "{% for in xs %}{% end %}",
  "{% while %}{% end %}",
  '{% include "nosuch" %}',
  '{% extends "nosuch" %}',
  "{% apply nosuch %}x{% end %}",
  "{% whitespace squash %}",
  "{{ nul.x }}",
  "{% module Nope() %}",
  "{% import %}",
  "{% from %}",
  '{% if i %}{% extends "base.html" %}{% end %}',
  "{{ i\n + }}",
  "{% IF i %}",
  "{%if i%}{%end%}",
  "{% if\ti %}{% end %}",
  "{% for q in xs %}{% elif i %}{% end %}",
  "{% try %}{% elif i %}{% end %}",
  "{% comment",
  "{{{ i }}",
];

interface Scope {
  /** Names that hold integers here, besides those of the namespace. */
  readonly integers: readonly string[];
  readonly strings: readonly string[];
  readonly inLoop: boolean;
  readonly depth: number;
}

class Generator {
  readonly #random: Random;
  readonly #includes: readonly string[];
  readonly #counter: { names: number };

  /**
   * @param includes The files that may be included.
   * @param counter Numbers the names: what a name means before it is set is not the same in both languages.
   */
  constructor(random: Random, includes: readonly string[], counter: { names: number }) {
    this.#random = random;
    this.#includes = includes;
    this.#counter = counter;
  }

  content(scope: Scope, pieces: number): string {
    let content = "";
    let here = scope;
    for (let n = 0; n < pieces; n++) {
      const [piece, after] = this.#piece(here);
      content += piece;
      here = after;
    }
    return content;
  }

  integer(scope: Scope): string {
    const random = this.#random;
    const one = random.pick([...INTEGERS, ...scope.integers, ...scope.integers]);
    switch (random.below(7)) {
      case 0:
        return `${one} + ${random.below(9)}`;
      case 1:
        return `(${one} - ${random.pick(INTEGERS)}) * 2`;
      case 2:
        return `add(${one},\n${random.below(9)})`;
      case 3:
        return `ident(${one})`;
      default:
        return one;
    }
  }

  string(scope: Scope): string {
    const random = this.#random;
    const one = random.pick([...STRINGS, ...scope.strings, ...scope.strings]);
    switch (random.below(8)) {
      case 0:
        return `${one} + ${random.pick(STRINGS)}`;
      case 1:
        return `join2(${one}, ${random.pick(STRINGS)})`;
      case 2:
        return `${random.pick(["xhtml_escape", "url_escape", "squeeze", "shout", "linkify"])}(${one})`;
      case 3:
        return `[${one}, "z"][0]`;
      default:
        return one;
    }
  }

  #value(scope: Scope): string {
    return this.#random.below(2) === 0 ? this.integer(scope) : this.string(scope);
  }

  #test(scope: Scope): string {
    const random = this.#random;
    const compare = `${this.integer(scope)} ${random.pick(["<", "<=", ">", ">="])} ${this.integer(scope)}`;
    return random.pick([compare, compare, this.integer(scope), this.string(scope)]);
  }

  #inner(scope: Scope): Scope {
    return { ...scope, depth: scope.depth + 1 };
  }

  #body(scope: Scope): string {
    return this.content(this.#inner(scope), this.#random.below(4));
  }

  #name(): string {
    return `v${this.#counter.names++}`;
  }

  #piece(scope: Scope): [string, Scope] {
    const random = this.#random;
    const isDeep = scope.depth > 3;
    switch (random.below(isDeep ? 12 : 24)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return [random.pick(TEXTS) + random.pick(TEXTS), scope];
      case 4:
      case 5:
      case 6:
        return [`{{${random.pick([" ", "  ", "\n"])}${this.#value(scope)}${random.pick([" ", "\n "])}}}`, scope];
      case 7:
        return [`{% raw ${this.#value(scope)} %}`, scope];
      case 8:
        return this.#set(scope);
      case 9:
        return [random.pick(["{# c {{ x }} #}", "{% comment x %}", "{% comment %}", "{##}"]), scope];
      case 10:
        return [
          scope.inLoop && random.below(2) === 0
            ? `{% if ${this.#test(scope)} %}{% ${random.pick(["break", "continue"])} %}{% end %}`
            : `{% module ${random.pick([`Greet(${random.pick(STRINGS)})`, "Rule()"])} %}`,
          scope,
        ];
      case 11:
        return [random.below(6) === 0 ? this.#directive() : random.pick(TEXTS), scope];
      case 12:
      case 13:
        return [this.#if(scope), scope];
      case 14:
      case 15:
        return this.#for(scope);
      case 16:
        return this.#while(scope);
      case 17:
      case 18:
        return [this.#apply(scope), scope];
      case 19:
        return [this.#try(scope), scope];
      case 20:
      case 21:
        return [
          this.#includes.length > 0
            ? "{% include Q %}".replaceAll("Q", random.pick(['"Q"', "'Q'", "Q"])).replace(
              "Q",
              random.pick(this.#includes),
            )
            : "",
          scope,
        ];
      default:
        return [
          `{% block b${random.below(4)} %}${
            this.content({ ...this.#inner(scope), integers: [], strings: [], inLoop: false }, random.below(4))
          }{% end %}`,
          scope,
        ];
    }
  }

  #set(scope: Scope): [string, Scope] {
    const name = this.#name();
    if (this.#random.below(2) === 0) {
      return [`{% set ${name} = ${this.string(scope)} %}`, { ...scope, strings: [...scope.strings, name] }];
    }
    const more = this.#random.below(3) === 0 ? `{% set ${name} += ${this.integer(scope)} %}` : "";
    return [`{% set ${name} = ${this.integer(scope)} %}${more}`, { ...scope, integers: [...scope.integers, name] }];
  }

  #directive(): string {
    const random = this.#random;
    return random.pick([
      `{% autoescape ${random.pick(ESCAPINGS)} %}`,
      `{% whitespace ${random.pick(["all", "single", "oneline"])} %}`,
    ]);
  }

  #if(scope: Scope): string {
    const random = this.#random;
    let code = `{% if ${this.#test(scope)} %}${this.#body(scope)}`;
    for (let n = random.below(3); n > 0; n--) code += `{% elif ${this.#test(scope)} %}${this.#body(scope)}`;
    if (random.below(2) === 0) code += `{% else %}${this.#body(scope)}`;
    return `${code}{% end${random.pick(["", " if"])} %}`;
  }

  #for(scope: Scope): [string, Scope] {
    const random = this.#random;
    const name = this.#name();
    const second = this.#name();
    const [head, integers, strings]: [string, string[], string[]] = random.pick([
      [`${name} in xs`, [name], []],
      [`${name} in [1, 2]`, [name], []],
      [`${name} in ns`, [], [name]],
      [`${name} in none`, [], []],
      [`${name} in user.tags`, [], [name]],
      [`${name}, ${second} in pairs`, [name], [second]],
      [`${name} in users`, [`${name}.age`], [`${name}.name`, `${name}["name"]`]],
    ]);
    const within = {
      ...this.#inner(scope),
      integers: [...scope.integers, ...integers],
      strings: [...scope.strings, ...strings],
      inLoop: true,
    };
    let code = `{% for ${head} %}${this.content(within, random.below(5))}`;
    if (random.below(4) === 0) code += `{% else %}${this.#body(scope)}`;
    // The last value stays visible.
    return [`${code}{% end %}`, { ...scope, integers: within.integers, strings: within.strings }];
  }

  #while(scope: Scope): [string, Scope] {
    const name = this.#name();
    const within = { ...this.#inner(scope), integers: [...scope.integers, name], inLoop: true };
    const body = this.content(within, this.#random.below(4));
    const otherwise = this.#random.below(3) === 0 ? `{% else %}${this.#body(scope)}` : "";
    const code = `{% set ${name} = 0 %}{% while ${name} < 2 %}{% set ${name} += 1 %}${body}${otherwise}{% end %}`;
    return [code, { ...scope, integers: within.integers }];
  }

  #apply(scope: Scope): string {
    const within = { ...this.#inner(scope), inLoop: false };
    return `{% apply ${this.#random.pick(FUNCTIONS)} %}${this.content(within, this.#random.below(4))}{% end %}`;
  }

  #try(scope: Scope): string {
    const random = this.#random;
    const fault = random.below(2) === 0
      ? random.pick(["{{ boom() }}", "{{ nosuch }}", "{{ nul.x }}", "{% set q = boom() %}"])
      : "";
    let code = `{% try %}${this.#body(scope)}${fault}${this.#body(scope)}`;
    const hasExcept = random.below(4) > 0;
    if (hasExcept) code += `{% except %}${this.#body(scope)}`;
    if (hasExcept && random.below(2) === 0) code += `{% else %}${this.#body(scope)}`;
    if (!hasExcept || random.below(2) === 0) code += `{% finally %}${this.#body(scope)}`;
    return `${code}{% end %}`;
  }
}

/** A case from a seed; one in four has a fault put before some tag. */
export function generateCase(seed: number): TemplateCase {
  const random = new Random(seed);
  const extension = random.pick(["html", "html", "txt", "js"]);
  const scope: Scope = { integers: [], strings: [], inLoop: false, depth: 0 };
  const files: Record<string, string> = {};
  const counter = { names: 0 };
  const parts = Array.from({ length: random.below(4) }, (_, n) => `part${n}.${extension}`);
  const top = { ...scope, integers: ["shared"] };
  parts.forEach((part, n) =>
    files[part] = new Generator(random, parts.slice(n + 1), counter).content(top, random.below(6))
  );
  const directive = () => random.below(5) === 0 ? `{% autoescape ${random.pick(ESCAPINGS)} %}` : "";
  // What stands outside blocks counts only in the outermost file.
  const shared = "{% set shared = 5 %}";
  const base = `base.${extension}`;
  files[base] = shared + directive() + new Generator(random, parts, counter).content(top, 3 + random.below(8));
  let entry = base;
  for (let level = 0, parent = base; level < random.below(4); level++) {
    entry = `page${level}.${extension}`;
    const outside = random.below(3) === 0 ? "lost {{ nosuch }}" : "";
    let blocks = "";
    for (let n = random.below(4); n > 0; n--) {
      blocks += `{% block b${random.below(4)} %}${
        new Generator(random, parts, counter).content(scope, random.below(5))
      }{% end %}\n`;
    }
    files[entry] = `${directive()}{% extends "${parent}" %}${outside}${blocks}`;
    parent = entry;
  }
  if (random.below(4) === 0) {
    const name = random.pick(Object.keys(files));
    const text = files[name] ?? "";
    // Before a tag: within one, its meaning depends on the language. Not at the start of a `while`, where a `continue`
    // would skip the step that ends the loop.
    const at = random.pick([...text.matchAll(/(?<! < 2 %\})(?:\{\{|\{%|$)/g)]).index;
    files[name] = text.slice(0, at) + random.pick(FAULTS) + text.slice(at);
  }
  const options: TemplateCase["options"] = {};
  if (random.below(6) === 0) options.autoescape = random.pick([null, "url_escape", "brackets"]);
  if (random.below(6) === 0) options.whitespace = random.pick(["all", "single", "oneline"]);
  return { files, entry, namespace: NAMESPACE, options };
}
