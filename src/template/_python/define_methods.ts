import { bind, type Keywords, native, type Signature } from "./call.ts";
import { PythonError, TYPE_ERROR } from "./exceptions.ts";
import { typeName } from "./values.ts";

/** A method of a type: a function of the object, the arguments and the keyword arguments. */
export type Method = (self: unknown, args: readonly unknown[], keywords: Keywords) => unknown;

export type Methods = Readonly<Record<string, Method>>;

/** The body of a method that binds its arguments itself. */
export type Variadic<Self> = (self: Self, args: readonly unknown[], keywords: Keywords) => unknown;

/**
 * Parameters after the object, and what the method does. A `?` follows optional parameters, and those before a `/` take
 * no keyword, those after a `*` nothing else; `*` alone stands for any number of arguments.
 */
export type Definition<Self> =
  | readonly [params: string, body: (self: Self, ...args: unknown[]) => unknown]
  | Variadic<Self>;

/** Makes the methods of a type. */
export function defineMethods<Self>(
  type: string,
  isSelf: (value: unknown) => value is Self,
  definitions: Readonly<Record<string, Definition<Self>>>,
): Methods {
  const methods: Record<string, Method> = Object.create(null);
  for (const [name, definition] of Object.entries(definitions)) {
    const invoke = invoker(name, definition);
    methods[name] = (self, args, keywords) => {
      if (isSelf(self)) return invoke(self, args, keywords);
      throw new PythonError(
        TYPE_ERROR,
        `descriptor '${name}' for '${type}' objects doesn't apply to a '${typeName(self)}' object`,
      );
    };
  }
  return methods;
}

/** Makes functions by name, defined as methods are but without an object. */
export function defineFunctions(
  definitions: Readonly<Record<string, FunctionDefinition>>,
): Readonly<Record<string, (...args: unknown[]) => unknown>> {
  const functions: Record<string, (...args: unknown[]) => unknown> = Object.create(null);
  for (const [name, definition] of Object.entries(definitions)) {
    const invoke = typeof definition === "function"
      ? definition
      : invoker<null>(name, [definition[0], (_, ...args) => definition[1](...args)]);
    functions[name] = native(name, (args, keywords) => invoke(null, args, keywords));
  }
  return functions;
}

/** Makes a module: its members are attributes. */
export function defineModule(
  name: string,
  members: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.freeze(
    Object.defineProperty({ __proto__: null, ...members }, Symbol.toStringTag, { value: name }),
  );
}

/** {@linkcode Definition} of a function. */
export type FunctionDefinition = readonly [params: string, body: (...args: unknown[]) => unknown] | Variadic<null>;

function invoker<Self>(name: string, definition: Definition<Self>): Variadic<Self> {
  if (typeof definition === "function") return definition;
  const [params, body] = definition;
  if (params === "*") {
    return (self, args, keywords) => {
      if (keywords.length > 0) throw new PythonError(TYPE_ERROR, `${name}() takes no keyword arguments`);
      return body(self, ...args);
    };
  }
  const signature = parseSignature(params);
  return (self, args, keywords) => body(self, ...bind(name, signature, args, keywords));
}

function parseSignature(text: string): Signature {
  const params: string[] = [];
  let required = 0;
  let positional = 0;
  let unnamed: number | null = null;
  for (const part of text.split(" ").filter((part) => part !== "")) {
    if (part === "/") positional = params.length;
    else if (part === "*") unnamed = params.length;
    else {
      params.push(part.replace("?", ""));
      if (!part.endsWith("?")) required = params.length;
    }
  }
  return { params, required, positional, unnamed: unnamed ?? params.length };
}
