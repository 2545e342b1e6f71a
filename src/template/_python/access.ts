import { apply, type Keywords, native, requireOnce } from "./call.ts";
import type { Method, Methods } from "./define_methods.ts";
import { CLASS_METHODS } from "./class_methods.ts";
import { DICT_METHODS } from "./dict_methods.ts";
import { ABSENT, dictItems } from "./dicts.ts";
import { ATTRIBUTE_ERROR, ExceptionType, PythonError } from "./exceptions.ts";
import { allowed, spellings, toApplication } from "./application.ts";
import { findMember, hasMember, isOpen, isReachable } from "./members.ts";
import { classNameOf, isClass, isNative } from "./natives.ts";
import { LIST_METHODS, TUPLE_METHODS } from "./list_methods.ts";
import { BYTES_METHODS } from "./bytes_methods.ts";
import { FLOAT_METHODS, INT_METHODS, RANGE_METHODS, SLICE_METHODS } from "./scalar_methods.ts";
import { FROZENSET_METHODS, SET_METHODS } from "./set_methods.ts";
import { STRING_METHODS } from "./string_methods.ts";
import { positional } from "./tornado_methods.ts";
import { FrozenSet, isDict, isFloat, iterate, numberOf, Range, SliceValue, Tuple, typeName } from "./values.ts";

/** Python's `x.name`. */
export function getAttribute(object: unknown, name: string): unknown {
  const found = findAttribute(object, name);
  if (found === ABSENT) throw attributeError(object, name);
  return found;
}

function attributeError(object: unknown, name: string): PythonError {
  const message = `${subjectOf(object)} has no attribute '${name}'`;
  return new PythonError(ATTRIBUTE_ERROR, message, [message], { name, obj: object });
}

/** How Python calls a value that lacks an attribute. */
function subjectOf(object: unknown): string {
  if (object instanceof ExceptionType) return `type object '${object.name}'`;
  if (typeof object === "function" && typeName(object) === "type") {
    return `type object '${classNameOf(object) ?? object.name}'`;
  }
  if (typeof object === "function" && !isNative(object)) return `function '${object.name}'`;
  if (typeName(object) === "module") return `module '${Reflect.get(Object(object), Symbol.toStringTag)}'`;
  return `'${typeName(object)}' object`;
}

/** The methods of the built-in types, by the names of the functions that make their values. */
const METHODS_BY_TYPE: Readonly<Record<string, Methods>> = {
  bytes: BYTES_METHODS,
  dict: DICT_METHODS,
  float: FLOAT_METHODS,
  frozenset: FROZENSET_METHODS,
  int: INT_METHODS,
  list: LIST_METHODS,
  set: SET_METHODS,
  str: STRING_METHODS,
  tuple: TUPLE_METHODS,
};

/** A method of a class: one of the class itself, or one that takes its object first, such as `str.lower`. */
function classMethod(object: unknown, name: string): unknown {
  if (typeof object !== "function" || classNameOf(object) === undefined) return ABSENT;
  const own = Object.hasOwn(CLASS_METHODS, object.name) ? CLASS_METHODS[object.name] : undefined;
  if (own !== undefined && Object.hasOwn(own, name)) return own[name];
  if (!Object.hasOwn(METHODS_BY_TYPE, object.name)) return ABSENT;
  const methods = METHODS_BY_TYPE[object.name];
  const method = methods !== undefined && Object.hasOwn(methods, name) ? methods[name] : undefined;
  return method === undefined ? ABSENT : native(name, ([self, ...args], keywords) => method(self, args, keywords));
}

/**
 * As {@linkcode getAttribute}, but returns {@linkcode ABSENT} for an attribute that is not there. A method is bound to
 * its object.
 */
export function findAttribute(object: unknown, name: string): unknown {
  const method = methodOf(object, name);
  if (method !== undefined) return native(name, (args, keywords) => method(object, args, keywords));
  const member = memberOf(object, name);
  if (typeof member !== "function" || isNative(member) || isClass(member) || isDict(object)) return member;
  return native(name, (args, keywords) => callMember(object, name, member, args, keywords));
}

