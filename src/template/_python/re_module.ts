import { apply } from "./call.ts";
import { defineFunctions, type FunctionDefinition } from "./define_methods.ts";
import { makeDict } from "./dicts.ts";
import { INDEX_ERROR, PythonError, TYPE_ERROR, VALUE_ERROR } from "./exceptions.ts";
import { repr } from "./text.ts";
import { indexOf, PythonValue, tuple, typeName } from "./values.ts";

/** The flags that templates use, with those of JavaScript. */
const FLAGS: readonly (readonly [bit: number, flag: string, names: readonly string[]])[] = [
  [2, "i", ["I", "IGNORECASE"]],
  [8, "m", ["M", "MULTILINE"]],
  [16, "s", ["S", "DOTALL"]],
];

type Functions = Readonly<Record<string, FunctionDefinition>>;

function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw new PythonError(TYPE_ERROR, `expected string or bytes-like object, got '${typeName(value)}'`);
}

/** A compiled pattern. */
class Pattern extends PythonValue {
  readonly pythonType = "re.Pattern";
  readonly source: string;
  readonly #regExp: RegExp;

  constructor(source: string, flags: number) {
    super();
    this.source = source;
    const letters = FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, letter]) => letter).join("");
    const [, inline = "", rest = source] = /^\(\?([ims]+)\)([^]*)$/.exec(source) ?? [];
    const translated = rest.replace(/\\([^])|\(\?P<|\(\?P=(\w+)\)/g, (whole, escaped: string | undefined, name) => {
      if (name !== undefined) return `\\k<${name}>`;
      if (escaped === undefined) return "(?<";
      return escaped === "A" ? "(?<![^])" : escaped === "Z" ? "(?![^])" : whole;
    });
    try {
      this.#regExp = new RegExp(translated, [...new Set(`dg${letters}${inline}`)].join(""));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new PythonError(VALUE_ERROR, `${repr(source)} is not a pattern that works here: ${error.message}`);
    }
  }

  str(): string {
    return this.repr();
  }

  repr(): string {
    return `re.compile(${repr(this.source)})`;
  }

  hash(): string {
    return this.#regExp.flags + this.source;
  }

  find(subject: string, isAnchored: "start" | "both" | null): Match | null {
    this.#regExp.lastIndex = 0;
    const source = isAnchored === null ? this.#regExp : new RegExp(this.#regExp.source, `${this.#regExp.flags}y`);
    const anchored = isAnchored === "both" ? new RegExp(`(?:${source.source})(?![^])`, source.flags) : source;
    anchored.lastIndex = 0;
    const match = anchored.exec(subject);
    return match === null ? null : new Match(match);
  }

  all(subject: string): Match[] {
    return Array.from(subject.matchAll(this.#regExp), (match) => new Match(match));
  }

  split(subject: string, limit: number): unknown[] {
    const parts: unknown[] = [];
    let at = 0;
    for (const { groups, start, end } of this.all(subject).slice(0, limit)) {
      parts.push(subject.slice(at, start), ...groups.slice(1));
      at = end;
    }
    return [...parts, subject.slice(at)];
  }

  replace(by: unknown, subject: string, limit: number): string {
    let result = "";
    let at = 0;
    for (const match of this.all(subject).slice(0, limit)) {
      result += subject.slice(at, match.start) +
        (typeof by === "string" ? match.expand(by) : text(apply(by, undefined, [match], [])));
      at = match.end;
    }
    return result + subject.slice(at);
  }

  override attribute(name: string): unknown {
    if (name === "pattern") return this.source;
    const functions: Functions = {
      findall: ["string /", (subject) => this.all(text(subject)).map((match) => match.found())],
      finditer: ["string /", (subject) => this.all(text(subject)).values()],
      fullmatch: ["string /", (subject) => this.find(text(subject), "both")],
      match: ["string /", (subject) => this.find(text(subject), "start")],
      search: ["string /", (subject) => this.find(text(subject), null)],
      split: ["string maxsplit?", (subject, limit) => this.split(text(subject), limitOf(limit))],
      sub: ["repl string count?", (by, subject, limit) => this.replace(by, text(subject), limitOf(limit))],
    };
    const definition = Object.hasOwn(functions, name) ? functions[name] : undefined;
    return definition === undefined ? undefined : defineFunctions({ [name]: definition })[name];
  }
}

/** A match of a pattern. */
class Match extends PythonValue {
  readonly pythonType = "re.Match";
  readonly groups: readonly (string | null)[];
  readonly start: number;
  readonly end: number;
  readonly #names: ReadonlyMap<string, string | null>;
  readonly #spans: readonly (readonly [number, number])[];

  constructor(match: RegExpExecArray) {
    super();
    this.groups = [...match].map((group) => group ?? null);
    this.start = match.index;
    this.end = match.index + match[0].length;
    this.#names = new Map(Object.entries(match.groups ?? {}).map(([name, group]) => [name, group ?? null]));
    this.#spans = [...match.indices ?? []].map((span) => span ?? [-1, -1]);
  }

  str(): string {
    return this.repr();
  }

  repr(): string {
    return `<re.Match object; span=(${this.start}, ${this.end}), match=${repr(this.groups[0])}>`;
  }

  hash(): string {
    return `${this.start}:${this.groups.join()}`;
  }

  /** What `findall` gives for it. */
  found(): unknown {
    const groups = this.groups.map((group) => group ?? "");
    return groups.length === 1 ? groups[0] : groups.length === 2 ? groups[1] : tuple(groups.slice(1));
  }

  group(key: unknown): string | null {
    const group = typeof key === "string" ? this.#names.get(key) : this.groups[indexOf(key)];
    if (group === undefined) throw new PythonError(INDEX_ERROR, "no such group");
    return group;
  }

  /** Replaces `\1`, `\g<1>` and `\g<name>`. */
  expand(template: string): string {
    return template.replace(/\\(?:(\d{1,2})|g<(\w+)>|([^]))/g, (_, number, name, c: string | undefined) => {
      if (c !== undefined) return c === "n" ? "\n" : c === "t" ? "\t" : c;
      return this.group(number !== undefined ? Number(number) : /^\d+$/.test(name) ? Number(name) : name) ?? "";
    });
  }

  override attribute(name: string): unknown {
    const at = (side: 0 | 1) => (key: unknown) => this.#spans[key === undefined ? 0 : indexOf(key)]?.[side] ?? -1;
    const functions: Functions = {
      end: ["group? /", at(1)],
      group: ["*", (...keys) => {
        const [first = 0, ...more] = keys;
        return more.length === 0 ? this.group(first) : tuple(keys.map((key) => this.group(key)));
      }],
      groupdict: ["", () => makeDict(this.#names)],
      groups: ["default?", (otherwise) => tuple(this.groups.slice(1).map((group) => group ?? otherwise ?? null))],
      span: ["group? /", (key) => tuple([at(0)(key), at(1)(key)])],
      start: ["group? /", at(0)],
    };
    const definition = Object.hasOwn(functions, name) ? functions[name] : undefined;
    return definition === undefined ? undefined : defineFunctions({ [name]: definition })[name];
  }
}

function limitOf(value: unknown): number {
  const limit = value === undefined ? 0 : indexOf(value);
  return limit === 0 ? Infinity : limit;
}

function compile(pattern: unknown, flags: unknown): Pattern {
  if (pattern instanceof Pattern) return pattern;
  return new Pattern(text(pattern), flags === undefined ? 0 : indexOf(flags));
}

/** Python's module `re`, with the expressions of JavaScript. */
export const RE_MODULE: Readonly<Record<string, unknown>> = Object.freeze({
  ...defineFunctions({
    compile: ["pattern flags?", compile],
    escape: ["pattern /", (value) => text(value).replace(/[()[\]{}?*+\-|^$\\.&~# \t\n\r\v\f]/g, "\\$&")],
    findall: ["pattern string flags?", (p, subject, f) => compile(p, f).all(text(subject)).map((one) => one.found())],
    finditer: ["pattern string flags?", (p, subject, f) => compile(p, f).all(text(subject)).values()],
    fullmatch: ["pattern string flags?", (p, subject, f) => compile(p, f).find(text(subject), "both")],
    match: ["pattern string flags?", (p, subject, f) => compile(p, f).find(text(subject), "start")],
    search: ["pattern string flags?", (p, subject, f) => compile(p, f).find(text(subject), null)],
    split: ["pattern string maxsplit? flags?", (p, subject, n, f) => compile(p, f).split(text(subject), limitOf(n))],
    sub: [
      "pattern repl string count? flags?",
      (p, by, subject, n, f) => compile(p, f).replace(by, text(subject), limitOf(n)),
    ],
  }),
  ...Object.fromEntries(FLAGS.flatMap(([bit, , names]) => names.map((name) => [name, bit]))),
});
