import { KEYWORDS } from "../../internal/python.ts";
import { LanguageSyntaxError } from "../language.ts";
import { parseStrings } from "./parse_strings.ts";
import type {
  BinaryOperator,
  Call,
  Comparison,
  Constant,
  Dict,
  Expr,
  Generator,
  Keyword,
  Lambda,
  Name,
  Parameters,
} from "./syntax_tree.ts";
import { TokenReader } from "./token_reader.ts";

/** Binary operators by precedence, the loosest first; `**` and the unary ones bind tighter. */
const BINARY: readonly Readonly<Record<string, BinaryOperator>>[] = [
  { "|": "BitOr" },
  { "^": "BitXor" },
  { "&": "BitAnd" },
  { "<<": "LShift", ">>": "RShift" },
  { "+": "Add", "-": "Sub" },
  { "*": "Mult", "/": "Div", "//": "FloorDiv", "%": "Mod", "@": "MatMult" },
];

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  "==": "Eq",
  "!=": "NotEq",
  "<": "Lt",
  "<=": "LtE",
  ">": "Gt",
  ">=": "GtE",
  in: "In",
};

/** What Python has and a template cannot do, by the word that it begins with. */
const REFUSED: Readonly<Record<string, string>> = {
  await: "'await' is not allowed in a template of Python",
  yield: "'yield' is not allowed in a template of Python",
};

/** Parses the expression of `{{ x }}`. */
export function parseExpression(source: string): Expr {
  return new ExpressionParser(source).whole((parser) => {
    const expr = parser.starExpressions();
    // As in Tornado, where the expression is a statement.
    parser.reader.accept(";");
    return expr;
  });
}

/** Parses the condition of `{% if x %}`. */
export function parseTest(source: string): Expr {
  return new ExpressionParser(source).whole((parser) => parser.namedExpression());
}

/** Parses expressions. Its methods have the names of the rules of Python's grammar. */
export class ExpressionParser {
  readonly reader: TokenReader;
  /** Offset of the source in that of the whole tag. */
  readonly #shift: number;
  /** Number of iterables of comprehensions around the current token. */
  #iterables = 0;

  constructor(source: string, shift: number = 0) {
    this.reader = new TokenReader(source);
    this.#shift = shift;
  }

  /** Parses something that must be all of the source. */
  whole<T>(parse: (parser: this) => T): T {
    const result = parse(this);
    if (this.reader.token.kind !== "end") throw this.reader.unexpected();
    return result;
  }

  /** A tuple without brackets, or one expression. */
  starExpressions(): Expr {
    return this.#tupleOr(() => this.#starOr(() => this.expression()));
  }

  /** The targets of a loop, up to `in`. */
  targets(): Expr {
    return this.#tupleOr(() => this.target());
  }

  /** One target of a loop or of `del`. */
  target(): Expr {
    return this.#starOr(() => this.#binary(0));
  }

  namedExpression(): Expr {
    const expr = this.expression();
    if (!this.reader.is(":=")) return expr;
    if (expr.kind !== "Name") throw this.reader.unexpected("only a name can be assigned with ':='");
    if (this.#iterables > 0) throw this.reader.unexpected("no ':=' in what a comprehension goes through");
    this.reader.next();
    return { kind: "NamedExpr", at: expr.at, target: expr, value: this.expression() };
  }

  expression(): Expr {
    const { reader } = this;
    if (reader.is("lambda")) return this.#lambda();
    const body = this.#disjunction();
    if (!reader.accept("if")) return body;
    const test = this.#disjunction();
    if (!reader.accept("else")) throw reader.unexpected("expected 'else' after 'if' expression");
    return { kind: "IfExp", at: body.at, test, body, orelse: this.expression() };
  }

  #at(): number {
    return this.reader.token.at + this.#shift;
  }

