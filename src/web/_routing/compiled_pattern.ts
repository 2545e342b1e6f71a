import { translatePattern } from "./python_regex.ts";

/** A pattern of a path or a host, ready to match as Tornado does. */
export interface CompiledPattern {
  /**
   * The pattern as a RegExp, with the anchors of its text: what `PathMatches.regex` shows. It has none of the flags
   * that keep a position between calls.
   */
  readonly regex: RegExp;
  /** The pattern's text, for error messages and for turning arguments back into a path. */
  readonly text: string;
  readonly groupCount: number;
  /** The names of the groups, in order; empty if they have none. */
  readonly groupNames: readonly string[];
}

/**
 * Compiles a pattern.
 *
 * @param pattern A string in Python's syntax, to which `$` is added unless it ends in one, or a RegExp, which stays
 * unchanged.
 * @throws {SyntaxError} If the pattern is not a valid regular expression.
 */
export function compilePattern(pattern: string | RegExp): CompiledPattern {
  const text = typeof pattern === "string" ? closed(pattern) : pattern.source;
  const regex = typeof pattern === "string"
    ? fromPython(text)
    : new RegExp(pattern, pattern.flags.replace(/[gy]/g, ""));
  const match = regex.source.includes("(") ? matchEmpty(regex) : null;
  const groupCount = match === null ? 0 : match.length - 1;
  return { regex, text, groupCount, groupNames: Object.keys(match?.groups ?? {}) };
}

/** With an empty alternative at its end every pattern matches "", and the match shows all its groups. */
function matchEmpty({ source, flags }: RegExp): RegExpExecArray | null {
  return new RegExp(`${source}|`, flags).exec("");
}

/** Makes a pattern match from the start only, as Python's `re.match` does. */
export function anchored({ source, flags, multiline }: RegExp): RegExp {
  return new RegExp(`${multiline ? "(?<![^])" : "^"}(?:${source})`, flags);
}

/** Tells whether the text ends in a `$` that is not escaped. */
export function endsInDollar(text: string): boolean {
  const [backslashes = ""] = /(\\*)(?=\$$)/.exec(text) ?? [];
  return text.endsWith("$") && backslashes.length % 2 === 0;
}

function closed(pattern: string): string {
  return endsInDollar(pattern) ? pattern : `${pattern}$`;
}

function fromPython(pattern: string): RegExp {
  const { source, flags } = translatePattern(pattern);
  try {
    return new RegExp(source, flags);
  } catch (cause) {
    throw new SyntaxError(`Cannot use the pattern "${pattern}": it is not a valid regular expression`, { cause });
  }
}
