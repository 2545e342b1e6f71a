import { dateOf } from "./datetime.ts";
import { ABSENT } from "./dicts.ts";
import { PythonError, RuntimeValue } from "./exceptions.ts";
import { allowed, camelCase } from "./application.ts";
import { PythonValue, Tuple } from "./values.ts";

/** Where the properties of all objects are: nothing from here is reachable. */
const ROOTS: ReadonlySet<unknown> = new Set([
  Object.prototype,
  Function.prototype,
  Error.prototype,
  Object.getPrototypeOf(async () => {}),
  Object.getPrototypeOf(function* () {}),
  Object.getPrototypeOf(async function* () {}),
]);

/** Names that lead from an object to the engine. */
const HIDDEN: ReadonlySet<string> = new Set(["constructor", "prototype"]);

/** Properties that every function has, and no function of Python. */
const OF_FUNCTIONS: ReadonlySet<string> = new Set(["length", "name", "caller", "arguments"]);

/** Properties of errors that speak of the program, not of the fault. */
const OF_ERRORS: ReadonlySet<string> = new Set(["stack", "cause"]);

/** Finds an attribute that is not a method of one of Python's types; {@linkcode ABSENT} if there is none. */
export function findMember(object: unknown, name: string): unknown {
  if (object instanceof PythonValue) return object.attribute(name) ?? ABSENT;
  if (object instanceof Date) return dateOf(object).attribute(name) ?? ABSENT;
  if (object instanceof Error) return errorMember(object, name);
  return isOpen(object) && !(typeof object === "function" && OF_FUNCTIONS.has(name)) ? find(object, name) : ABSENT;
}

function errorMember(error: Error, name: string): unknown {
  if (name === "args") return new Tuple(error.message);
  if (name === "message") return error.message;
  return error instanceof PythonError || OF_ERRORS.has(name) ? ABSENT : find(error, name);
}

/** Tells whether the members of a value are the application's own. */
export function isOpen(object: unknown): object is object {
  if (typeof object === "function") return true;
  return typeof object === "object" && object !== null && !Array.isArray(object) && !(object instanceof Map) &&
    !(object instanceof Set) && !(object instanceof Uint8Array) && !(object instanceof RuntimeValue) &&
    !(object instanceof Iterator);
}

/** Finds a member of an object of the application, by its name or by JavaScript's spelling of that. */
function find(object: object, name: string): unknown {
  if (!isReachable(name)) return ABSENT;
  const found = findKey(object, name);
  return found === ABSENT && name.includes("_") ? findKey(object, camelCase(name)) : found;
}

/** Finds a member up to what all objects inherit. */
function findKey(object: object, key: string): unknown {
  for (let owner: unknown = object; isOwner(owner); owner = Object.getPrototypeOf(owner)) {
    if (Object.hasOwn(owner, key)) return allowed(Reflect.get(object, key), key);
  }
  // A proxy, such as the UI modules of a handler, may have members that it does not own.
  const isThere = typeof object === "object" && !(key in Object.prototype) && Reflect.has(object, key);
  return isThere ? allowed(Reflect.get(object, key), key) : ABSENT;
}

function isOwner(owner: unknown): owner is object {
  return (typeof owner === "object" || typeof owner === "function") && owner !== null && !ROOTS.has(owner);
}

/** Tells whether a template may read or set a member of this name at all. */
export function isReachable(name: string): boolean {
  return !name.startsWith("__") && !HIDDEN.has(name);
}
