import { toUnicode } from "../../util/escape.ts";
import type { LanguageRuntime } from "../language.ts";
import { requireKeys, requireNumber } from "./operand_checks.ts";
import { explainPython } from "./python_names.ts";

/**
 * The part of `javascript` that rendering needs: the globals that templates see, and the text of values.
 *
 * `null` and `undefined` print nothing, bytes are decoded as UTF-8, and all other values print as `String(value)`.
 *
 * @example
 * ```ts
 * import { javascriptRuntime } from "@twister/twister/template";
 * import { assertEquals } from "@std/assert";
 * assertEquals([null, 1.5, true, new Uint8Array([104, 105])].map(javascriptRuntime.text), ["", "1.5", "true", "hi"]);
 * ```
 */
export const javascriptRuntime: LanguageRuntime = {
  url: import.meta.url,
  exportName: "javascriptRuntime",
  // Values, conversions and errors: nothing here reaches the machine or compiles code.
  globals: Object.freeze({
    __proto__: null,
    AggregateError,
    Array,
    BigInt,
    Boolean,
    Date,
    Error,
    EvalError,
    Intl,
    JSON,
    Map,
    Math,
    Number,
    Object,
    Promise,
    RangeError,
    ReferenceError,
    RegExp,
    Set,
    String,
    SyntaxError,
    Temporal: "Temporal" in globalThis ? globalThis.Temporal : undefined,
    TypeError,
    URIError,
    URL,
    URLSearchParams,
    decodeURI,
    decodeURIComponent,
    encodeURI,
    encodeURIComponent,
    isFinite,
    isNaN,
    parseFloat,
    parseInt,
  }),
  helpers: Object.freeze({
    __proto__: null,
    _t$bind: bindMethod,
    _t$caught: isCaughtBy,
    _t$keyed: requireKeys,
    _t$number: requireNumber,
  }),
  text,
  explain: explainPython,
};

function text(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  if (value === null || value === undefined) return "";
  return value instanceof Uint8Array ? toUnicode(value) : String(value);
}

/** Binds a method to its object, for `{% apply locale.translate %}`. */
function bindMethod(object: unknown, key: unknown): unknown {
  if (object === null || object === undefined) {
    throw new TypeError(`Cannot read properties of ${object} (reading '${String(key)}')`);
  }
  // Any value has properties; the language's own rules say what they are.
  const method: unknown = Reflect.get(Object(object), key as PropertyKey, object);
  return typeof method === "function" ? method.bind(object) : method;
}

/** Tests an error against the class, or list of classes, of `{% except X %}`. */
function isCaughtBy(error: unknown, types: unknown): boolean {
  return (Array.isArray(types) ? types.flat() : [types]).some((type: unknown) => {
    if (typeof type !== "function") throw new TypeError(`cannot catch ${String(type)}, which is not a class`);
    return error instanceof type;
  });
}
