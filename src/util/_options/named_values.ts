/** Looked up on any object by `await` and `JSON.stringify`, which must not fail. */
const PROTOCOL_NAMES: ReadonlySet<string> = new Set(["then", "toJSON"]);

/**
 * An object whose values are also its properties, as with Python's `__getattr__` and `__setattr__`. Members of the
 * class are found first when a property is read.
 *
 * The constructor returns a proxy, and subclasses keep their private fields on it, since for them it is `this`.
 */
export abstract class NamedValues {
  /** Value of an option. */
  [name: string]: unknown;

  /** Makes the proxy. */
  constructor() {
    return new Proxy<NamedValues>(this, {
      get: (target, name, proxy: NamedValues) =>
        typeof name === "symbol" || name in target
          ? Reflect.get(target, name, proxy)
          : PROTOCOL_NAMES.has(name) && !proxy.has(name)
          ? undefined
          : proxy.get(name),
      set: (target, name, value, proxy: NamedValues) => {
        if (typeof name === "symbol") return Reflect.set(target, name, value);
        proxy.set(name, value);
        return true;
      },
    });
  }

  /** Returns whether there is a value of a name. */
  abstract has(name: string): boolean;
  /** Returns the value of a name. */
  abstract get(name: string): unknown;
  /** Sets the value of a name. */
  abstract set(name: string, value: unknown): void;
}
