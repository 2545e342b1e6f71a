/**
 * Values and names on their way between templates and the application.
 *
 * @module
 */

import { ATTRIBUTE_ERROR, OVERFLOW_ERROR, PythonError } from "./exceptions.ts";
import { Float, giveAway, isOwn, own, OwnDict, PythonValue, Range, Tuple } from "./values.ts";

/** Longest range that becomes an array for a function of the application: a template must not fill the memory. */
const MAX_RANGE = 1 << 20;

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
 * The value that the application gets for a value of Python: a number for a float, an array for a tuple or a range, a
 * plain object for a dict that the template made, a `Date` for a datetime. The application's own values stay the same
 * objects, and so do lists and sets of the template in which there is nothing to convert.
 */
export function toApplication(value: unknown): unknown {
  if (typeof value === "function") return allowed(value, value.name);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Float) return value.value;
  if (value instanceof PythonValue) return value.forApplication();
  if (value instanceof OwnDict) return fromDict(value);
  if (value instanceof Range) return fromRange(value);
  if (value instanceof Tuple) return Array.from(value, toApplication);
  if (value instanceof Iterator) return value.map(toApplication);
  if (Array.isArray(value)) return isOwn(value) ? fromOwn(value, (items) => items) : value;
  if (value instanceof Set) return isOwn(value) ? fromOwn(value, (items) => new Set(items)) : value;
  return value;
}

/**
 * Hands a list or a set over: the template can put nothing more into it than others can, or the application gets a
 * copy if something is in it that must be converted.
 */
function fromOwn<Collection extends unknown[] | Set<unknown>>(
  collection: Collection,
  copy: (items: unknown[]) => Collection,
): Collection {
  const before = [...collection];
  // A list that holds itself is the application's by the time that it is met again.
  giveAway(collection);
  const items = before.map(toApplication);
  if (items.every((item, i) => item === before[i])) return collection;
  own(collection);
  return copy(items);
}

/** The form in which a collection takes a value: collections of the application hold what the application knows. */
export function storedIn(collection: object, value: unknown): unknown {
  return isOwn(collection) ? value : toApplication(value);
}

function fromRange(range: Range): number[] {
  if (range.length <= MAX_RANGE) return [...range];
  throw new PythonError(
    OVERFLOW_ERROR,
    `a range for the application may have ${MAX_RANGE} items at most, not ${range.length}`,
  );
}

/** An object with the items of a dict; a `Map` if a key is not a text, which an object could not keep apart. */
function fromDict(dict: OwnDict): unknown {
  const items = Array.from(dict, ([key, value]) => [toApplication(key), toApplication(value)] as const);
  return items.every(([key]) => typeof key === "string") ? Object.fromEntries(items) : new Map(items);
}
