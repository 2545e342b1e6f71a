/**
 * The parts of the translations that other folders of `src` use, without those that load files. It is not an entry of
 * the package.
 *
 * @module
 */
import { registry } from "./locale.ts";

export { Locale } from "./locale.ts";

/** Returns the directory that the translations were loaded from; `null` without one. */
export function translationDirectory(): string | null {
  return registry.directory;
}
