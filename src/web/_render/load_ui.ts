import type { UIMethod, UIModuleClass } from "./ui_types.ts";

type ModuleBase = abstract new (handler: never) => object;

/** Collects the UI methods of a setting: the functions whose name begins in lower case, without an underscore. */
export function loadUiMethods(source: object): Record<string, UIMethod> {
  const methods = newRecord<UIMethod>();
  for (const [name, value] of entriesOf(source)) {
    if (!name.startsWith("_") && isMethod(value) && name.charAt(0).toLowerCase() === name.charAt(0)) {
      methods[name] = value;
    }
  }
  return methods;
}

/** Collects the UI modules of a setting: the subclasses of `base`. Of several with one name, the last one counts. */
export function loadUiModules(
  source: object,
  base: ModuleBase,
  builtin: Readonly<Record<string, UIModuleClass>>,
): Record<string, UIModuleClass> {
  const modules = Object.assign(newRecord<UIModuleClass>(), builtin);
  for (const [name, value] of entriesOf(source)) {
    if (isModuleClass(value, base)) modules[name] = value;
  }
  return modules;
}

/** Names come from templates, which must not find inherited properties. */
function newRecord<T>(): Record<string, T> {
  return Object.create(null);
}

function* entriesOf(source: object): Generator<[string, unknown]> {
  if (!Array.isArray(source)) return yield* Object.entries(source);
  for (const part of source) yield* entriesOf(Object(part));
}

function isMethod(value: unknown): value is UIMethod {
  return typeof value === "function";
}

function isModuleClass(value: unknown, base: ModuleBase): value is UIModuleClass {
  return typeof value === "function" && value.prototype instanceof base;
}
