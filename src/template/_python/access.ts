import { apply, isNative, type Keywords, native } from "./call.ts";
import type { Method } from "./define_methods.ts";
import { ABSENT } from "./dicts.ts";
import { ATTRIBUTE_ERROR, PythonError } from "./exceptions.ts";
import { findMember, isOpen, isReachable, spellings } from "./members.ts";
import { methodsOf } from "./method_tables.ts";
import { PythonValue, typeName } from "./values.ts";

/** Python's `x.name`. */
export function getAttribute(object: unknown, name: string): unknown {
  const found = findAttribute(object, name);
  if (found === ABSENT) throw attributeError(object, name);
  return found;
}

function attributeError(object: unknown, name: string): PythonError {
  const subject = typeof object === "function" && !isNative(object)
    ? `function '${object.name}'`
    : `'${typeName(object)}' object`;
  return new PythonError(ATTRIBUTE_ERROR, `${subject} has no attribute '${name}'`);
}

/** As {@linkcode getAttribute}, but returns {@linkcode ABSENT} for an attribute that is not there. */
export function findAttribute(object: unknown, name: string): unknown {
  const method = methodOf(object, name);
  if (method === undefined) return findMember(object, name);
  return native(name, (args, keywords) => method(object, args, keywords));
}

function methodOf(object: unknown, name: string): Method | undefined {
  const methods = methodsOf(object);
  return methods !== null && Object.hasOwn(methods, name) ? methods[name] : undefined;
}

export function setAttribute(object: unknown, name: string, value: unknown): void {
  if (isOpen(object) && isReachable(name) && !(object instanceof PythonValue) && typeof object !== "function") {
    const key = spellings(name).find((key) => Reflect.has(object, key)) ?? name;
    if (Reflect.set(object, key, value)) return;
  }
  throw new PythonError(ATTRIBUTE_ERROR, `attribute '${name}' of '${typeName(object)}' object cannot be set`);
}

export function deleteAttribute(object: unknown, name: string): void {
  if (isOpen(object) && Object.hasOwn(object, name) && isReachable(name) && typeof object !== "function") {
    if (Reflect.deleteProperty(object, name)) return;
  }
  throw attributeError(object, name);
}

export function method(object: unknown, name: string, ...args: unknown[]): unknown {
  return callMethod(object, name, args, []);
}

export function methodKeywords(object: unknown, name: string, keywords: Keywords, ...args: unknown[]): unknown {
  return callMethod(object, name, args, keywords);
}

function callMethod(object: unknown, name: string, args: readonly unknown[], keywords: Keywords): unknown {
  const found = object === null || object === undefined ? undefined : methodOf(object, name);
  return found === undefined
    ? apply(getAttribute(object, name), object, args, keywords)
    : found(object, args, keywords);
}

/** An expression's value as the function of `{% apply %}`, with its object if it is a method of one. */
export function asFunction(value: unknown): unknown {
  return typeof value === "function" && isNative(value)
    ? (text: unknown) => apply(value, undefined, [text], [])
    : value;
}
