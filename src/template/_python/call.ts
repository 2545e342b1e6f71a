import { allowed, camelCase, toApplication } from "./application.ts";
import { dictItems, makeDict } from "./dicts.ts";
import { ExceptionType, PythonError, TYPE_ERROR } from "./exceptions.ts";
import { type Invoke, invokers, isClass } from "./natives.ts";
import { isDict, tuple, typeName } from "./values.ts";

export type Keywords = readonly (readonly [name: string, value: unknown])[];

/** The parameters of a function of the runtime. */
export interface Signature {
  /** Names of the parameters, in order. */
  readonly params: readonly string[];
  /** Number of parameters that must be given. */
  readonly required: number;
  /** Number of parameters that take no keyword. */
  readonly positional: number;
  /** Number of parameters that need no keyword; those after them do. */
  readonly unnamed: number;
}

/**
 * Puts arguments in the order of the parameters.
 *
 * @throws {PythonError} Their number or a keyword is wrong.
 */
export function bind(
  name: string,
  { params, required, positional, unnamed }: Signature,
  args: readonly unknown[],
  keywords: Keywords,
): readonly unknown[] {
  if (keywords.length === 0 && args.length >= required && args.length <= unnamed) return args;
  if (args.length > unnamed) {
    const takes = unnamed === 0 ? "no positional arguments" : `at most ${unnamed} arguments`;
    throw new PythonError(TYPE_ERROR, `${name}() takes ${takes} (${args.length} given)`);
  }
  const values = [...args];
  for (const [key, value] of keywords) {
    const index = params.indexOf(key, positional);
    if (index < 0) throw new PythonError(TYPE_ERROR, `${name}() got an unexpected keyword argument '${key}'`);
    if (index < args.length) throw new PythonError(TYPE_ERROR, `${name}() got multiple values for argument '${key}'`);
    values[index] = value;
  }
  const missing = params.slice(0, required).find((_, i) => !(i in values));
  if (missing !== undefined) throw new PythonError(TYPE_ERROR, `${name}() missing required argument: '${missing}'`);
  return values;
}

/**
 * Makes a function that binds its arguments itself. Called from JavaScript, it gives a value of JavaScript.
 *
 * @param most Number of arguments that it takes from JavaScript, whose callbacks get more than they ask for.
 */
export function native(name: string, invoke: Invoke, most: number = Infinity): (...args: unknown[]) => unknown {
  const call = (...args: unknown[]) => toApplication(invoke(args.slice(0, most), []));
  Object.defineProperty(call, "name", { value: name });
  invokers.set(call, invoke);
  return call;
}

export function call(callee: unknown, ...args: unknown[]): unknown {
  return apply(callee, undefined, args, []);
}

export function callKeywords(callee: unknown, args: readonly unknown[], keywords: Keywords): unknown {
  requireOnce(keywords);
  return apply(callee, undefined, args, keywords);
}

/**
 * Calls a function or makes an object of a class.
 *
 * Functions of the application get values of JavaScript, and keyword arguments in the order of their own list `params`,
 * or else as an object after the other arguments.
 */
export function apply(callee: unknown, self: unknown, args: readonly unknown[], keywords: Keywords): unknown {
  const invoke = typeof callee === "function" || callee instanceof ExceptionType ? invokers.get(callee) : undefined;
  if (invoke !== undefined) return invoke(args, keywords);
  if (typeof callee !== "function") {
    throw new PythonError(TYPE_ERROR, `'${typeName(callee)}' object is not callable`);
  }
  allowed(callee, callee.name);
  const values = args.map(toApplication);
  if (keywords.length > 0) addKeywords(values, callee, keywords);
  const result = isClass(callee) ? Reflect.construct(callee, values) : Reflect.apply(callee, self, values);
  return allowed(result, callee.name);
}

function addKeywords(values: unknown[], callee: object, keywords: Keywords): void {
  if (!("params" in callee && Array.isArray(callee.params))) {
    values.push(optionsOf(keywords));
    return;
  }
  const given = values.length;
  for (const [name, value] of keywords) {
    const index = callee.params.indexOf(name);
    if (index < 0) throw new PythonError(TYPE_ERROR, `got an unexpected keyword argument '${name}'`);
    if (index < given) throw new PythonError(TYPE_ERROR, `got multiple values for argument '${name}'`);
    values[index] = toApplication(value);
  }
}

