import { apply } from "./call.ts";
import { defineFunctions, defineModule, type FunctionDefinition } from "./define_methods.ts";
import { makeDict } from "./dicts.ts";
import { INDEX_ERROR, PythonError, TYPE_ERROR } from "./exceptions.ts";
import { FLAGS, RE_ERROR, translatePattern } from "./re_pattern.ts";
import { textLength } from "./sequences.ts";
import { repr } from "./text.ts";
import { indexOf, own, PythonValue, tuple, typeName } from "./values.ts";

type Functions = Readonly<Record<string, FunctionDefinition>>;

function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw new PythonError(TYPE_ERROR, `expected string or bytes-like object, got '${typeName(value)}'`);
}

/** A value with functions that are made when they are asked for. */
abstract class ReValue extends PythonValue {
  protected abstract functions(): Functions;
  protected abstract attributes(): Readonly<Record<string, unknown>>;

  str(): string {
    return this.repr();
  }

  override attribute(name: string): unknown {
    const attributes = this.attributes();
    if (Object.hasOwn(attributes, name)) return attributes[name];
    const functions = this.functions();
    const definition = Object.hasOwn(functions, name) ? functions[name] : undefined;
    return definition === undefined ? undefined : defineFunctions({ [name]: definition })[name];
  }
}

/** A compiled pattern. */
class Pattern extends ReValue {
  readonly pythonType = "re.Pattern";
  readonly source: string;
  readonly flags: number;
  readonly groups: number;
  readonly #regExp: RegExp;

  constructor(source: string, flags: number) {
    super();
    this.source = source;
    const translated = translatePattern(source, flags);
    this.#regExp = translated.regExp;
    this.flags = translated.flags;
    this.groups = translated.groups;
  }

  repr(): string {
    const names = Object.entries(FLAGS).filter(([name, { bit }]) => name !== "UNICODE" && (this.flags & bit) !== 0);
    const shown = names.map(([name]) => `re.${name}`).join("|");
    return `re.compile(${repr(this.source)}${shown === "" ? "" : `, ${shown}`})`;
  }

  hash(): string {
    return `${this.flags}:${this.source}`;
  }

  /** The names of the groups in the order of their numbers. */
  get groupNames(): [name: string, index: number][] {
    let count = 0;
    const order = new Map<string, number>();
    for (const [whole, name] of this.source.matchAll(/\\[^]|\[\^?\]?(?:\\[^]|[^\]])*\]|\((?!\?)|\(\?P<(\w+)>/g)) {
      if (whole !== "(" && name === undefined) continue;
      count++;
      if (name !== undefined) order.set(name, count);
    }
    return [...order];
  }

  find(subject: string, isAnchored: "start" | "both" | null): Match | null {
    const source = isAnchored === null ? this.#regExp : new RegExp(this.#regExp.source, `${this.#regExp.flags}y`);
    const anchored = isAnchored === "both" ? new RegExp(`(?:${source.source})(?![^])`, source.flags) : source;
    anchored.lastIndex = 0;
    const match = anchored.exec(subject);
    return match === null ? null : new Match(match, this);
  }

