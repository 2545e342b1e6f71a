/** Default locale until the program sets another. */
export const INITIAL_LOCALE = "en_US";

/**
 * Supported locales, with one object for each that was requested.
 *
 * It is generic because `Locale` depends on it: `Locale.get` uses the registry, and the registry makes subclasses of
 * `Locale`.
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

  /** Code that is used if no requested one is supported. It is always supported itself. */
  get defaultLocale(): string {
    return this.#default;
  }

  set defaultLocale(code: string) {
    this.#default = code;
  }

  /** Loaded codes and the default one. */
  get supported(): Set<string> {
    return new Set([...this.#makers.keys(), this.#default]);
  }

  /** Replaces all translations, and forgets the locale objects that were made from the old ones. */
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
