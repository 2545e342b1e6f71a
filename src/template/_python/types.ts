import { ExceptionType, exceptionTypeOf, PythonError, TYPE_ERROR } from "./exceptions.ts";
import { classNameOf, classOf, isNative } from "./natives.ts";
import { PythonValue, Tuple, typeName } from "./values.ts";

/** The type of values whose class is not a function of templates: it can be shown and compared, and no more. */
class OpaqueType extends PythonValue {
  readonly pythonType = "type";
  readonly name: string;
  /** The class of the application that it stands for; `null` if it is one of Python's. */
  readonly constructorOf: unknown;

  constructor(name: string, constructorOf: unknown) {
    super();
    this.name = name;
    this.constructorOf = constructorOf;
  }

  str(): string {
    return this.repr();
  }

  repr(): string {
    return `<class '${this.name}'>`;
  }

  hash(): string {
    return this.name;
  }

  override equals(other: unknown): boolean {
    return other === this || (this.constructorOf !== null && other === this.constructorOf);
  }

  attribute(name: string): unknown {
    return name === "__name__" ? this.name.replace(/^.*\./, "") : undefined;
  }
}

const byConstructor = new WeakMap<object, OpaqueType>();
const byName = new Map<string, OpaqueType>();

/** Python's `type(x)`. */
export function typeOf(value: unknown): unknown {
  if (value instanceof Error) {
    const type = exceptionTypeOf(value);
    if (type !== null) return type;
  }
  const name = typeName(value);
  const known = classOf(name);
  if (known !== undefined) return known;
  const make = typeof value === "object" && value !== null && !(value instanceof PythonValue)
    ? Object.getPrototypeOf(value)?.constructor
    : undefined;
  const isOfApplication = typeof make === "function" && make.name === name;
  const found = isOfApplication ? byConstructor.get(make) : byName.get(name);
  if (found !== undefined) return found;
  const type = new OpaqueType(name, isOfApplication ? make : null);
  if (isOfApplication) byConstructor.set(make, type);
  else byName.set(name, type);
  return type;
}

/** Python's classes that derive from others, with the class that they derive from. */
const BASES: Readonly<Record<string, string>> = { bool: "int", "datetime.datetime": "datetime.date" };

/** Python's `isinstance`. */
export function isInstance(value: unknown, type: unknown): boolean {
  if (type instanceof Tuple) return type.some((one) => isInstance(value, one));
  if (type instanceof ExceptionType) return value instanceof Error && type.matches(value);
  if (type instanceof OpaqueType) {
    return typeof type.constructorOf === "function" ? value instanceof type.constructorOf : typeOf(value) === type;
  }
  if (typeof type !== "function" || (isNative(type) && classNameOf(type) === undefined)) {
    throw new PythonError(TYPE_ERROR, "isinstance() arg 2 must be a type, a tuple of types, or a union");
  }
  const name = classNameOf(type);
  return name === undefined ? value instanceof type : isNameWithin(typeName(value), name);
}

/** Tells whether a class is another one or derived from it, by their names. */
function isNameWithin(name: string, base: string): boolean {
  return base === "object" || name === base || BASES[name] === base;
}

/** Python's `issubclass`. */
export function isSubclass(type: unknown, base: unknown): boolean {
  if (base instanceof Tuple) return base.some((one) => isSubclass(type, one));
  requireClass(type, "issubclass() arg 1 must be a class");
  requireClass(base, "issubclass() arg 2 must be a class, a tuple of classes, or a union");
  if (type instanceof ExceptionType) {
    return base instanceof ExceptionType ? type.isWithin(base) : nameOfClass(base) === "object";
  }
  const [name, baseName] = [nameOfClass(type), nameOfClass(base)];
  if (name !== undefined && baseName !== undefined) return isNameWithin(name, baseName);
  if (baseName === "object") return true;
  for (let made: unknown = type; typeof made === "function"; made = Object.getPrototypeOf(made)) {
    if (made === base) return true;
  }
  return false;
}

function nameOfClass(type: unknown): string | undefined {
  if (type instanceof OpaqueType) return type.name;
  return typeof type === "function" ? classNameOf(type) : undefined;
}

function requireClass(value: unknown, message: string): void {
  const isType = value instanceof ExceptionType || value instanceof OpaqueType ||
    (typeof value === "function" && (!isNative(value) || classNameOf(value) !== undefined));
  if (!isType) throw new PythonError(TYPE_ERROR, message);
}
