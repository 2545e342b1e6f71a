/**
 * Values and names on their way between templates and the application.
 *
 * @module
 */

import { ATTRIBUTE_ERROR, PythonError } from "./exceptions.ts";
import { Float, OwnDict, PythonValue, Tuple } from "./values.ts";

/** Values that no template may get hold of, whatever they were found in: with them it could run any code. */
const FORBIDDEN: ReadonlySet<unknown> = new Set([
  globalThis,
  "Deno" in globalThis ? globalThis.Deno : globalThis,
  eval,
  ...[() => {}, async () => {}, function* () {}, async function* () {}].map((f) => f.constructor),
]);

/**
 * Returns a value that came from an object or a function of the application.
 *
 * @throws {PythonError} A template may not have it.
 */
export function allowed(value: unknown, name: string): unknown {
  if (!FORBIDDEN.has(value)) return value;
  throw new PythonError(ATTRIBUTE_ERROR, `'${name}' is not available in a template`);
}

/** Returns a name unchanged, and as JavaScript spells it: `current_user` is `currentUser`. */
export function spellings(name: string): readonly string[] {
  const camel = camelCase(name);
  return camel === name ? [name] : [name, camel];
}

/** Returns a name as JavaScript spells it. Leading underscores stay. */
export function camelCase(name: string): string {
  return name.replace(/(?<=[a-z\d])_([a-z\d])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * The value that a function of the application gets for a value of Python: a number for a float, an array for a tuple,
 * a plain object for a dict that the template made, a `Date` for a datetime. The application's own values stay the
 * same objects.
 */
export function toApplication(value: unknown): unknown {
  if (typeof value === "function") return allowed(value, value.name);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Float) return value.value;
  if (value instanceof PythonValue) return value.forApplication();
  if (value instanceof OwnDict) return fromDict(value);
  if (!Array.isArray(value)) return value;
  const items: unknown[] = value.map(toApplication);
  // A list of the application is itself, not a copy, unless the template put something into it.
  return value instanceof Tuple || items.some((item, i) => item !== value[i]) ? items : value;
}

/** An object with the items of a dict; a `Map` if a key is not a text, which an object could not keep apart. */
function fromDict(dict: OwnDict): unknown {
  const items = Array.from(dict, ([key, value]) => [toApplication(key), toApplication(value)] as const);
  return items.every(([key]) => typeof key === "string") ? Object.fromEntries(items) : new Map(items);
}