  all(subject: string): Match[] {
    this.#regExp.lastIndex = 0;
    return Array.from(subject.matchAll(this.#regExp), (match) => new Match(match, this));
  }

  found(subject: string): unknown[] {
    return own(this.all(subject).map((match) => match.found()));
  }

  split(subject: string, limit: number): unknown[] {
    const parts: unknown[] = [];
    let at = 0;
    for (const { groups, start, end } of this.all(subject).slice(0, limit)) {
      parts.push(subject.slice(at, start), ...groups.slice(1));
      at = end;
    }
    return own([...parts, subject.slice(at)]);
  }

  replace(by: unknown, subject: string, limit: number): [text: string, count: number] {
    let result = "";
    let at = 0;
    const matches = this.all(subject).slice(0, limit);
    for (const match of matches) {
      result += subject.slice(at, match.start) +
        (typeof by === "string" ? match.expand(by) : text(apply(by, undefined, [match], [])));
      at = match.end;
    }
    return [result + subject.slice(at), matches.length];
  }

  protected attributes(): Readonly<Record<string, unknown>> {
    return { pattern: this.source, flags: this.flags, groups: this.groups, groupindex: makeDict(this.groupNames) };
  }

  protected functions(): Functions {
    return {
      findall: ["string /", (subject) => this.found(text(subject))],
      finditer: ["string /", (subject) => this.all(text(subject)).values()],
      fullmatch: ["string /", (subject) => this.find(text(subject), "both")],
      match: ["string /", (subject) => this.find(text(subject), "start")],
      search: ["string /", (subject) => this.find(text(subject), null)],
      split: ["string maxsplit?", (subject, limit) => this.split(text(subject), limitOf(limit))],
      sub: ["repl string count?", (by, subject, limit) => this.replace(by, text(subject), limitOf(limit))[0]],
      subn: ["repl string count?", (by, subject, limit) => tuple(this.replace(by, text(subject), limitOf(limit)))],
    };
  }
}

/** A match of a pattern. */
class Match extends ReValue {
  readonly pythonType = "re.Match";
  readonly groups: readonly (string | null)[];
  /** Offsets in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  readonly #pattern: Pattern;
  readonly #subject: string;
  readonly #names: ReadonlyMap<string, string | null>;
  readonly #spans: readonly (readonly [number, number])[];

  constructor(match: RegExpExecArray, pattern: Pattern) {
    super();
    this.groups = Array.from(match, (group) => group ?? null);
    this.start = match.index;
    this.end = match.index + match[0].length;
    this.#pattern = pattern;
    this.#subject = match.input;
    this.#names = new Map(Object.entries(match.groups ?? {}).map(([name, group]) => [name, group ?? null]));
    this.#spans = Array.from(match.indices ?? [], (span) => span ?? [-1, -1]);
  }

  repr(): string {
    return `<re.Match object; span=(${this.#place(0, 0)}, ${this.#place(0, 1)}), match=${repr(this.groups[0])}>`;
  }

  hash(): string {
    return `${this.start}:${this.groups.join()}`;
  }

  override equals(other: unknown): boolean {
    return this === other;
  }

  override item(key: unknown): unknown {
    return this.group(key);
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
    return template.replace(/\\(?:(0[0-7]{0,2})|(\d{1,2})|g<(\w+)>|([^]?))/gu, (_, octal, number, name, c: string) => {
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
      if (c !== undefined) return escapedInTemplate(c);
      const key = number !== undefined ? Number(number) : /^\d+$/.test(name) ? Number(name) : name;
      if (typeof key === "number" && key >= this.groups.length) throw reError(`invalid group reference ${key}`);
      if (typeof key === "string" && !this.#names.has(key)) {
        throw new PythonError(INDEX_ERROR, `unknown group name ${repr(key)}`);
      }
      return this.group(key) ?? "";
    });
  }

  /** An end of a group, in code points. */
  #place(key: unknown, side: 0 | 1): number {
    const index = typeof key === "string" ? new Map(this.#pattern.groupNames).get(key) ?? -1 : indexOf(key ?? 0);
    const span = this.#spans[index];
    if (span === undefined) throw new PythonError(INDEX_ERROR, "no such group");
    return span[side] < 0 ? -1 : textLength(this.#subject.slice(0, span[side]));
  }

  /** The number of the last group that took part, by the end of it; `null` without any. */
  get #last(): number | null {
    let last: number | null = null;
    this.#spans.forEach(([, end], i) => {
      if (i > 0 && end >= 0 && (last === null || end > (this.#spans[last]?.[1] ?? -1))) last = i;
    });
    return last;
  }

  protected attributes(): Readonly<Record<string, unknown>> {
    const last = this.#last;
    return {
      lastgroup: this.#pattern.groupNames.find(([, index]) => index === last)?.[0] ?? null,
      lastindex: last,
      pos: 0,
      endpos: textLength(this.#subject),
      re: this.#pattern,
      string: this.#subject,
    };
  }

  protected functions(): Functions {
    return {
      end: ["group? /", (key) => this.#place(key ?? 0, 1)],
      expand: ["template", (template) => this.expand(text(template))],
      group: ["*", (...keys) => {
        const [first = 0, ...more] = keys;
        return more.length === 0 ? this.group(first) : tuple(keys.map((key) => this.group(key)));
      }],
      groupdict: [
        "default?",
        (otherwise) => makeDict([...this.#names].map(([name, group]) => [name, group ?? otherwise ?? null])),
      ],
      groups: ["default?", (otherwise) => tuple(this.groups.slice(1).map((group) => group ?? otherwise ?? null))],
      span: ["group? /", (key) => tuple([this.#place(key ?? 0, 0), this.#place(key ?? 0, 1)])],
      start: ["group? /", (key) => this.#place(key ?? 0, 0)],
    };
  }
}

function reError(message: string): PythonError {
  return new PythonError(RE_ERROR, message);
}

/** What a letter after a backslash stands for in a replacement. */
const TEMPLATE_ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\",
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

function escapedInTemplate(c: string): string {
  const known = Object.hasOwn(TEMPLATE_ESCAPES, c) ? TEMPLATE_ESCAPES[c] : undefined;
  if (known !== undefined) return known;
  if (/^[a-zA-Z]?$/.test(c)) throw reError(`bad escape \\${c}`);
  return `\\${c}`;
}

function limitOf(value: unknown): number {
  const limit = value === undefined ? 0 : indexOf(value);
  return limit === 0 ? Infinity : limit;
}

/** Patterns that have been compiled: a loop uses one again and again. */
const compiled = new Map<string, Pattern>();
const MAX_COMPILED = 256;

function compile(pattern: unknown, flags: unknown): Pattern {
  if (pattern instanceof Pattern) return pattern;
  const source = text(pattern);
  const bits = flags === undefined ? 0 : indexOf(flags);
  const key = `${bits}:${source}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const made = new Pattern(source, bits);
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  compiled.set(key, made);
  return made;
}

/** Python's module `re`: patterns run as JavaScript's. */
export const RE_MODULE: Readonly<Record<string, unknown>> = defineModule("re", {
  ...defineFunctions({
    compile: ["pattern flags?", compile],
    escape: ["pattern /", (value) => text(value).replace(/[()[\]{}?*+\-|^$\\.&~# \t\n\r\v\f]/g, "\\$&")],
    findall: ["pattern string flags?", (p, subject, f) => compile(p, f).found(text(subject))],
    finditer: ["pattern string flags?", (p, subject, f) => compile(p, f).all(text(subject)).values()],
    fullmatch: ["pattern string flags?", (p, subject, f) => compile(p, f).find(text(subject), "both")],
    match: ["pattern string flags?", (p, subject, f) => compile(p, f).find(text(subject), "start")],
    search: ["pattern string flags?", (p, subject, f) => compile(p, f).find(text(subject), null)],
    split: ["pattern string maxsplit? flags?", (p, subject, n, f) => compile(p, f).split(text(subject), limitOf(n))],
    sub: [
      "pattern repl string count? flags?",
      (p, by, subject, n, f) => compile(p, f).replace(by, text(subject), limitOf(n))[0],
    ],
    subn: [
      "pattern repl string count? flags?",
      (p, by, subject, n, f) => tuple(compile(p, f).replace(by, text(subject), limitOf(n))),
    ],
  }),
  ...Object.fromEntries(Object.entries(FLAGS).flatMap(([name, { bit, short }]) => [[name, bit], [short, bit]])),
  error: RE_ERROR,
});
