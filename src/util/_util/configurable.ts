/** A class of a configurable hierarchy, abstract or not, whose instances are `T`. */
export type ConfigurableClass<T extends Configurable = Configurable> =
  & (abstract new (options: never) => T)
  & Pick<typeof Configurable, "configurableBase" | "configurableDefault" | "configuredClass" | "create">;

/** What {@linkcode Configurable.configure} set; {@linkcode Configurable._saveConfiguration} gives it as a token. */
export interface Configuration {
  /** The implementation, or `null` for the default one. */
  readonly impl: ConfigurableClass | null;
  /** Options that every new instance gets. */
  readonly options: Readonly<Record<string, unknown>>;
}

const NOTHING: Configuration = Object.freeze({ impl: null, options: Object.freeze({}) });

const configurations = new WeakMap<object, Configuration>();

/**
 * Base of interfaces whose implementation is chosen once for the whole program: `Resolver`, `AsyncHTTPClient`.
 *
 * An interface overrides {@linkcode configurableBase} and {@linkcode configurableDefault}. {@linkcode create} on it then makes an
 * instance of the class that {@linkcode configure} named. Python does that within the constructor; a class with private
 * fields cannot give another object from its constructor, so here it is a method. Tornado's `Configurable`.
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
   * The interface at the top of the hierarchy; this must be overridden there.
   *
   * @returns The class that overrides it.
   * @throws {TypeError} It is not overridden.
   */
  static configurableBase(): ConfigurableClass {
    throw new TypeError(`Cannot configure ${this.name}: it does not override configurableBase`);
  }

  /**
   * The implementation to use where none is configured; this must be overridden in the interface.
   *
   * @returns A class of the hierarchy.
   * @throws {TypeError} It is not overridden.
   */
  static configurableDefault(): ConfigurableClass {
    throw new TypeError(`Cannot configure ${this.name}: it does not override configurableDefault`);
  }

  /**
   * Sets the class, and options, for all instances that are made from now on.
   *
   * @param impl A class of the hierarchy, or `null` for the default one. For a class known by name, see `importObject`.
   * @param options Added to the options of each instance, which win over these.
   * @throws {TypeError} The class is not one of this hierarchy.
   */
  static configure(impl: ConfigurableClass | null, options: Readonly<Record<string, unknown>> = {}): void {
    if (impl !== null && impl !== this && !(impl.prototype instanceof this)) {
      throw new TypeError(`Cannot configure ${this.name}: ${impl.name} is not a subclass of it`);
    }
    configurations.set(this.configurableBase(), { impl, options });
  }

  /**
   * The class that {@linkcode create} uses.
   *
   * @returns The configured class, or the default one.
   */
  static configuredClass(): ConfigurableClass {
    return this._saveConfiguration().impl ?? this.configurableDefault();
  }

  /**
   * Makes an instance: of the configured class where this is called on the interface, else of the class itself.
   *
   * @param options Given to the constructor and to {@linkcode initialize}, after those of {@linkcode configure}.
   * @returns The instance.
   * @throws {TypeError} The configured class does not belong here.
   */
  static create<T extends Configurable>(
    this: ConfigurableClass<T>,
    options: Readonly<Record<string, unknown>> = {},
  ): T {
    const base = this.configurableBase();
    // Compared as plain values: TypeScript does not see that one may be the other.
    const isBase = Object.is(this, base);
    const impl: ConfigurableClass = isBase ? this.configuredClass() : this;
    const all = isBase ? { ...configurations.get(base)?.options, ...options } : options;
    // The implementation may itself be an interface of its own.
    const instance: unknown = impl.configurableBase() === base ? construct(impl, all) : impl.create(all);
    if (!(instance instanceof this)) {
      throw new TypeError(`Cannot create ${this.name}: ${impl.name} is not a subclass of it`);
    }
    return instance;
  }

  /**
   * Sets up an instance after its construction; the default does nothing. Constructors get the same options.
   *
   * @param _options The options of {@linkcode configure} and {@linkcode create} together.
   */
  initialize(_options: Readonly<Record<string, unknown>>): void {}

  /**
   * Gives the configuration, for tests that put it back afterwards.
   *
   * @returns What {@linkcode configure} set.
   */
  static _saveConfiguration(): Configuration {
    return configurations.get(this.configurableBase()) ?? NOTHING;
  }

  /**
   * Puts a configuration back.
   *
   * @param saved What {@linkcode _saveConfiguration} gave.
   */
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
