import { resetTranslations } from "../../src/locale/mod.ts";

/** Forgets all translations at the end of the scope: `using _ = cleanLocales()`. */
export function cleanLocales(): Disposable {
  resetTranslations();
  return { [Symbol.dispose]: resetTranslations };
}
