/**
 * The part of the translations that other folders of `src` use. It is not an entry of the package.
 *
 * @module
 */
import { registry } from "./locale.ts";

/** Returns the directory that the translations were loaded from; `null` without one. */
export function translationDirectory(): string | null {
  return registry.directory;
}
