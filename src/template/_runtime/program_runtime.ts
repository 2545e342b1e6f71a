import { escapeSpecials, HTML_SPECIAL } from "../../internal/html_escape.ts";
import { xhtmlEscape } from "../../util/escape.ts";
import type { LanguageRuntime } from "../language.ts";
import type { Namespace } from "./program.ts";
import { TEMPLATE_NAMES } from "./template_names.ts";

/** Matches every text, for an escaping function that must see all of them. */
const ANY_TEXT = /(?:)/;

/** Value of a variable whose name does not exist. It becomes an error only when the template uses the name. */
const MISSING: unique symbol = Symbol("missing name");

type Escape = (value: unknown) => string;

/** Functions that generated code calls, by the names in that code. They may change with every version. */
export type ProgramRuntime = Readonly<Record<string, unknown>>;

/**
 * Returns the functions that the code of compiled templates calls. Modules written by `compileTemplates` call it.
 *
 * @example
 * ```ts
 * import { javascriptRuntime, programRuntime } from "@twister/twister/template";
 * import { assert } from "@std/assert";
 * assert("_t$text" in programRuntime(javascriptRuntime));
 * ```
 */
export function programRuntime(language: LanguageRuntime): ProgramRuntime {
  const { text } = language;
  const escapeHtml: Escape = (value) => {
    if (typeof value === "string") return HTML_SPECIAL.test(value) ? escapeSpecials(value) : value;
    if (typeof value === "number") return text(value);
    const shown = text(value);
    return HTML_SPECIAL.test(shown) ? escapeSpecials(shown) : shown;
  };
  return {
    ...language.helpers,
    _t$M: MISSING,
    _t$miss: failMissing,
    _t$has: Object.hasOwn,
    _t$names: TEMPLATE_NAMES,
    _t$globals: language.globals,
    _t$text: text,
    _t$call: requireFunction,
    // A rendering looks the escaping function of a file up once. If it does not exist, each use of it fails.
    _t$escaper: (escape: unknown, name: string): Escape => {
      if (escape === xhtmlEscape) return escapeHtml;
      if (escape === MISSING) return () => failMissing(name);
      return (value) => text(requireFunction(escape, name)(text(value)));
    },
    // A loop does the common case itself, with a test for text that must change and the function that changes it.
    _t$pattern: (escape: unknown): RegExp => escape === xhtmlEscape ? HTML_SPECIAL : ANY_TEXT,
    _t$changer: (escape: unknown, escaper: Escape): Escape | typeof escapeSpecials =>
      escape === xhtmlEscape ? escapeSpecials : escaper,
    _t$import: (imports: Namespace, name: string) => importModule({ ...language.modules, ...imports }, name),
    _t$importtop: (imports: Namespace, name: string) => importTop({ ...language.modules, ...imports }, name),
    _t$from: (imports: Namespace, module: string, name: string) =>
      importName({ ...language.modules, ...imports }, module, name),
  };
}

function failMissing(name: string): never {
  throw new ReferenceError(`name '${name}' is not defined`);
}

function requireFunction(value: unknown, source: string): (argument: string) => unknown {
  if (typeof value !== "function") throw new TypeError(`${source} is not a function`);
  return (argument) => value(argument);
}

/** Finds a module by its whole dotted name, or else step by step. It reads own properties only. */
function importModule(registry: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(registry, name)) return registry[name];
  let found: unknown = registry;
  for (const step of name.split(".")) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, step)) {
      throw new ReferenceError(`cannot import '${name}': it is not among the imports of the loader`);
    }
    found = Reflect.get(found, step);
  }
  return found;
}

/**
 * Finds the first part of a dotted name, through which the module is reached. Where it is registered only under its
 * whole name, that is an object with all modules whose names begin so.
 */
function importTop(registry: Readonly<Record<string, unknown>>, name: string): unknown {
  importModule(registry, name);
  const [top = name] = name.split(".");
  const own = Object.hasOwn(registry, top) ? registry[top] : undefined;
  const nested = Object.keys(registry).filter((key) => key.startsWith(`${top}.`));
  return nested.length === 0 ? own : packageOf(registry, top, own, nested);
}

function packageOf(
  registry: Readonly<Record<string, unknown>>,
  name: string,
  own: unknown,
  nested: readonly string[],
): unknown {
  const members: Record<string, unknown> = Object.create(null);
  if (typeof own === "object" && own !== null) Object.assign(members, own);
  for (const key of nested) {
    const [child = ""] = key.slice(name.length + 1).split(".");
    const whole = `${name}.${child}`;
    const deeper = nested.filter((other) => other.startsWith(`${whole}.`));
    const module = Object.hasOwn(registry, whole) ? registry[whole] : undefined;
    members[child] = deeper.length === 0 ? module : packageOf(registry, whole, module, deeper);
  }
  return Object.freeze(Object.defineProperty(members, Symbol.toStringTag, { value: name }));
}

function importName(registry: Readonly<Record<string, unknown>>, module: string, name: string): unknown {
  const found = importModule(registry, module);
  const isOwner = (typeof found === "object" && found !== null) || typeof found === "function";
  if (!isOwner || !Object.hasOwn(found, name)) {
    throw new ReferenceError(`cannot import name '${name}' from '${module}'`);
  }
  return Reflect.get(found, name);
}
