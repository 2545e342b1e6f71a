// White space as Python sees it, in `str.strip` and in `\s`: JavaScript's `\s` differs in U+001C-U+001F, U+0085 and U+FEFF.
const SPACES = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

/** One run of white space, anywhere. */
export const SPACE_RUN: RegExp = new RegExp(`[${SPACES}]+`, "g");

const SPACE: RegExp = new RegExp(`[${SPACES}]`);

/** How many characters of white space a text begins with. */
export function leadingSpace(text: string): number {
  let count = 0;
  while (count < text.length && SPACE.test(text[count] ?? "")) count++;
  return count;
}

/** Text without the white space around it. */
export function strip(text: string): string {
  let end = text.length;
  while (end > 0 && SPACE.test(text[end - 1] ?? "")) end--;
  const head = text.slice(0, end);
  return head.slice(leadingSpace(head));
}

/** Text without any of one character at both ends, as `str.strip(c)`. */
export function stripCharacter(text: string, character: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === character) start++;
  while (end > start && text[end - 1] === character) end--;
  return text.slice(start, end);
}
