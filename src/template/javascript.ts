import { tokTypes } from "./_javascript/acorn.ts";
import { fragmentOf, type Parsed, targetOf, unwrap } from "./_javascript/fragment_walker.ts";
import { parseExpression, parseTargets, tokensUpTo } from "./_javascript/parse_expression.ts";
import { javascriptRuntime } from "./_javascript/runtime.ts";
import {
  type ExceptFragment,
  type ExpressionLanguage,
  type Fragment,
  LanguageSyntaxError,
  type LoopFragment,
} from "./language.ts";

/**
 * JavaScript as the language of expressions, which is the default.
 *
 * A name is looked up in the namespace passed to `generate()`, then in that of the loader, then among the helpers that
 * every template has, such as `escape`, and last in a short list of JavaScript's globals. A template reaches no other
 * names.
 *
 * @example
 * ```ts
 * import { javascript, Template } from "@twister/twister/template";
 * import { assertEquals } from "@std/assert";
 * const template = new Template("{{ xs.map((x) => x * x).join(', ') }}", { language: javascript });
 * assertEquals(template.generate({ xs: [1, 2, 3] }), "1, 4, 9");
 * ```
 */
export const javascript: ExpressionLanguage = {
  runtime: javascriptRuntime,
  namesBeforeSet: true,
  expression,
  test: expression,
  statement: expression,
  callable,
  loop,
  except,
};

function expression(source: string): Fragment {
  return guarded(() => fragmentOf(parseOne(source)));
}

/** Refuses `a, b`, which is a tuple in a template of Tornado. JavaScript would silently drop the first value. */
function parseOne(source: string): Parsed {
  const parsed = parseExpression(source);
  if (parsed.node.type === "SequenceExpression") {
    throw new LanguageSyntaxError("a comma is not allowed here; a list is written [a, b]");
  }
  return parsed;
}

function callable(source: string): Fragment {
  return guarded(() => {
    const parsed = parseOne(source);
    const node = unwrap(parsed.node);
    if (node.type !== "MemberExpression") return fragmentOf(parsed);
    const object = fragmentOf(parsed, node.object);
    const key: Fragment = node.property.type === "Identifier" && !node.computed
      ? { parts: [JSON.stringify(node.property.name)], isAsync: false }
      : fragmentOf(parsed, node.property);
    return {
      parts: ["_t$bind(", ...object.parts, ", ", ...key.parts, ")"],
      isAsync: object.isAsync || key.isAsync,
    };
  });
}

function loop(source: string, value: string): LoopFragment {
  return guarded(() => {
    const tokens = tokensUpTo(
      source,
      ({ type, start, end }) =>
        start > 0 && (type === tokTypes._in || (type === tokTypes.name && source.slice(start, end) === "of")),
    );
    const separator = tokens?.pop();
    if (separator === undefined) throw new LanguageSyntaxError("expected 'in'", source.length);
    const endsInComma = tokens?.at(-1)?.type === tokTypes.comma;
    const target = loopTarget(source.slice(0, separator.start), endsInComma, value);
    return { iterable: expressionAfter(source, separator.end), target };
  });
}

/** Compiles the source from an offset on. Offsets of errors count from the start of the whole source. */
function expressionAfter(source: string, offset: number): Fragment {
  try {
    return expression(source.slice(offset));
  } catch (error) {
    if (!(error instanceof LanguageSyntaxError)) throw error;
    throw new LanguageSyntaxError(error.message, offset + error.offset);
  }
}

/** Compiles `a`, `a, b`, `[a, b]` or `{ a, b }`. As in Python, a comma at the end makes a list of one name. */
function loopTarget(source: string, endsInComma: boolean, value: string): Fragment {
  const parsed = parseTargets(source);
  const { code, node, shift } = parsed;
  const list = node.type === "AssignmentExpression" ? node.left : null;
  // Source such as "a] = [b" would close the bracket itself.
  if (list?.type !== "ArrayPattern" || list.end !== code.lastIndexOf("]") + 1 || list.elements.length === 0) {
    throw new LanguageSyntaxError("what stands before 'in' cannot be assigned to");
  }
  const [first] = list.elements;
  const isList = list.elements.length > 1 || endsInComma || !first || first.type === "RestElement";
  if (!isList && first.type === "AssignmentPattern") {
    throw new LanguageSyntaxError("a default is not allowed here", first.start - shift);
  }
  const { parts, isAsync } = targetOf(parsed, isList ? list : first);
  return { parts: ["(", ...parts, ` = ${value})`], isAsync };
}

function except(source: string, error: string): ExceptFragment {
  return guarded(() => {
    const tokens = tokensUpTo(
      source,
      ({ type, start, end }) => type === tokTypes.name && source.slice(start, end) === "as",
    );
    const as = tokens?.at(-1);
    const parsed = parseExpression(as ? source.slice(0, as.start) : source);
    const types = unwrap(parsed.node);
    // `(A, B)` is how Python lists them.
    const classes = (types.type === "SequenceExpression" ? types.expressions : [types])
      .map((node) => fragmentOf(parsed, node));
    const test: Fragment = {
      parts: [`_t$caught(${error}, [`, ...classes.flatMap(({ parts }) => [...parts, ", "]), "])"],
      isAsync: classes.some(({ isAsync }) => isAsync),
    };
    return { test, name: as ? nameAfter(source, as.end) : null };
  });
}

function nameAfter(source: string, offset: number): string {
  const { node } = parseExpression(source.slice(offset));
  if (node.type !== "Identifier") throw new LanguageSyntaxError("expected a name after 'as'", offset);
  return node.name;
}

/** Turns a stack overflow into an error of the template: walking the tree recurses, as parsing does. */
function guarded<T>(compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (error instanceof RangeError) throw new LanguageSyntaxError("the expression is nested too deeply");
    throw error;
  }
}
