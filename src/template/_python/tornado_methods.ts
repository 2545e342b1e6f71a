import type { Keywords } from "./call.ts";

/**
 * Parameters that methods of Tornado's classes take by keyword as well, and those of this package by position. Other
 * keywords are options of theirs.
 */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  get_argument: ["name", "default"],
  get_body_argument: ["name", "default"],
  get_query_argument: ["name", "default"],
  get_cookie: ["name", "default"],
  get_secure_cookie: ["name", "value"],
  get_signed_cookie: ["name", "value"],
  pgettext: ["context", "message", "plural_message", "count"],
  translate: ["message", "plural_message", "count"],
};

/** Moves keyword arguments of such a method to their places. */
export function positional(
  name: string,
  args: readonly unknown[],
  keywords: Keywords,
): [args: readonly unknown[], keywords: Keywords] {
  const params = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
  if (params === undefined) return [args, keywords];
  const values = [...args];
  const rest: Keywords[number][] = [];
  for (const keyword of keywords) {
    const index = params.indexOf(keyword[0], args.length);
    if (index < 0) rest.push(keyword);
    else values[index] = keyword[1];
  }
  // Options stand behind all parameters.
  if (rest.length > 0) values.length = Math.max(values.length, params.length);
  return [Array.from(values), rest];
}