/** The methods of the type of a value; `null` if it has none of ours. */
function methodsOf(value: unknown): Methods | null {
  if (typeof value === "string") return STRING_METHODS;
  if (Array.isArray(value)) return value instanceof Tuple ? TUPLE_METHODS : LIST_METHODS;
  if (isDict(value)) return DICT_METHODS;
  if (value instanceof Set) return value instanceof FrozenSet ? FROZENSET_METHODS : SET_METHODS;
  if (value instanceof Uint8Array) return BYTES_METHODS;
  if (numberOf(value) !== null) return isFloat(value) ? FLOAT_METHODS : INT_METHODS;
  if (value instanceof Range) return RANGE_METHODS;
  if (value instanceof SliceValue) return SLICE_METHODS;
  return null;
}

function memberOf(object: unknown, name: string): unknown {
  const method = classMethod(object, name);
  return method === ABSENT ? findMember(object, name) : method;
}

function methodOf(object: unknown, name: string): Method | undefined {
  const methods = methodsOf(object);
  return methods !== null && Object.hasOwn(methods, name) ? methods[name] : undefined;
}

/** Python's `x.name = value`. */
export function setAttribute(object: unknown, name: string, value: unknown): void {
  if (canChange(object) && isReachable(name)) {
    const key = spellings(name).find((key) => Reflect.has(object, key)) ?? name;
    if (Reflect.set(object, key, toApplication(value))) return;
  }
  if (!canChange(object) && findAttribute(object, name) === ABSENT) throw attributeError(object, name);
  throw new PythonError(ATTRIBUTE_ERROR, `attribute '${name}' of '${typeName(object)}' object cannot be set`);
}

/** Python's `del x.name`. */
export function deleteAttribute(object: unknown, name: string): void {
  if (canChange(object) && isReachable(name)) {
    const key = spellings(name).find((key) => Object.hasOwn(object, key));
    if (key !== undefined && Reflect.deleteProperty(object, key)) return;
  }
  throw attributeError(object, name);
}

function canChange(object: unknown): object is object {
  return isOpen(object) && typeof object !== "function" && !(object instanceof Error) && !(object instanceof Date);
}

/** Returns an object that has the method of a call: Python looks for it before it evaluates the arguments. */
export function requireMethod(object: unknown, name: string): unknown {
  const isThere = methodOf(object, name) !== undefined || classMethod(object, name) !== ABSENT ||
    hasMember(object, name);
  if (!isThere) throw attributeError(object, name);
  return object;
}

/** Python's `x.name(...)`. */
export function method(object: unknown, name: string, ...args: unknown[]): unknown {
  return callMethod(object, name, args, []);
}

/** The pairs of `x.items()` for a loop that unpacks each one. */
export function itemsOf(object: unknown): Iterable<unknown> {
  return isDict(object) ? dictItems(object) : iterate(method(object, "items"));
}

/** Python's `x.name(..., key=value)`. */
export function methodKeywords(object: unknown, name: string, args: readonly unknown[], keywords: Keywords): unknown {
  requireOnce(keywords);
  return callMethod(object, name, args, keywords);
}

function callMethod(object: unknown, name: string, args: readonly unknown[], keywords: Keywords): unknown {
  const method = methodOf(object, name);
  if (method !== undefined) return method(object, args, keywords);
  const member = memberOf(object, name);
  if (member === ABSENT) throw attributeError(object, name);
  return callMember(object, name, member, args, keywords);
}

function callMember(
  object: unknown,
  name: string,
  member: unknown,
  args: readonly unknown[],
  keywords: Keywords,
): unknown {
  if (keywords.length === 0) return apply(member, object, args, keywords);
  const [values, rest] = positional(name, args, keywords);
  return apply(member, object, values, rest);
}

/** The function of `{% apply %}` or `{% autoescape %}`, which the engine calls itself. */
export function asFunction(value: unknown): unknown {
  return allowed(value, "this function");
}
