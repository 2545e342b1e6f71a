import { dateOf } from "./datetime.ts";
import { ABSENT } from "./dicts.ts";
import { ExceptionType, PythonError, RuntimeValue } from "./exceptions.ts";
import { allowed, camelCase } from "./application.ts";
import { classNameOf } from "./natives.ts";
import { scalarAttribute } from "./scalar_methods.ts";
import { NamedTuple, PythonValue, tuple } from "./values.ts";

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
  if (name === "__name__") return nameOf(object);
  if (object instanceof PythonValue) return orAbsent(object.attribute(name));
  if (object instanceof Date) return orAbsent(dateOf(object).attribute(name));
  if (object instanceof Error) return errorMember(object, name);
  if (object instanceof NamedTuple) return new Map<string, unknown>(object.items).get(name) ?? ABSENT;
  if (isOpen(object)) return isOfFunctions(object, name) ? ABSENT : find(object, name);
  return orAbsent(scalarAttribute(object, name));
}

function orAbsent(value: unknown): unknown {
  return value === undefined ? ABSENT : value;
}

/**
 * Tells whether an object has an attribute that is not a method of one of Python's types. It reads none of the members
 * of an object of the application, as a getter may take long.
 */
export function hasMember(object: unknown, name: string): boolean {
  if (!isOpen(object) || object instanceof Date || object instanceof Error || name === "__name__") {
    return findMember(object, name) !== ABSENT;
  }
  if (isOfFunctions(object, name) || !isReachable(name)) return false;
  return hasKey(object, name) || (name.includes("_") && hasKey(object, camelCase(name)));
}

function isOfFunctions(object: object, name: string): boolean {
  return typeof object === "function" && OF_FUNCTIONS.has(name);
}

/** The name of a function or of a class. */
function nameOf(object: unknown): unknown {
  if (object instanceof ExceptionType) return object.name;
  if (typeof object === "function") return (classNameOf(object) ?? object.name).replace(/^.*\./, "");
  return object instanceof PythonValue ? object.attribute("__name__") ?? ABSENT : ABSENT;
}

function errorMember(error: Error, name: string): unknown {
  if (name === "args") {
    return tuple(error instanceof PythonError ? error.args : error.message === "" ? [] : [error.message]);
  }
  if (error instanceof PythonError) {
    if (Object.hasOwn(error.details, name)) return error.details[name];
    return name === "message" ? error.message : ABSENT;
  }
  if (error instanceof ReferenceError && name === "name") return /'(.*?)'/.exec(error.message)?.[1] ?? ABSENT;
  return OF_ERRORS.has(name) ? ABSENT : find(error, name);
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

function findKey(object: object, key: string): unknown {
  return hasKey(object, key) ? allowed(Reflect.get(object, key), key) : ABSENT;
}

/** Looks for a member up to what all objects inherit. */
function hasKey(object: object, key: string): boolean {
  for (let owner: unknown = object; isOwner(owner); owner = Object.getPrototypeOf(owner)) {
    if (Object.hasOwn(owner, key)) return true;
  }
  // A proxy, such as the UI modules of a handler, may have members that it does not own.
  return typeof object === "object" && !(key in Object.prototype) && Reflect.has(object, key);
}

function isOwner(owner: unknown): owner is object {
  return (typeof owner === "object" || typeof owner === "function") && owner !== null && !ROOTS.has(owner);
}

/** Tells whether a template may read or set a member of this name at all. */
export function isReachable(name: string): boolean {
  return !name.startsWith("__") && !HIDDEN.has(name);
}
