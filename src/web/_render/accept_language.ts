import { strip } from "../../internal/python.ts";

/** A number as Python's float() reads it, without white space. */
const FLOAT =
  /^[+-]?(?:(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?|inf(?:inity)?)$/i;

/**
 * Reads the codes of the languages in an Accept-Language header as Tornado does, the preferred first.
 *
 * Those of equal weight stay in order, and those with weight 0 or a malformed one are left out. Text that is not a code
 * is returned like one.
 */
export function acceptedLanguages(header: string): string[] {
  const languages: { code: string; weight: number }[] = [];
  for (const part of header.split(",")) {
    const [code = "", parameter] = part.split(";");
    const weight = parameter === undefined ? 1 : weightOf(strip(parameter));
    if (weight > 0) languages.push({ code: strip(code), weight });
  }
  // Not by the difference: that of two infinities is not a number.
  languages.sort((a, b) => a.weight === b.weight ? 0 : a.weight > b.weight ? -1 : 1);
  return languages.map(({ code }) => code);
}

function weightOf(parameter: string): number {
  const name = /^q\s*=/i.exec(parameter);
  if (name === null) return 1;
  const text = strip(parameter.slice(name[0].length));
  if (!FLOAT.test(text)) return 0;
  if (/n/i.test(text)) return text.startsWith("-") ? 0 : Infinity;
  return Math.max(0, Number(text.replaceAll("_", "")));
}
