import { expandPrintf } from "../internal/printf.ts";

/**
 * Fills the named placeholders of a translated message, which Tornado leaves to Python's `message % values`.
 *
 * Placeholders are Python's: `%(name)s` for text, `%(name)d` for whole numbers, `%(name).2f` for fractions, `%%` for a percent sign.
 * One whose name is not among the values stays as it is written, so that a slip in a translation is seen and breaks nothing.
 *
 * @example
 * ```ts
 * import { get, interpolate } from "@twister/twister/locale";
 * import { assertEquals } from "@std/assert";
 * const locale = get("en_US");
 * const names = ["Ada", "Grace"];
 * const message = locale.translate("%(list)s is online", "%(list)s are online", names.length);
 * assertEquals(interpolate(message, { list: locale.list(names) }), "Ada and Grace are online");
 * ```
 *
 * @param message A message with placeholders, usually the result of `translate`.
 * @param values The values by name; only own properties are read.
 * @returns The finished text, not escaped for HTML.
 */
export function interpolate(message: string, values: Readonly<Record<string, unknown>>): string {
  return expandPrintf(message, [values]).text;
}
