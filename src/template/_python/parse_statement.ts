import { LanguageSyntaxError } from "../language.ts";
import { ExpressionParser, requireTarget } from "./parse_expression.ts";
import type { BinaryOperator, Expr, Statement } from "./syntax_tree.ts";

const AUGMENTED: Readonly<Record<string, BinaryOperator>> = {
  "+=": "Add",
  "-=": "Sub",
  "*=": "Mult",
  "/=": "Div",
  "//=": "FloorDiv",
  "%=": "Mod",
  "**=": "Pow",
  "@=": "MatMult",
  "<<=": "LShift",
  ">>=": "RShift",
  "|=": "BitOr",
  "^=": "BitXor",
  "&=": "BitAnd",
};

/** Statements that a template cannot have in `{% set %}`, with what to do instead. */
const REFUSED: Readonly<Record<string, string>> = {
  import: "write {% import x %}",
  from: "write {% from x import y %}",
  if: "write {% if x %}",
  for: "write {% for x in y %}",
  while: "write {% while x %}",
  try: "write {% try %}",
  with: "it is not supported",
  def: "write a lambda, or pass the function to the template",
  class: "it is not supported",
  return: "it is not supported",
  raise: "it is not supported",
  global: "it is not supported",
  nonlocal: "it is not supported",
  break: "write {% break %}",
  continue: "write {% continue %}",
};

/** Parses the statements of `{% set %}`, which semicolons separate. */
export function parseStatements(source: string): Statement[] {
  return new ExpressionParser(source).whole((parser) => {
    const statements: Statement[] = [];
    do {
      if (parser.reader.token.kind === "end" && statements.length > 0) break;
      statements.push(parseStatement(parser));
    } while (parser.reader.accept(";"));
    return statements;
  });
}

/** Parses the head of a loop, `a, b in c`. */
export function parseLoop(source: string): { target: Expr; iterable: Expr } {
  return new ExpressionParser(source).whole((parser) => {
    const target = parser.targets();
    requireTarget(target);
    parser.reader.expect("in");
    return { target, iterable: parser.starExpressions() };
  });
}

/** Parses the source after `except`. */
export function parseExcept(source: string): { type: Expr; name: string | null } {
  return new ExpressionParser(source).whole((parser) => {
    const type = parser.expression();
    return { type, name: parser.reader.accept("as") ? parser.reader.name() : null };
  });
}

function parseStatement(parser: ExpressionParser): Statement {
  const { reader } = parser;
  const { at, kind, text } = reader.token;
  if (kind === "name" && Object.hasOwn(REFUSED, text)) {
    throw new LanguageSyntaxError(`'${text}' is not allowed here; ${REFUSED[text]}`, at);
  }
  if (reader.accept("pass")) return { kind: "Pass", at };
  if (reader.accept("del")) return del(parser, at);
  if (reader.accept("assert")) {
    const test = parser.expression();
    return { kind: "Assert", at, test, msg: reader.accept(",") ? parser.expression() : null };
  }
  const first = parser.starExpressions();
  if (reader.is("=")) {
    const targets: Expr[] = [];
    let value = first;
    while (reader.accept("=")) {
      requireTarget(value);
      targets.push(value);
      value = parser.starExpressions();
    }
    return { kind: "Assign", at, targets, value };
  }
  const op = reader.token.kind === "operator" && Object.hasOwn(AUGMENTED, reader.token.text)
    ? AUGMENTED[reader.token.text]
    : undefined;
  if (op === undefined) {
    if (reader.is(":")) throw reader.unexpected("a type is not allowed here");
    return { kind: "Expr", at, value: first };
  }
  if (first.kind === "Tuple" || first.kind === "List") {
    throw reader.unexpected("a tuple cannot be changed by an augmented assignment");
  }
  requireTarget(first);
  reader.next();
  return { kind: "AugAssign", at, target: first, op, value: parser.starExpressions() };
}

function del(parser: ExpressionParser, at: number): Statement {
  const targets = [parser.target()];
  while (parser.reader.accept(",") && parser.reader.token.kind !== "end") targets.push(parser.target());
  for (const target of targets) {
    if (target.kind === "Starred") throw new LanguageSyntaxError("cannot delete starred", target.at);
    requireTarget(target);
  }
  return { kind: "Delete", at, targets };
}
