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
  #directory: string | null = null;
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

  /** Directory that the translations come from; `null` without one. */
  get directory(): string | null {
    return this.#directory;
  }

  /** Replaces all translations, and forgets the locale objects that were made from the old ones. */
  replace(makers: ReadonlyMap<string, (code: string) => L>, directory: string | null = null): void {
    this.#makers = makers;
    this.#directory = directory;
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
      for (const code of given ? candidates(given) : []) {
        if (this.supports(code)) return this.get(code);
      }
    }
    return this.get(this.#default);
  }
}

/** Enough for language, extended language, script, region and variants; what follows tells nothing about the text. */
const MAX_SUBTAGS = 8;

/**
 * The codes of locales that fit a language, the best first: that of the language, shortened from its end (RFC 4647
 * section 3.4). A region without the script is tried before the bare language, since most locales name only the region.
 */
function candidates(given: string): string[] {
  const subtags = given.replaceAll("-", "_").split("_", MAX_SUBTAGS).map(normalSubtag);
  // A bare language is compared as it is written first: "FR" may be supported.
  const codes = subtags.length === 1 ? [given] : [];
  for (let count = subtags.length; count > 1; count--) codes.push(subtags.slice(0, count).join("_"));
  const [language, script = "", region = ""] = subtags;
  if (script.length === SCRIPT_LENGTH && region !== "") codes.push(`${language}_${region}`);
  codes.push(language);
  return codes;
}

const SCRIPT_LENGTH = 4;

/** Writes a subtag as locales have it: `language`, `Script`, `REGION`. */
function normalSubtag(subtag: string, index: number): string {
  const lower = subtag.toLowerCase();
  if (index === 0) return lower;
  return subtag.length === SCRIPT_LENGTH ? subtag.charAt(0).toUpperCase() + lower.slice(1) : subtag.toUpperCase();
}