  #tupleOr(item: () => Expr, isIndex = false): Expr {
    const { reader } = this;
    const at = this.#at();
    const first = item();
    const elts = [first];
    if (!reader.is(",")) {
      if (first.kind !== "Starred") return first;
      // As an index, a starred expression is a tuple without a comma, too.
      if (isIndex) return { kind: "Tuple", at, elts };
      throw new LanguageSyntaxError("can't use starred expression here", first.at);
    }
    while (reader.accept(",") && this.#beginsExpression()) elts.push(item());
    return { kind: "Tuple", at, elts };
  }

  /** After a comma, tells whether a further item follows. */
  #beginsExpression(): boolean {
    const { kind, text } = this.reader.token;
    if (kind === "number" || kind === "string") return true;
    if (kind === "name") return !KEYWORDS.has(text) || /^(?:None|True|False|not|lambda|await|yield)$/.test(text);
    return kind === "operator" && ["(", "[", "{", "-", "+", "~", "*", "..."].includes(text);
  }

  #starOr(item: () => Expr): Expr {
    const at = this.#at();
    return this.reader.accept("*") ? { kind: "Starred", at, value: this.#binary(0) } : item();
  }

  #lambda(): Lambda {
    const at = this.#at();
    this.reader.expect("lambda");
    const args = this.#parameters();
    this.reader.expect(":");
    return { kind: "Lambda", at, args, body: this.expression() };
  }

  #parameters(): Parameters {
    const { reader } = this;
    let posonlyargs: string[] = [];
    let args: string[] = [];
    const kwonlyargs: string[] = [];
    const defaults: Expr[] = [];
    const kw_defaults: (Expr | null)[] = [];
    let vararg: string | null = null;
    let kwarg: string | null = null;
    let isKeywordOnly = false;
    const seen = new Set<string>();
    const name = () => {
      const { at } = reader.token;
      const name = reader.name();
      if (seen.has(name)) throw new LanguageSyntaxError(`duplicate argument '${name}' in function definition`, at);
      seen.add(name);
      return name;
    };
    while (!reader.is(":")) {
      if (kwarg !== null) throw reader.unexpected("arguments cannot follow var-keyword argument");
      if (reader.accept("**")) kwarg = name();
      else if (reader.accept("*")) {
        if (isKeywordOnly) throw reader.unexpected("* argument may appear only once");
        isKeywordOnly = true;
        if (reader.is(",")) {
          if (this.#peeks(",", ":") || this.#peeks(",", "**")) {
            throw reader.unexpected("named arguments must follow bare *");
          }
        } else vararg = name();
      } else if (reader.accept("/")) {
        if (posonlyargs.length > 0 || isKeywordOnly || args.length === 0) throw reader.unexpected("misplaced '/'");
        [posonlyargs, args] = [args, []];
      } else {
        const parameter = name();
        const value = reader.accept("=") ? this.expression() : null;
        if (isKeywordOnly) {
          kwonlyargs.push(parameter);
          kw_defaults.push(value);
        } else {
          args.push(parameter);
          if (value !== null) defaults.push(value);
          else if (defaults.length > 0) {
            throw reader.unexpected("non-default argument follows default argument");
          }
        }
      }
      if (!reader.accept(",")) break;
    }
    return { posonlyargs, args, vararg, kwonlyargs, kw_defaults, kwarg, defaults };
  }

  /** Tells whether the current token and the next one are these. */
  #peeks(first: string, second: string): boolean {
    const { index } = this.reader;
    const found = this.reader.accept(first) && this.reader.is(second);
    this.reader.back(index);
    return found;
  }

  #disjunction(): Expr {
    return this.#boolean("or", "Or", () => this.#boolean("and", "And", () => this.#inversion()));
  }

  #boolean(word: string, op: "And" | "Or", operand: () => Expr): Expr {
    const at = this.#at();
    const first = operand();
    if (!this.reader.is(word)) return first;
    const values = [first];
    while (this.reader.accept(word)) values.push(operand());
    return { kind: "BoolOp", at, op, values };
  }

  #inversion(): Expr {
    const at = this.#at();
    if (this.reader.accept("not")) return { kind: "UnaryOp", at, op: "Not", operand: this.#inversion() };
    return this.#comparison();
  }

  #comparison(): Expr {
    const at = this.#at();
    const left = this.#binary(0);
    const ops: Comparison[] = [];
    const comparators: Expr[] = [];
    for (let op = this.#comparisonOperator(); op !== null; op = this.#comparisonOperator()) {
      ops.push(op);
      comparators.push(this.#binary(0));
    }
    return ops.length === 0 ? left : { kind: "Compare", at, left, ops, comparators };
  }

  #comparisonOperator(): Comparison | null {
    const { reader } = this;
    if (reader.accept("is")) return reader.accept("not") ? "IsNot" : "Is";
    if (this.#peeks("not", "in")) {
      reader.next();
      reader.next();
      return "NotIn";
    }
    const { kind, text } = reader.token;
    const op = (kind === "operator" || text === "in") && Object.hasOwn(COMPARISONS, text)
      ? COMPARISONS[text]
      : undefined;
    if (op === undefined) return null;
    reader.next();
    return op;
  }

  #binary(level: number): Expr {
    const operators = BINARY[level];
    if (operators === undefined) return this.#factor();
    const at = this.#at();
    let left = this.#binary(level + 1);
    for (;;) {
      const { kind, text } = this.reader.token;
      const op = kind === "operator" && Object.hasOwn(operators, text) ? operators[text] : undefined;
      if (op === undefined) return left;
      this.reader.next();
      left = { kind: "BinOp", at, left, op, right: this.#binary(level + 1) };
    }
  }

  #factor(): Expr {
    const { reader } = this;
    const at = this.#at();
    for (const [text, op] of [["-", "USub"], ["+", "UAdd"], ["~", "Invert"]] as const) {
      if (reader.accept(text)) return { kind: "UnaryOp", at, op, operand: this.#factor() };
    }
    const base = this.#primary();
    return reader.accept("**") ? { kind: "BinOp", at, left: base, op: "Pow", right: this.#factor() } : base;
  }

  #primary(): Expr {
    const { reader } = this;
    const at = this.#at();
    for (let value = this.#atom();;) {
      if (reader.accept(".")) value = { kind: "Attribute", at, value, attr: reader.name() };
      else if (reader.accept("(")) value = this.#call(value, at);
      else if (reader.accept("[")) {
        const slice = this.#tupleOr(() => this.#starOr(() => this.#slice()), true);
        reader.expect("]");
        value = { kind: "Subscript", at, value, slice };
      } else return value;
    }
  }

  #slice(): Expr {
    const { reader } = this;
    const at = this.#at();
    const part = () => reader.is(":") || reader.is(",") || reader.is("]") ? null : this.expression();
    const lower = reader.is(":") ? null : this.namedExpression();
    if (!reader.accept(":")) return lower ?? this.expression();
    const upper = part();
    return { kind: "Slice", at, lower, upper, step: reader.accept(":") ? part() : null };
  }

  #call(func: Expr, at: number): Call {
    const { reader } = this;
    const args: Expr[] = [];
    const keywords: Keyword[] = [];
    const seen = new Set<string>();
    while (!reader.is(")")) {
      const { at: start } = reader.token;
      if (reader.accept("**")) keywords.push({ arg: null, value: this.expression() });
      else if (reader.accept("*")) {
        if (keywords.some(({ arg }) => arg === null)) {
          throw new LanguageSyntaxError("iterable argument unpacking follows keyword argument unpacking", start);
        }
        args.push({ kind: "Starred", at: start + this.#shift, value: this.expression() });
      } else {
        const value = this.namedExpression();
        if (reader.is("=")) {
          if (value.kind !== "Name") throw reader.unexpected("only a name can be a keyword argument");
          if (seen.has(value.id)) throw new LanguageSyntaxError(`keyword argument repeated: ${value.id}`, start);
          seen.add(value.id);
          reader.next();
          keywords.push({ arg: value.id, value: this.expression() });
        } else if (reader.is("for") || reader.is("async")) {
          const generators = this.#generators();
          if (args.length > 0 || keywords.length > 0 || !reader.is(")")) {
            throw new LanguageSyntaxError("Generator expression must be parenthesized", start);
          }
          args.push({ kind: "GeneratorExp", at: start + this.#shift, elt: value, generators });
        } else {
          if (keywords.length > 0) {
            const unpacks = keywords.some(({ arg }) => arg === null) ? " unpacking" : "";
            throw new LanguageSyntaxError(`positional argument follows keyword argument${unpacks}`, start);
          }
          args.push(value);
        }
      }
      if (!reader.accept(",")) break;
    }
    reader.expect(")");
    return { kind: "Call", at, func, args, keywords };
  }

  #generators(): Generator[] {
    const { reader } = this;
    const generators: Generator[] = [];
    for (;;) {
      if (reader.is("async")) throw reader.unexpected("'async' is not allowed in a template of Python");
      if (!reader.accept("for")) return generators;
      const target = this.targets();
      requireTarget(target);
      reader.expect("in");
      this.#iterables++;
      const iter = this.#disjunction();
      this.#iterables--;
      const ifs: Expr[] = [];
      while (reader.accept("if")) ifs.push(this.#condition());
      generators.push({ target, iter, ifs });
    }
  }

  /** The condition of a comprehension, which is an expression without `if` and without a lambda. */
  #condition(): Expr {
    const expr = this.#disjunction();
    if (!this.reader.is(":=") || expr.kind !== "Name") return expr;
    throw this.reader.unexpected("put brackets around an assignment");
  }

  #atom(): Expr {
    const { reader } = this;
    const { kind, text } = reader.token;
    const at = this.#at();
    switch (kind) {
      case "number":
        reader.next();
        return parseNumber(text, at);
      case "string":
        return this.#strings();
      case "name":
        return this.#name(text, at);
      case "operator":
        if (reader.accept("(")) return this.#group(at);
        if (reader.accept("[")) return this.#list(at);
        if (reader.accept("{")) return this.#braces(at);
        if (reader.accept("...")) return { kind: "Constant", at, type: "Ellipsis", value: null };
    }
    throw reader.unexpected();
  }

  #name(text: string, at: number): Constant | Name {
    const { reader } = this;
    if (Object.hasOwn(REFUSED, text)) throw new LanguageSyntaxError(REFUSED[text] ?? "", at);
    if (reader.accept("None")) return { kind: "Constant", at, type: "None", value: null };
    if (reader.accept("True")) return { kind: "Constant", at, type: "bool", value: true };
    if (reader.accept("False")) return { kind: "Constant", at, type: "bool", value: false };
    if (KEYWORDS.has(text)) throw reader.unexpected();
    return { kind: "Name", at, id: reader.name() };
  }

  #strings(): Expr {
    const { reader } = this;
    const tokens = [];
    while (reader.token.kind === "string") tokens.push(reader.next());
    return parseStrings(
      tokens,
      this.#shift,
      (source, shift) => new ExpressionParser(source, shift).whole((parser) => parser.starExpressions()),
    );
  }

  #group(at: number): Expr {
    const { reader } = this;
    if (reader.accept(")")) return { kind: "Tuple", at, elts: [] };
    const first = this.#starOr(() => this.namedExpression());
    if (reader.is("for") || reader.is("async")) {
      if (first.kind === "Starred") throw reader.unexpected("iterable unpacking cannot be used in comprehension");
      const generators = this.#generators();
      reader.expect(")");
      return { kind: "GeneratorExp", at, elt: first, generators };
    }
    if (!reader.is(",")) {
      if (first.kind === "Starred") throw new LanguageSyntaxError("cannot use starred expression here", first.at);
      reader.expect(")");
      return first;
    }
    const elts = this.#items(first);
    reader.expect(")");
    return { kind: "Tuple", at, elts };
  }

  #items(first: Expr): Expr[] {
    const elts = [first];
    while (this.reader.accept(",") && this.#beginsExpression()) {
      elts.push(this.#starOr(() => this.namedExpression()));
    }
    return elts;
  }

  #list(at: number): Expr {
    const { reader } = this;
    if (reader.accept("]")) return { kind: "List", at, elts: [] };
    const first = this.#starOr(() => this.namedExpression());
    if (reader.is("for") || reader.is("async")) {
      if (first.kind === "Starred") throw reader.unexpected("iterable unpacking cannot be used in comprehension");
      const generators = this.#generators();
      reader.expect("]");
      return { kind: "ListComp", at, elt: first, generators };
    }
    const elts = this.#items(first);
    reader.expect("]");
    return { kind: "List", at, elts };
  }

  #braces(at: number): Expr {
    const { reader } = this;
    if (reader.accept("}")) return { kind: "Dict", at, keys: [], values: [] };
    if (reader.is("**")) return this.#dict(at);
    const first = this.#starOr(() => this.namedExpression());
    if (reader.is(":") && first.kind !== "Starred" && first.kind !== "NamedExpr") return this.#dict(at, first);
    if (reader.is("for") || reader.is("async")) {
      if (first.kind === "Starred") throw reader.unexpected("iterable unpacking cannot be used in comprehension");
      const generators = this.#generators();
      reader.expect("}");
      return { kind: "SetComp", at, elt: first, generators };
    }
    const elts = this.#items(first);
    reader.expect("}");
    return { kind: "Set", at, elts };
  }

  #dict(at: number, first?: Expr): Dict | Expr {
    const { reader } = this;
    const keys: (Expr | null)[] = [];
    const values: Expr[] = [];
    let key = first;
    while (!reader.is("}")) {
      if (key === undefined && reader.accept("**")) {
        keys.push(null);
        values.push(this.#binary(0));
      } else {
        const found = key ?? this.expression();
        key = undefined;
        reader.expect(":");
        const value = this.expression();
        if (keys.length === 0 && (reader.is("for") || reader.is("async"))) {
          const generators = this.#generators();
          reader.expect("}");
          return { kind: "DictComp", at, key: found, value, generators };
        }
        keys.push(found);
        values.push(value);
      }
      if (!reader.accept(",")) break;
    }
    reader.expect("}");
    return { kind: "Dict", at, keys, values };
  }
}

/** @throws {LanguageSyntaxError} An expression cannot be assigned to. */
export function requireTarget(target: Expr): void {
  switch (target.kind) {
    case "Name":
    case "Attribute":
    case "Subscript":
      return;
    case "Starred":
      return requireTarget(target.value);
    case "Tuple":
    case "List":
      if (target.elts.filter(({ kind }) => kind === "Starred").length > 1) {
        throw new LanguageSyntaxError("multiple starred expressions in assignment", target.at);
      }
      return target.elts.forEach(requireTarget);
    default:
      throw new LanguageSyntaxError("what stands here cannot be assigned to", target.at);
  }
}

function parseNumber(text: string, at: number): Constant {
  const digits = text.replaceAll("_", "");
  if (/^0[xob]/i.test(digits)) return integer(BigInt(digits), at);
  if (/j$/i.test(digits)) return { kind: "Constant", at, type: "complex", value: Number(digits.slice(0, -1)) };
  if (/[.e]/i.test(digits)) return { kind: "Constant", at, type: "float", value: Number(digits) };
  return integer(BigInt(digits), at);
}

function integer(value: bigint, at: number): Constant {
  const number = Number(value);
  return { kind: "Constant", at, type: "int", value: Number.isSafeInteger(number) ? number : value };
}
