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
    if (!(error instanceof PythonError)) return this.isNative(error);
    for (let type: ExceptionType | null = error.type; type !== null; type = type.base) if (type === this) return true;
    return false;
  }
}

/** An exception that the runtime throws. Its `name` is that of the class in Python. */
export class PythonError extends Error {
  override readonly name: string;
  readonly type: ExceptionType;

  constructor(type: ExceptionType, message: string) {
    super(message);
    this.type = type;
    this.name = type.name;
  }
}

const BASE_EXCEPTION = new ExceptionType("BaseException", null, () => true);
const EXCEPTION = new ExceptionType("Exception", BASE_EXCEPTION, () => true);
const ARITHMETIC_ERROR = new ExceptionType("ArithmeticError", EXCEPTION);
const LOOKUP_ERROR = new ExceptionType("LookupError", EXCEPTION);
const RUNTIME_ERROR = new ExceptionType("RuntimeError", EXCEPTION, (error) => error instanceof RangeError);
const IMPORT_ERROR = new ExceptionType(
  "ImportError",
  EXCEPTION,
  (error) => error instanceof ReferenceError && error.message.startsWith("cannot import"),
);

const NAME_ERROR = new ExceptionType(
  "NameError",
  EXCEPTION,
  (error) => error instanceof ReferenceError && !error.message.startsWith("cannot import"),
);
export const ASSERTION_ERROR: ExceptionType = new ExceptionType("AssertionError", EXCEPTION);
export const ATTRIBUTE_ERROR: ExceptionType = new ExceptionType("AttributeError", EXCEPTION);
export const INDEX_ERROR: ExceptionType = new ExceptionType("IndexError", LOOKUP_ERROR);
export const KEY_ERROR: ExceptionType = new ExceptionType("KeyError", LOOKUP_ERROR);
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

/** The classes that templates see, by name. */
export const EXCEPTION_TYPES: Readonly<Record<string, ExceptionType>> = Object.fromEntries(
  [
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
    OVERFLOW_ERROR,
    STOP_ITERATION,
    TYPE_ERROR,
    VALUE_ERROR,
    ZERO_DIVISION_ERROR,
    UNICODE_ERROR,
    UNICODE_DECODE_ERROR,
    new ExceptionType("UnboundLocalError", NAME_ERROR, NAME_ERROR.isNative),
    new ExceptionType("RecursionError", RUNTIME_ERROR, RUNTIME_ERROR.isNative),
    new ExceptionType("NotImplementedError", RUNTIME_ERROR),
    new ExceptionType("ModuleNotFoundError", IMPORT_ERROR, IMPORT_ERROR.isNative),
    new ExceptionType("OSError", EXCEPTION),
    new ExceptionType("IOError", EXCEPTION),
  ].map((type) => [type.name, type]),
);

/** Tests an error against the class, or tuple of classes, of `{% except X %}`. */
export function isCaughtBy(error: unknown, types: unknown): boolean {
  return (Array.isArray(types) ? types : [types]).some((type: unknown) => {
    if (type instanceof ExceptionType) return type.matches(error);
    if (typeof type === "function") return error instanceof type;
    throw new PythonError(TYPE_ERROR, "catching classes that do not inherit from BaseException is not allowed");
  });
}
