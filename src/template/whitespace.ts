/** A run of white space as Python's `\s` has it: JavaScript's differs in U+001C to U+001F, U+0085 and U+FEFF. */
// deno-lint-ignore no-control-regex -- U+001C to U+001F are white space to Python
const SPACE_RUN = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;

/** The treatment of the white space of a text by {@linkcode filterWhitespace}. */
export type WhitespaceMode = "all" | "single" | "oneline";

/**
 * Changes the white space of a text.
 *
 * - `all` keeps it.
 * - `single` replaces a run that contains a newline with one newline, and every other run of spaces and tabs with one
 *   space.
 * - `oneline` replaces every run with one space.
 *
 * White space is defined as in Python, since programs share templates with Tornado. Tornado's `filter_whitespace`.
 *
 * @throws {RangeError} `mode` is none of the three.
 *
 * @example
 * ```ts
 * import { filterWhitespace } from "@twister/twister/template";
 * import { assertEquals } from "@std/assert";
 * assertEquals(filterWhitespace("single", "a  b \n\n  c"), "a b\nc");
 * assertEquals(filterWhitespace("oneline", "a  b \n\n  c"), "a b c");
 * ```
 */
export function filterWhitespace(mode: WhitespaceMode | (string & Record<never, never>), text: string): string {
  switch (mode) {
    case "all":
      return text;
    case "single":
      // One pass over whole runs: a pattern like /\s*\n\s*/ takes quadratic time on a long run without a newline.
      return text.replace(SPACE_RUN, (run) => run.includes("\n") ? "\n" : run.replace(/[\t ]+/g, " "));
    case "oneline":
      return text.replace(SPACE_RUN, " ");
    default:
      throw new RangeError(`invalid whitespace mode ${mode}`);
  }
}
