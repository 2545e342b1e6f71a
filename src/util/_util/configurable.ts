/** A class of a configurable hierarchy, abstract or not, with instances of type `T`. */
export type ConfigurableClass<T extends Configurable = Configurable> =
  & (abstract new (options: never) => T)
  & Pick<typeof Configurable, "configurableBase" | "configurableDefault" | "configuredClass" | "create">;

/** Arguments of {@linkcode Configurable.configure}, as {@linkcode Configurable._saveConfiguration} returns them. */
export interface Configuration {
  /** Implementation, or `null` for the default one. */
  readonly impl: ConfigurableClass | null;
  /** Options for every new instance. */
  readonly options: Readonly<Record<string, unknown>>;
}

const NOTHING: Configuration = Object.freeze({ impl: null, options: Object.freeze({}) });

const configurations = new WeakMap<object, Configuration>();

/**
 * Base class of interfaces whose implementation the program chooses once, such as `Resolver`. Tornado's `Configurable`.
 *
 * An interface overrides {@linkcode configurableBase} and {@linkcode configurableDefault}. Its {@linkcode create} then
 * makes an instance of the class that {@linkcode configure} chose. In Tornado the constructor does that. A JavaScript
 * class with private fields cannot return another object from its constructor, so here it is a method.
 *
 * @example
 * ```ts
 * import { Configurable, type ConfigurableClass } from "@twister/twister/util";
 * import { assert } from "@std/assert";
 * abstract class Store extends Configurable {
 *   static override configurableBase(): ConfigurableClass {
 *     return Store;
 *   }
 *   static override configurableDefault(): ConfigurableClass {
 *     return MemoryStore;
 *   }
 * }
 * class MemoryStore extends Store {}
 * class DiskStore extends Store {}
 * assert(Store.create() instanceof MemoryStore);
 * Store.configure(DiskStore);
 * assert(Store.create() instanceof DiskStore);
 * ```
 */
export abstract class Configurable {
  /**
   * Returns the interface at the top of the hierarchy. The interface must override it.
   *
   * @throws {TypeError} No class overrides the method.
   */
  static configurableBase(): ConfigurableClass {
    throw new TypeError(`Cannot configure ${this.name}: it does not override configurableBase`);
  }

  /**
   * Returns the implementation to use if none is configured. The interface must override it.
   *
   * @throws {TypeError} No class overrides the method.
   */
  static configurableDefault(): ConfigurableClass {
    throw new TypeError(`Cannot configure ${this.name}: it does not override configurableDefault`);
  }

  /**
   * Sets the class and the options of all later instances.
   *
   * @param impl A class of the hierarchy, or `null` for the default one. `importObject` finds a class by its name.
   * @param options Options for every instance. Those passed to {@linkcode create} override them.
   * @throws {TypeError} `impl` is not a class of this hierarchy.
   */
  static configure(impl: ConfigurableClass | null, options: Readonly<Record<string, unknown>> = {}): void {
    if (impl !== null && impl !== this && !(impl.prototype instanceof this)) {
      throw new TypeError(`Cannot configure ${this.name}: ${impl.name} is not a subclass of it`);
    }
    configurations.set(this.configurableBase(), { impl, options });
  }

  /** Returns the class that {@linkcode create} uses: the configured class, or the default one. */
  static configuredClass(): ConfigurableClass {
    return this._saveConfiguration().impl ?? this.configurableDefault();
  }

  /**
   * Makes an instance: of the configured class if called on the interface, else of the class itself.
   *
   * @param options Options for the constructor and {@linkcode initialize}. They override those of
   * {@linkcode configure}.
   * @throws {TypeError} The configured class is not a subclass of this class.
   */
  static create<T extends Configurable>(
    this: ConfigurableClass<T>,
    options: Readonly<Record<string, unknown>> = {},
  ): T {
    const base = this.configurableBase();
    // Object.is, since TypeScript takes the two types for different.
    const isBase = Object.is(this, base);
    const impl: ConfigurableClass = isBase ? this.configuredClass() : this;
    const all = isBase ? { ...configurations.get(base)?.options, ...options } : options;
    // The implementation may be an interface in turn.
    const instance: unknown = impl.configurableBase() === base ? construct(impl, all) : impl.create(all);
    if (!(instance instanceof this)) {
      throw new TypeError(`Cannot create ${this.name}: ${impl.name} is not a subclass of it`);
    }
    return instance;
  }

  /** Sets up an instance after its construction. The default does nothing. The constructor gets the same options. */
  initialize(_options: Readonly<Record<string, unknown>>): void {}

  /** Returns what {@linkcode configure} set, for tests that restore it afterwards. */
  static _saveConfiguration(): Configuration {
    return configurations.get(this.configurableBase()) ?? NOTHING;
  }

  /** Restores a configuration. */
  static _restoreConfiguration(saved: Configuration): void {
    configurations.set(this.configurableBase(), saved);
  }
}

function construct(impl: ConfigurableClass, options: Readonly<Record<string, unknown>>): Configurable {
  const instance: unknown = Reflect.construct(impl, [options]);
  if (!(instance instanceof Configurable)) {
    throw new TypeError(`Cannot create ${impl.name}: its constructor gives another object`);
  }
  instance.initialize(options);
  return instance;
}
