/** The locale that is there before anything is loaded or set. */
export const INITIAL_LOCALE = "en_US";

/**
 * Which locales are supported, and one object for each that was asked for.
 *
 * It is generic so that the class of the objects may sit above it: `Locale.get` uses the registry, and the registry makes
 * subclasses of `Locale`.
 */
export class LocaleRegistry<L> {
  readonly #makeUntranslated: (code: string) => L;
  #default = INITIAL_LOCALE;
  #makers: ReadonlyMap<string, (code: string) => L> = new Map();
  readonly #locales: Map<string, L> = new Map();

  /** @param makeUntranslated Makes the object of a supported code for which nothing was loaded. */
  constructor(makeUntranslated: (code: string) => L) {
    this.#makeUntranslated = makeUntranslated;
  }

  /** The code that answers when none of those asked for is supported; always supported itself. */
  get defaultLocale(): string {
    return this.#default;
  }

  set defaultLocale(code: string) {
    this.#default = code;
  }

  /** The codes that were loaded, and the default one. */
  get supported(): Set<string> {
    return new Set([...this.#makers.keys(), this.#default]);
  }

  /** Puts other translations in the place of all that were there; locale objects made from those are let go. */
  replace(makers: ReadonlyMap<string, (code: string) => L>): void {
    this.#makers = makers;
    this.#locales.clear();
  }

  supports(code: string): boolean {
    return code === this.#default || this.#makers.has(code);
  }

  get(code: string): L {
    const make = this.#makers.get(code) ?? (code === this.#default ? this.#makeUntranslated : null);
    if (make === null) throw new RangeError(`locale is not supported: ${JSON.stringify(code)}`);
    let locale = this.#locales.get(code);
    if (locale === undefined) this.#locales.set(code, locale = make(code));
    return locale;
  }

  closest(codes: Iterable<string | null | undefined>): L {
    for (const given of codes) {
      if (!given) continue;
      const [language = "", region, ...more] = given.replaceAll("-", "_").split("_");
      if (more.length > 0) continue;
      const lower = language.toLowerCase();
      // A bare language is compared as it is written, so "FR" is found only as the language of itself.
      const code = region === undefined ? language : `${lower}_${region.toUpperCase()}`;
      if (this.supports(code)) return this.get(code);
      if (this.supports(lower)) return this.get(lower);
    }
    return this.get(this.#default);
  }
}
