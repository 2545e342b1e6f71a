import type { RequestHandlerClass } from "../web/mod.ts";

/**
 * A handler class with what a mixin adds.
 *
 * @typeParam Base The class that was given to the mixin; its static members stay.
 * @typeParam Added What handlers of the new class have besides.
 */
export type WithMixin<Base extends RequestHandlerClass, Added> =
  & { [Name in keyof Base]: Base[Name] }
  & { new (...args: ConstructorParameters<Base>): InstanceType<Base> & Added };

/** A class that a mixin makes of any handler class. */
export type Mixed<Added> = WithMixin<RequestHandlerClass, Added>;

/** Gives a class that extends `_base` its type. */
export function mixed<Base extends RequestHandlerClass, Added>(
  _base: Base,
  made: Mixed<Added>,
): WithMixin<Base, Added> {
  // The compiler forgets which class was extended: it knows of the result only that it is a handler class.
  return made as WithMixin<Base, Added>;
}
