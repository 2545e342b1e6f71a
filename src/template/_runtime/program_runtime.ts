import { escapeSpecials, HTML_SPECIAL } from "../../internal/html_escape.ts";
import { xhtmlEscape } from "../../util/escape.ts";
import type { LanguageRuntime } from "../language.ts";
import { TEMPLATE_NAMES } from "./template_names.ts";

/** A pattern that finds itself in every text, for an escaping function that must see them all. */
const ANY_TEXT = /(?:)/;

/** Stands in a variable for "there is no such name", which is an error only where the name is used. */
const MISSING: unique symbol = Symbol("missing name");

type Escape = (value: unknown) => string;

/** The functions that generated code calls, by the names it gives them; what they are changes with that code. */
export type ProgramRuntime = Readonly<Record<string, unknown>>;

/**
 * What the code of compiled templates needs when it runs; modules made by `compileTemplates` call it.
 *
 * @param language The language of the expressions in the code.
 * @returns The functions.
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
    // The escaping function of a file is looked up once for each rendering; only if it is not there, each use fails.
    _t$escaper: (escape: unknown, name: string): Escape => {
      if (escape === xhtmlEscape) return escapeHtml;
      if (escape === MISSING) return () => failMissing(name);
      return (value) => text(requireFunction(escape, name)(text(value)));
    },
    // What a loop needs to do the common case itself: a test for text that changes, and what changes it.
    _t$pattern: (escape: unknown): RegExp => escape === xhtmlEscape ? HTML_SPECIAL : ANY_TEXT,
    _t$changer: (escape: unknown, escaper: Escape): Escape | typeof escapeSpecials =>
      escape === xhtmlEscape ? escapeSpecials : escaper,
    _t$import: importModule,
    _t$from: importName,
  };
}

function failMissing(name: string): never {
  throw new ReferenceError(`name '${name}' is not defined`);
}

function requireFunction(value: unknown, source: string): (argument: string) => unknown {
  if (typeof value !== "function") throw new TypeError(`${source} is not a function`);
  return (argument) => value(argument);
}

/** Own properties only, step by step, unless the registry has the whole dotted name. */
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

function importName(registry: Readonly<Record<string, unknown>>, module: string, name: string): unknown {
  const found = importModule(registry, module);
  const isOwner = (typeof found === "object" && found !== null) || typeof found === "function";
  if (!isOwner || !Object.hasOwn(found, name)) {
    throw new ReferenceError(`cannot import name '${name}' from '${module}'`);
  }
  return Reflect.get(found, name);
}
