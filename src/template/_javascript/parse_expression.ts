import { type Options, parse, type Token, tokenizer, tokTypes } from "./acorn.ts";
import { explainFault, FLOOR_DIVISION, isFloorDivision } from "./python_faults.ts";
import { OR_PYTHON } from "./python_names.ts";
import type { Edit, Parsed } from "./fragment_walker.ts";
import { MAX_EXPRESSION_LENGTH } from "../limits.ts";
import { LanguageSyntaxError } from "../language.ts";

// Not a module: there, words such as `package` and `static` would be reserved, which templates may use as names.
const OPTIONS: Options = {
  ecmaVersion: "latest",
  sourceType: "script",
  allowAwaitOutsideFunction: true,
  preserveParens: true,
};

export function parseExpression(source: string): Parsed {
  // The newline ends a comment in the last line, so that it cannot swallow the bracket.
  return parseBetween("(", source, "\n)");
}

/** Parses what stands between the brackets of an array pattern, which is assigned 0. */
export function parseTargets(source: string): Parsed {
  return parseBetween("([", source, "\n]=0)");
}

/**
 * @returns The one expression between the brackets of `before` and `after`.
 * @throws {LanguageSyntaxError} It is not valid, or it is not one: source such as `a) + (b` closes the bracket itself.
 */
function parseBetween(before: string, source: string, after: string): Parsed {
  if (source.length > MAX_EXPRESSION_LENGTH) {
    throw new LanguageSyntaxError(`an expression may not be longer than ${MAX_EXPRESSION_LENGTH} characters`);
  }
  const code = before + source + after;
  const comments: Edit[] = [];
  const onComment = (isBlock: boolean, text: string, start: number, end: number) => {
    // In a module, where the code may end up, `<!--` and `-->` are operators.
    if (!/^\/[/*]/.test(code.slice(start, start + 2))) {
      throw new LanguageSyntaxError("an HTML comment is not allowed in an expression", start - before.length);
    }
    if (
      !isBlock && isFloorDivision(code.slice(0, start), text, code.indexOf("\n", end) >= code.length - after.length)
    ) {
      throw new LanguageSyntaxError(FLOOR_DIVISION, start - before.length);
    }
    comments.push({ start, end, part: text.includes("\n") ? "\n" : " " });
  };
  const options = /\/[/*]|--/.test(source) ? { ...OPTIONS, onComment } : OPTIONS;
  const program = guarded(source, before.length, () => parse(code, options));
  const [statement] = program.body;
  const node = statement?.type === "ExpressionStatement" ? statement.expression : null;
  if (node?.type !== "ParenthesizedExpression" || node.end !== code.length || program.body.length !== 1) {
    throw new LanguageSyntaxError("brackets do not match");
  }
  return { code, shift: before.length, node: node.expression, comments };
}

/**
 * The tokens of a source up to one that `stop` accepts outside all brackets, which is the last; `null` if there is
 * none.
 */
export function tokensUpTo(source: string, stop: (token: Token) => boolean): Token[] | null {
  return guarded(source, 0, () => {
    const tokens: Token[] = [];
    const { parenL, parenR, bracketL, bracketR, braceL, braceR, dollarBraceL, eof } = tokTypes;
    let depth = 0;
    for (const reader = tokenizer(source, OPTIONS);;) {
      const token = reader.getToken();
      if (token.type === eof) return null;
      tokens.push(token);
      if (depth === 0 && stop(token)) return tokens;
      if ([parenL, bracketL, braceL, dollarBraceL].includes(token.type)) depth++;
      else if ([parenR, bracketR, braceR].includes(token.type)) depth--;
    }
  });
}

/** Turns what the parser throws into our own error. */
function guarded<T>(source: string, shift: number, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof LanguageSyntaxError) throw error;
    // The parser recurses, as does what walks its tree: brackets without end use up the stack.
    if (error instanceof RangeError) throw new LanguageSyntaxError("the expression is nested too deeply");
    if (!(error instanceof SyntaxError)) throw error;
    const offset = "pos" in error && typeof error.pos === "number" ? error.pos - shift : 0;
    const place = Math.max(0, Math.min(offset, source.length));
    const advice = explainFault(source, place);
    throw new LanguageSyntaxError(
      advice === null ? error.message.replace(/ \(\d+:\d+\)$/, "") : advice + OR_PYTHON,
      place,
    );
  }
}
