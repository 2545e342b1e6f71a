/**
 * Whether a URL stands for itself, and not for a file among the static ones: it begins with a slash, `http:` or `https:`. Tornado's
 * `is_absolute`.
 *
 * @example
 * ```ts
 * import { isAbsolute } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(["/a.js", "https://example.com/a.js", "a.js"].map(isAbsolute), [true, true, false]);
 * ```
 */
export function isAbsolute(path: string): boolean {
  return path.startsWith("/") || path.startsWith("http:") || path.startsWith("https:");
}