/** Keyword arguments as an object. It can be read by JavaScript's spelling of their names, which it does not list. */
function optionsOf(keywords: Keywords): object {
  const options = {};
  for (const [name, item] of keywords) {
    const value = toApplication(item);
    Object.defineProperty(options, name, { value, enumerable: true, writable: true, configurable: true });
    const camel = camelCase(name);
    if (camel !== name) Object.defineProperty(options, camel, { value, writable: true, configurable: true });
  }
  return options;
}

/**
 * Checks the keyword arguments of a call.
 *
 * @throws {PythonError} One is given twice.
 */
export function requireOnce(keywords: Keywords): void {
  const names = new Set<string>();
  for (const [name] of keywords) {
    if (names.has(name)) {
      throw new PythonError(TYPE_ERROR, `got multiple values for keyword argument '${name}'`);
    }
    names.add(name);
  }
}

/** The pairs of `**x` in a call. */
export function keywordsOf(value: unknown): Keywords {
  return pairsOf(value).map(([key, item]) => {
    if (typeof key !== "string") throw new PythonError(TYPE_ERROR, "keywords must be strings");
    return [key, item];
  });
}

/** The pairs of `**x` in a display. */
export function pairsOf(value: unknown): [unknown, unknown][] {
  if (!isDict(value)) throw new PythonError(TYPE_ERROR, `'${typeName(value)}' object is not a mapping`);
  return dictItems(value);
}

/** The name that Python gives to functions without one. */
const LAMBDA = "<lambda>";

/** The parameters of a lambda. */
interface LambdaSignature {
  /** Number of parameters that take no keyword. */
  readonly posonly: number;
  readonly positional: readonly string[];
  readonly kwonly: readonly string[];
  readonly hasVararg: boolean;
  readonly hasKwarg: boolean;
}

/** Refuses a call of a lambda that lacks arguments. */
function requireNone(kind: string, missing: readonly string[]): void {
  if (missing.length === 0) return;
  const names = missing.map((name) => `'${name}'`);
  const last = names.splice(-1).join();
  const list = names.length === 0 ? last : `${names.join(", ")}${names.length > 1 ? "," : ""} and ${last}`;
  const s = missing.length === 1 ? "" : "s";
  throw new PythonError(TYPE_ERROR, `<lambda>() missing ${missing.length} required ${kind} argument${s}: ${list}`);
}

/**
 * Makes the function of a lambda.
 *
 * @param defaults Defaults of the last positional parameters.
 * @param keywordDefaults Defaults of the parameters that take keywords only; a symbol for none.
 * @param body Takes positional parameters, keyword-only ones, then the list and the dict of what is left.
 */
export function lambda(
  { posonly, positional, kwonly, hasVararg, hasKwarg }: LambdaSignature,
  defaults: readonly unknown[],
  keywordDefaults: readonly unknown[],
  body: (...args: unknown[]) => unknown,
): (...args: unknown[]) => unknown {
  return native(LAMBDA, (args, keywords) => {
    if (args.length > positional.length && !hasVararg) {
      const takes = `${positional.length} positional argument${positional.length === 1 ? "" : "s"}`;
      throw new PythonError(
        TYPE_ERROR,
        `<lambda>() takes ${takes} but ${args.length} ${args.length === 1 ? "was" : "were"} given`,
      );
    }
    const values: unknown[] = args.slice(0, positional.length);
    const named: unknown[] = [];
    const rest: [string, unknown][] = [];
    for (const [name, value] of keywords) {
      const index = positional.indexOf(name, posonly);
      if (index >= 0) {
        if (index in values) {
          throw new PythonError(TYPE_ERROR, `<lambda>() got multiple values for argument '${name}'`);
        }
        values[index] = value;
      } else if (kwonly.includes(name)) named[kwonly.indexOf(name)] = value;
      else if (hasKwarg) rest.push([name, value]);
      else throw new PythonError(TYPE_ERROR, `<lambda>() got an unexpected keyword argument '${name}'`);
    }
    const firstDefault = positional.length - defaults.length;
    requireNone("positional", positional.filter((_, i) => !(i in values) && i < firstDefault));
    positional.forEach((_, i) => {
      if (!(i in values)) values[i] = defaults[i - firstDefault];
    });
    requireNone("keyword-only", kwonly.filter((_, i) => !(i in named) && typeof keywordDefaults[i] === "symbol"));
    kwonly.forEach((_, i) => {
      if (!(i in named)) named[i] = keywordDefaults[i];
    });
    const extra = hasVararg ? [tuple(args.slice(positional.length))] : [];
    return body(...values, ...named, ...extra, ...(hasKwarg ? [makeDict(rest)] : []));
  }, hasVararg ? Infinity : positional.length);
}
