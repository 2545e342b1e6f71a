import { dateOf } from "./datetime.ts";
import { ABSENT } from "./dicts.ts";
import { ATTRIBUTE_ERROR, PythonError } from "./exceptions.ts";
import { isPlainObject, PythonValue, Range, Tuple } from "./values.ts";

/** Where the properties of all objects are: nothing from here is reachable. */
const ROOTS: ReadonlySet<unknown> = new Set([
  Object.prototype,
  Function.prototype,
  Object.getPrototypeOf(async () => {}),
  Object.getPrototypeOf(function* () {}),
  Object.getPrototypeOf(async function* () {}),
]);

/** Names that lead from an object to the engine. */
const HIDDEN: ReadonlySet<string> = new Set(["constructor", "prototype", "caller", "callee", "arguments"]);

/** Properties that every function has, and no function of Python. */
const OF_FUNCTIONS: ReadonlySet<string> = new Set(["length", "name"]);

/** Values that no template may get hold of, whatever they were found in. */
const FORBIDDEN: ReadonlySet<unknown> = new Set([
  globalThis,
  "Deno" in globalThis ? globalThis.Deno : undefined,
  eval,
  ...[() => {}, async () => {}, function* () {}, async function* () {}].map((f) => f.constructor),
].filter((value) => value !== undefined));

/** Finds an attribute that is not a method of one of Python's types; {@linkcode ABSENT} if there is none. */
export function findMember(object: unknown, name: string): unknown {
  if (object === null || object === undefined) return ABSENT;
  if (object instanceof PythonValue) return object.attribute(name) ?? ABSENT;
  if (object instanceof Date) return dateOf(object).attribute(name) ?? ABSENT;
  if (object instanceof Error && name === "args") return new Tuple(object.message);
  if (!isOpen(object) || !isReachable(name)) return ABSENT;
  return typeof object === "function" && OF_FUNCTIONS.has(name) ? ABSENT : findOwn(object, name);
}

/** Tells whether the members of a value are the application's own. */
export function isOpen(object: unknown): object is object {
  if (typeof object === "function") return true;
  return typeof object === "object" && object !== null && !Array.isArray(object) && !(object instanceof Map) &&
    !(object instanceof Set) && !(object instanceof Uint8Array) && !(object instanceof Range);
}

/** Finds a member of an object of the application, up to what all objects inherit. */
function findOwn(object: object, name: string): unknown {
  if (isPlainObject(object)) return Object.hasOwn(object, name) ? allowed(object[name], name) : ABSENT;
  for (const key of spellings(name)) {
    for (let owner: unknown = object; isOwner(owner); owner = Object.getPrototypeOf(owner)) {
      if (Object.hasOwn(owner, key)) return allowed(Reflect.get(object, key), name);
    }
    // A proxy, such as the UI modules of a handler, may have members that it does not own.
    if (typeof object === "object" && Reflect.has(object, key) && !(key in Object.prototype)) {
      return allowed(Reflect.get(object, key), name);
    }
  }
  return ABSENT;
}

function isOwner(owner: unknown): owner is object {
  return (typeof owner === "object" || typeof owner === "function") && owner !== null && !ROOTS.has(owner);
}

export function isReachable(name: string): boolean {
  return !name.startsWith("__") && !HIDDEN.has(name);
}

/** A name as it is, and as JavaScript spells it: `current_user` is `currentUser`. */
export function spellings(name: string): string[] {
  const camel = name.replace(/(?<=[a-z\d])_([a-z\d])/g, (_, letter: string) => letter.toUpperCase());
  return camel === name ? [name] : [name, camel];
}

export function allowed(value: unknown, name: string): unknown {
  if (FORBIDDEN.has(value)) throw new PythonError(ATTRIBUTE_ERROR, `'${name}' is not available in a template`);
  return value;
}
