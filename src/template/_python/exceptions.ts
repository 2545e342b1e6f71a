import { LanguageSyntaxError } from "../language.ts";

/** A value of a class of this package: a template sees of it only what Python's class has. */
export abstract class RuntimeValue {}

/** A class of exceptions as `{% except %}` names it. */
export class ExceptionType extends RuntimeValue {
  readonly name: string;
  readonly base: ExceptionType | null;
  /** Tells whether an error of JavaScript belongs to the class. */
  readonly isNative: (error: unknown) => boolean;

  constructor(name: string, base: ExceptionType | null, isNative: (error: unknown) => boolean = () => false) {
    super();
    this.name = name;
    this.base = base;
    this.isNative = isNative;
  }

  matches(error: unknown): boolean {
    return error instanceof PythonError ? error.type.isWithin(this) : this.isNative(error);
  }

  /** Tells whether the class is another one or derived from it. */
  isWithin(other: ExceptionType): boolean {
    return this === other || (this.base?.isWithin(other) ?? false);
  }
}

/** An exception that the runtime throws. Its `name` is that of the class in Python, its message Python's `str()`. */
export class PythonError extends Error {
  override readonly name: string;
  // Private, so that the log shows the text alone.
  readonly #type: ExceptionType;
  readonly #args: readonly unknown[];
  readonly #details: Readonly<Record<string, unknown>>;

  constructor(
    type: ExceptionType,
    message: string,
    args: readonly unknown[] = [message],
    details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = type.name;
    this.#type = type;
    this.#args = args;
    this.#details = details;
  }

  /** The class in Python. */
  get type(): ExceptionType {
    return this.#type;
  }

  /** The values of Python's `args`. */
  get args(): readonly unknown[] {
    return this.#args;
  }

  /** Attributes that exceptions of the class have besides `args`. */
  get details(): Readonly<Record<string, unknown>> {
    return this.#details;
  }
}

const isImportFault = (error: unknown): boolean =>
  error instanceof ReferenceError && error.message.startsWith("cannot import");

export const BASE_EXCEPTION: ExceptionType = new ExceptionType("BaseException", null, () => true);
export const EXCEPTION: ExceptionType = new ExceptionType("Exception", BASE_EXCEPTION, () => true);
const ARITHMETIC_ERROR = new ExceptionType("ArithmeticError", EXCEPTION);
export const LOOKUP_ERROR: ExceptionType = new ExceptionType("LookupError", EXCEPTION);
const RUNTIME_ERROR = new ExceptionType("RuntimeError", EXCEPTION, (error) => error instanceof RangeError);
const IMPORT_ERROR = new ExceptionType("ImportError", EXCEPTION, isImportFault);
const NAME_ERROR = new ExceptionType(
  "NameError",
  EXCEPTION,
  (error) => error instanceof ReferenceError && !isImportFault(error),
);
export const ASSERTION_ERROR: ExceptionType = new ExceptionType("AssertionError", EXCEPTION);
export const ATTRIBUTE_ERROR: ExceptionType = new ExceptionType("AttributeError", EXCEPTION);
export const INDEX_ERROR: ExceptionType = new ExceptionType("IndexError", LOOKUP_ERROR);
export const KEY_ERROR: ExceptionType = new ExceptionType("KeyError", LOOKUP_ERROR);
export const OS_ERROR: ExceptionType = new ExceptionType("OSError", EXCEPTION);
export const OVERFLOW_ERROR: ExceptionType = new ExceptionType("OverflowError", ARITHMETIC_ERROR);
export const STOP_ITERATION: ExceptionType = new ExceptionType("StopIteration", EXCEPTION);
export const TYPE_ERROR: ExceptionType = new ExceptionType(
  "TypeError",
  EXCEPTION,
  (error) => error instanceof TypeError,
);
export const VALUE_ERROR: ExceptionType = new ExceptionType(
  "ValueError",
  EXCEPTION,
  (error) => error instanceof SyntaxError && !(error instanceof LanguageSyntaxError),
);
export const ZERO_DIVISION_ERROR: ExceptionType = new ExceptionType("ZeroDivisionError", ARITHMETIC_ERROR);
const UNICODE_ERROR = new ExceptionType("UnicodeError", VALUE_ERROR);
export const UNICODE_DECODE_ERROR: ExceptionType = new ExceptionType("UnicodeDecodeError", UNICODE_ERROR);
export const UNICODE_ENCODE_ERROR: ExceptionType = new ExceptionType("UnicodeEncodeError", UNICODE_ERROR);
const RECURSION_ERROR = new ExceptionType("RecursionError", RUNTIME_ERROR, RUNTIME_ERROR.isNative);
const MODULE_NOT_FOUND_ERROR = new ExceptionType("ModuleNotFoundError", IMPORT_ERROR, isImportFault);

const TYPES: readonly ExceptionType[] = [
  BASE_EXCEPTION,
  EXCEPTION,
  ARITHMETIC_ERROR,
  LOOKUP_ERROR,
  RUNTIME_ERROR,
  IMPORT_ERROR,
  NAME_ERROR,
  ASSERTION_ERROR,
  ATTRIBUTE_ERROR,
  INDEX_ERROR,
  KEY_ERROR,
  OS_ERROR,
  OVERFLOW_ERROR,
  STOP_ITERATION,
  TYPE_ERROR,
  VALUE_ERROR,
  ZERO_DIVISION_ERROR,
  UNICODE_ERROR,
  UNICODE_DECODE_ERROR,
  UNICODE_ENCODE_ERROR,
  RECURSION_ERROR,
  MODULE_NOT_FOUND_ERROR,
  new ExceptionType("UnboundLocalError", NAME_ERROR, NAME_ERROR.isNative),
  new ExceptionType("NotImplementedError", RUNTIME_ERROR),
  new ExceptionType("EOFError", EXCEPTION),
  new ExceptionType("FileNotFoundError", OS_ERROR),
  new ExceptionType("PermissionError", OS_ERROR),
  new ExceptionType("TimeoutError", OS_ERROR),
  new ExceptionType("KeyboardInterrupt", BASE_EXCEPTION),
  new ExceptionType("MemoryError", EXCEPTION),
  new ExceptionType("SystemExit", BASE_EXCEPTION),
];

/** The classes that templates see, by name. */
export const EXCEPTION_TYPES: Readonly<Record<string, ExceptionType>> = {
  ...Object.fromEntries(TYPES.map((type) => [type.name, type])),
  EnvironmentError: OS_ERROR,
  IOError: OS_ERROR,
};

/** The class of Python that stands for an error; `null` for errors of the application's own classes. */
export function exceptionTypeOf(error: Error): ExceptionType | null {
  if (error instanceof PythonError) return error.type;
  if (error instanceof ReferenceError) return isImportFault(error) ? MODULE_NOT_FOUND_ERROR : NAME_ERROR;
  if (error instanceof TypeError) return TYPE_ERROR;
  if (error instanceof RangeError) return error.message.includes("call stack") ? RECURSION_ERROR : RUNTIME_ERROR;
  if (VALUE_ERROR.isNative(error)) return VALUE_ERROR;
  return Object.getPrototypeOf(error) === Error.prototype ? EXCEPTION : null;
}

/** Tests an error against the class, or tuple of classes, of `{% except X %}`. */
export function isCaughtBy(error: unknown, types: unknown): boolean {
  return (Array.isArray(types) ? types : [types]).some((type: unknown) => {
    if (type instanceof ExceptionType) return type.matches(error);
    if (typeof type === "function") return error instanceof type;
    throw new PythonError(TYPE_ERROR, "catching classes that do not inherit from BaseException is not allowed");
  });
}
