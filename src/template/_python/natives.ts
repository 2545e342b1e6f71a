import type { Keywords } from "./call.ts";

/** A function that takes and gives values of Python. */
export type Invoke = (args: readonly unknown[], keywords: Keywords) => unknown;

/** The functions of the runtime and of templates, with what calls them. */
export const invokers: WeakMap<object, Invoke> = new WeakMap();

/** Python's classes: those of the functions that make a value of a class, by the name of the class. */
const classes = new Map<string, object>();
const classNames = new WeakMap<object, string>();

/** Notes that a function is a class of Python. */
export function noteClass(name: string, make: object): void {
  classes.set(name, make);
  classNames.set(make, name);
}

/** The class of Python that has a name; `undefined` if templates have none of it. */
export function classOf(name: string): object | undefined {
  return classes.get(name);
}

/** The name of a class of Python; `undefined` for all other values. */
export function classNameOf(value: object): string | undefined {
  return classNames.get(value);
}

/** Tells whether a function is one of the runtime or of a template, not of the application. */
export function isNative(value: object): boolean {
  return invokers.has(value);
}

/** Tells whether a function is a class: the `prototype` of a class cannot be replaced. */
export function isClass(callee: object): boolean {
  return Object.getOwnPropertyDescriptor(callee, "prototype")?.writable === false;
}
