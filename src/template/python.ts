/**
 * Python as the language of the expressions in templates, so that templates of Tornado run unchanged.
 *
 * @module
 */

import { StatementWriter } from "./_python/statement_writer.ts";
import { parseExpression, parseTest } from "./_python/parse_expression.ts";
import { parseExcept, parseLoop, parseStatements } from "./_python/parse_statement.ts";
import { pythonRuntime } from "./_python/runtime.ts";
import { type ExpressionLanguage, type Fragment, LanguageSyntaxError } from "./language.ts";
import { MAX_EXPRESSION_LENGTH } from "./limits.ts";

export { pythonRuntime };

/**
 * Python as the language of expressions.
 *
 * A template finds a name in the namespace passed to `generate()`, else in that of the loader, else among the helpers
 * that every template has and Python's built-in functions. It reaches no other names. A name that a template sets
 * anywhere has no value before that, as in a function of Python.
 *
 * @example
 * ```ts
 * import { DictLoader } from "@twister/twister/template";
 * import { python } from "@twister/twister/template/python";
 * import { assertEquals } from "@std/assert";
 * const files = { "a.txt": "{{ ', '.join(x.title() for x in xs if x) or None }}" };
 * const loader = new DictLoader(files, { language: python });
 * assertEquals(loader.load("a.txt").generate({ xs: ["ann", "", "bob"] }), "Ann, Bob");
 * ```
 */
export const python: ExpressionLanguage = {
  runtime: pythonRuntime,
  namesBeforeSet: false,
  expression: (source) => written(source, (writer) => writer.value(parseExpression(source))),
  test: (source) => written(source, (writer) => writer.test(parseTest(source))),
  statement: (source) =>
    written(source, (writer) => {
      for (const statement of parseStatements(source)) writer.nextStatement(statement);
    }),
  callable: (source) => written(source, (writer) => writer.callable(parseExpression(source))),
  loop: (source, value) => {
    const { target, iterable } = guarded(source, () => parseLoop(source));
    return {
      iterable: written(source, (writer) => writer.iterable(iterable, target)),
      target: written(source, (writer) => writer.assign(target, value)),
    };
  },
  except: (source, error) => {
    const { type, name } = guarded(source, () => parseExcept(source));
    return { test: written(source, (writer) => writer.caught(error, type)), name };
  },
};

function written(source: string, write: (writer: StatementWriter) => void): Fragment {
  return guarded(source, () => {
    const writer = new StatementWriter(source);
    write(writer);
    return writer.fragment();
  });
}

/** Turns a stack overflow into an error of the template: parsing recurses, and so does writing. */
function guarded<T>(source: string, compile: () => T): T {
  if (source.length > MAX_EXPRESSION_LENGTH) {
    throw new LanguageSyntaxError(`an expression may not be longer than ${MAX_EXPRESSION_LENGTH} characters`);
  }
  try {
    return compile();
  } catch (error) {
    if (error instanceof RangeError) throw new LanguageSyntaxError("the expression is nested too deeply");
    throw error;
  }
}
