import { expandPrintf } from "../internal/printf.ts";

/**
 * Fills the named placeholders of a translated message. In Tornado, programs write `message % values`.
 *
 * Placeholders are Python's: `%(name)s` for text, `%(name)d` for whole numbers, `%(name).2f` for fractions, `%%` for a
 * percent sign. A placeholder without a value stays in the text, so that a mistake in a translation is visible and
 * breaks nothing.
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
 * @param values Values by name. Only own properties are read.
 * @returns The text, not escaped for HTML.
 */
export function interpolate(message: string, values: Readonly<Record<string, unknown>>): string {
  return expandPrintf(message, [values]).text;
}
