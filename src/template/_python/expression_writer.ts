import { variableName } from "../_compile/variable_name.ts";
import { TEMPLATE_NAMES } from "../_runtime/template_names.ts";
import { LanguageSyntaxError } from "../language.ts";
import { FragmentWriter } from "./fragment_writer.ts";
import { requireTarget } from "./parse_expression.ts";
import {
  type BinaryOperator,
  type Call,
  type Compare,
  type Comparison,
  type Comprehension,
  type Constant,
  type DictComp,
  type Expr,
  type Generator,
  type JoinedStr,
  type Keyword,
  type Lambda,
  type Sequence,
  type Slice,
  targetNames,
} from "./syntax_tree.ts";

const OPERATIONS: Readonly<Record<Exclude<BinaryOperator, "MatMult">, string>> = {
  Add: "_t$add",
  Sub: "_t$sub",
  Mult: "_t$mul",
  Div: "_t$div",
  FloorDiv: "_t$floordiv",
  Mod: "_t$mod",
  Pow: "_t$pow",
  LShift: "_t$lshift",
  RShift: "_t$rshift",
  BitOr: "_t$bitor",
  BitXor: "_t$bitxor",
  BitAnd: "_t$bitand",
};

/** The function of each comparison, and whether its result is negated. */
const COMPARISONS: Readonly<Record<Comparison, readonly [name: string, isNegated: boolean]>> = {
  Eq: ["_t$eq", false],
  NotEq: ["_t$eq", true],
  Lt: ["_t$lt", false],
  LtE: ["_t$le", false],
  Gt: ["_t$gt", false],
  GtE: ["_t$ge", false],
  Is: ["_t$is", false],
  IsNot: ["_t$is", true],
  In: ["_t$in", false],
  NotIn: ["_t$in", true],
};

/** Functions that read the names of the template itself. */
const SCOPE_FUNCTIONS: ReadonlySet<string> = new Set(["globals", "locals"]);

/**
 * Writes JavaScript for trees: calls of the functions of the runtime, with holes for the names of the template.
 *
 * Names that a lambda or a comprehension binds are variables of the JavaScript function that stands for it.
 */
export class ExpressionWriter extends FragmentWriter {
  /** Writes code of a value that is true to JavaScript exactly if the expression is true to Python. */
  test(expr: Expr): void {
    if (expr.kind === "BoolOp") {
      const operator = expr.op === "And" ? "&&" : "||";
      expr.values.forEach((value, i) => {
        this.text(i === 0 ? "(" : operator);
        if (i === 0) this.test(value);
        else this.maybe(() => this.test(value));
      });
      this.text(")");
    } else if (expr.kind === "UnaryOp" && expr.op === "Not") {
      this.text("!");
      this.test(expr.operand);
    } else if (expr.kind === "Compare" || (expr.kind === "Constant" && expr.type === "bool")) {
      this.value(expr);
    } else {
      this.call("_t$true", expr);
    }
  }

  /** Writes code of the value. In a source of several lines, it notes when it goes on in another line. */
  value(expr: Expr): void {
    const outer = this.marked;
    if (!this.isInOtherLine(expr.at)) return this.#valueInLine(expr);
    // The line around is the one that runs again once the value is there.
    this.text("_t$at((");
    this.mark(expr.at);
    this.text(",");
    this.#valueInLine(expr);
    this.text("),");
    this.mark(outer);
    this.text(")");
  }

  #valueInLine(expr: Expr): void {
    switch (expr.kind) {
      case "Constant":
        return this.#constant(expr);
      case "Name":
        return this.name(expr.id, "read");
      case "Attribute":
        return this.call("_t$attr", expr.value, JSON.stringify(expr.attr));
      case "Subscript":
        return this.#subscript(expr.value, expr.slice);
      case "List":
        return this.#elements(expr, "_t$list([", "])");
      case "Tuple":
        return this.#elements(expr, "_t$tuple([", "])");
      case "Set":
        return this.#elements(expr, "_t$set([", "])");
      case "Dict":
        this.text("_t$dict([");
        expr.values.forEach((value, i) => {
          const key = expr.keys[i] ?? null;
          if (key === null) this.call("[_t$pairs", value);
          else {
            this.text("[");
            this.value(key);
            this.text(",");
            this.value(value);
          }
          this.text("],");
        });
        this.mayFail();
        return this.text("])");
      case "Call":
        return this.#callExpression(expr);
      case "BinOp":
        return this.call(operation(expr.op, expr.at), expr.left, expr.right);
      case "UnaryOp":
        if (expr.op === "Not") return this.test(expr);
        return this.call(expr.op === "USub" ? "_t$neg" : expr.op === "UAdd" ? "_t$pos" : "_t$invert", expr.operand);
      case "BoolOp":
        return this.#choice(expr.op === "And" ? "_t$and" : "_t$or", expr.values);
      case "Compare":
        return this.#compare(expr);
      case "IfExp":
        this.text("(");
        this.test(expr.test);
        this.text("?");
        this.maybe(() => this.value(expr.body));
        this.text(":");
        this.maybe(() => this.value(expr.orelse));
        return this.text(")");
      case "Lambda":
        return this.#lambda(expr);
      case "NamedExpr":
        this.text("(");
        this.name(expr.target.id, "write", 0);
        this.text("=");
        this.value(expr.value);
        this.hasSet(expr.target.id);
        return this.text(")");
      case "ListComp":
      case "SetComp":
      case "GeneratorExp":
        return this.#comprehension(expr);
      case "DictComp":
        return this.#dictComprehension(expr);
      case "JoinedStr":
        return this.#joined(expr);
      case "Slice":
      case "Starred":
      case "FormattedValue":
        throw new LanguageSyntaxError("invalid syntax", expr.at);
    }
  }

  /** Writes an expression for a function. */
  callable(expr: Expr): void {
    // Tornado puts the call behind the source, where it would belong to the body of the lambda.
    if (expr.kind === "Lambda") {
      throw new LanguageSyntaxError("put the lambda in brackets, or set a name to it", expr.at);
    }
    // The escaping functions of all templates are quick as bare names, and need no check.
    if (expr.kind === "Name" && Object.hasOwn(TEMPLATE_NAMES, expr.id)) this.value(expr);
    else this.call("_t$function", expr);
  }

  /** Writes an expression that JavaScript can loop over. */
  iterable(expr: Expr, target: Expr): void {
    const isUnpacked = target.kind === "Tuple" || target.kind === "List";
    const isItems = expr.kind === "Call" && expr.func.kind === "Attribute" && expr.func.attr === "items" &&
      expr.args.length === 0 && expr.keywords.length === 0;
    // The pairs of a dict need not become tuples for that.
    if (isUnpacked && isItems && expr.func.kind === "Attribute") this.call("_t$items", expr.func.value);
    else this.call("_t$iter", expr);
  }

  /** Writes a test of an error against the types of an `except` clause. */
  caught(error: string, type: Expr): void {
    this.call("_t$caught", error, type);
  }

  /** Writes the assignment of a variable to a target. */
  assign(target: Expr, value: string): void {
    switch (target.kind) {
      case "Name":
        this.name(target.id, "write");
        return this.text(`=${value}`);
      case "Attribute":
        return this.call("_t$setattr", target.value, JSON.stringify(target.attr), value);
      case "Subscript":
        return this.slot("_t$setitem", target.value, target.slice, () => this.text(value));
      case "Tuple":
      case "List":
        return this.#unpack(target.elts, value);
      default:
        return requireTarget(target);
    }
  }

  #unpack(targets: readonly Expr[], value: string): void {
    const star = targets.findIndex(({ kind }) => kind === "Starred");
    const bare = targets.map((target) => target.kind === "Starred" ? target.value : target);
    const list = star < 0
      ? `_t$unpack(${value},${targets.length})`
      : `_t$unpackstar(${value},${star},${targets.length - star - 1})`;
    // By index: the pattern of an array would go through its iterator.
    const items = this.temporary();
    this.text(`((${items})=>(0`);
    bare.forEach((target, i) => {
      this.text(",");
      const item = `${items}[${i}]`;
      if (target.kind === "Tuple" || target.kind === "List") this.bracketed(() => this.assign(target, item));
      else this.assign(target, item);
    });
    this.text(`))(${list})`);
  }

  protected slot(name: string, object: Expr, key: Expr, last?: () => void): void {
    this.text(`${name}(`);
    this.value(object);
    this.text(",");
    if (key.kind === "Slice") this.sliceObject(key);
    else this.value(key);
    if (last !== undefined) {
      this.text(",");
      last();
    }
    this.text(")");
    this.mayFail();
  }

  #subscript(value: Expr, key: Expr): void {
    if (key.kind !== "Slice") return this.slot("_t$item", value, key);
    this.text("_t$slice(");
    this.value(value);
    this.#sliceParts(key);
    this.text(")");
    this.mayFail();
  }

  protected sliceObject(slice: Slice): void {
    this.text("_t$sliceof(0");
    this.#sliceParts(slice);
    this.text(")");
  }

  #sliceParts({ lower, upper, step }: Slice): void {
    for (const part of [lower, upper, step]) {
      this.text(",");
      if (part === null) this.text("null");
      else this.value(part);
    }
  }

  #constant({ type, value, at }: Constant): void {
    switch (type) {
      case "None":
        return this.text("null");
      case "bool":
        return this.text(String(value));
      case "int":
        return this.text(typeof value === "bigint" ? `${value}n` : String(value));
      case "float":
        return this.text(`_t$float(${value})`);
      case "str":
        return this.text(scriptText(String(value)));
      case "bytes":
        return this.text(`Uint8Array.of(${value})`);
      case "complex":
        throw new LanguageSyntaxError("complex numbers are not supported", at);
      case "Ellipsis":
        throw new LanguageSyntaxError("'...' is not supported", at);
    }
  }

  #elements({ elts }: Sequence, open: string, close: string): void {
    this.text(open);
    for (const element of elts) {
      if (element.kind === "Starred") this.call("..._t$iter", element.value);
      else this.value(element);
      this.text(",");
    }
    this.text(close);
    this.mayFail();
  }

  #callExpression({ func, args, keywords }: Call): void {
    if (
      func.kind === "Name" && SCOPE_FUNCTIONS.has(func.id) && args.length + keywords.length === 0 &&
      !this.isBound(func.id)
    ) {
      return this.text("_t$scope(_t$kw,_t$ns)");
    }
    if (func.kind === "Attribute") {
      this.text(keywords.length > 0 ? "_t$methodkw(" : "_t$method(");
      const attr = JSON.stringify(func.attr);
      if (this.#areCertain(args, keywords)) this.value(func.value);
      else this.call("_t$having", func.value, attr);
      this.text(`,${attr},`);
    } else {
      this.text(keywords.length > 0 ? "_t$invokekw(" : "_t$invoke(");
      this.value(func);
      this.text(",");
    }
    // Python evaluates the positional arguments first.
    if (keywords.length > 0) this.text("[");
    for (const argument of args) {
      if (argument.kind === "Starred") this.call("..._t$iter", argument.value);
      else this.value(argument);
      this.text(",");
    }
    if (keywords.length > 0) this.#keywords(keywords);
    this.text(")");
    this.mayFail();
  }

  #keywords(keywords: readonly Keyword[]): void {
    this.text("],[");
    for (const { arg, value } of keywords) {
      if (arg === null) this.call("..._t$keywords", value);
      else {
        this.text(`[${JSON.stringify(arg)},`);
        this.value(value);
        this.text("]");
      }
      this.text(",");
    }
    this.text("]");
  }

  /** Tells whether nothing can go wrong with arguments before the call itself. */
  #areCertain(args: readonly Expr[], keywords: readonly Keyword[]): boolean {
    const isCertain = (expr: Expr): boolean => {
      if (expr.kind === "Name") return this.isBound(expr.id);
      if (expr.kind === "UnaryOp") return expr.operand.kind === "Constant" && expr.operand.type === "int";
      return expr.kind === "Constant";
    };
    return args.every(isCertain) && keywords.every(({ arg, value }) => arg !== null && isCertain(value));
  }

  #choice(name: string, [first, ...rest]: readonly Expr[]): void {
    if (first === undefined) return;
    if (rest.length === 0) return this.value(first);
    this.text(`${name}(`);
    this.value(first);
    this.text(",()=>");
    this.maybe(() => this.#choice(name, rest));
    this.text(")");
  }

  #compare({ left, ops, comparators }: Compare): void {
    const [op] = ops;
    const [right] = comparators;
    if (ops.length === 1 && op !== undefined && right !== undefined) {
      const [name, isNegated] = COMPARISONS[op];
      return this.call(isNegated ? `!${name}` : name, left, right);
    }
    // Each operand is evaluated once, and none after the first comparison that fails.
    this.text("_t$chain(");
    this.value(left);
    ops.forEach((op, i) => {
      const [name, isNegated] = COMPARISONS[op];
      this.text(`,${isNegated ? `(a,b)=>!${name}(a,b)` : name},()=>`);
      const comparator = comparators[i];
      if (comparator !== undefined) this.maybe(() => this.bracketed(() => this.value(comparator)));
    });
    this.text(")");
  }

  #lambda({ args, body }: Lambda): void {
    const positional = [...args.posonlyargs, ...args.args];
    const names = [
      ...positional,
      ...args.kwonlyargs,
      ...(args.vararg === null ? [] : [args.vararg]),
      ...(args.kwarg === null ? [] : [args.kwarg]),
    ];
    const spec = {
      posonly: args.posonlyargs.length,
      positional,
      kwonly: args.kwonlyargs,
      hasVararg: args.vararg !== null,
      hasKwarg: args.kwarg !== null,
    };
    this.text(`_t$lambda(${JSON.stringify(spec)},[`);
    for (const value of args.defaults) {
      this.value(value);
      this.text(",");
    }
    this.text("],[");
    for (const value of args.kw_defaults) {
      if (value === null) this.text("_t$M");
      else this.value(value);
      this.text(",");
    }
    this.text(`],(${names.map(variableName).join(",")})=>`);
    this.unmarked(() => this.within(new Set(names), () => this.bracketed(() => this.value(body))));
    this.text(")");
  }

  #comprehension({ kind, elt, generators }: Comprehension): void {
    if (kind === "GeneratorExp") {
      return this.unmarked(() =>
        this.#loopFunction(generators, "function*", "", () => {
          this.text("yield ");
          this.bracketed(() => this.value(elt));
        }, "")
      );
    }
    const result = this.temporary();
    const add = () => {
      this.text(`${result}.push(`);
      this.value(elt);
      this.text(")");
    };
    const make = kind === "ListComp" ? "_t$list" : "_t$set";
    this.#loopFunction(generators, "", `const ${result}=[];`, add, `return ${make}(${result});`);
  }

  #dictComprehension({ key, value, generators }: DictComp): void {
    const result = this.temporary();
    const add = () => {
      this.text(`${result}.push([`);
      this.value(key);
      this.text(",");
      this.value(value);
      this.text("])");
    };
    this.#loopFunction(generators, "", `const ${result}=[];`, add, `return _t$dict(${result});`);
  }

  /**
   * Writes a call of a function with the loops of a comprehension. The first iterable is its argument: the names of the
   * comprehension do not hide those in there, and a generator evaluates it where it is made.
   *
   * All loops share one variable for each name, so that functions made in them see its last value, as in Python.
   */
  #loopFunction(
    generators: readonly Generator[],
    keyword: string,
    before: string,
    body: () => void,
    after: string,
  ): void {
    const [first] = generators;
    if (first === undefined) return;
    const iterable = this.temporary();
    const names = new Set(generators.flatMap(({ target }) => [...targetNames(target)]));
    const variables = [...names].map((name) => `${variableName(name)}=_t$M`);
    this.text(`(${keyword}(${iterable})${keyword === "" ? "=>" : ""}{${before}`);
    if (variables.length > 0) this.text(`let ${variables.join(",")};`);
    this.within(names, () => this.#loops(generators, iterable, body), names);
    this.text(`${after}})(`);
    this.iterable(first.iter, first.target);
    this.text(")");
  }

  /** @param first Variable that has the first iterable, which was evaluated before; `null` for inner loops. */
  #loops([generator, ...rest]: readonly Generator[], first: string | null, body: () => void): void {
    if (generator === undefined) {
      body();
      return this.text(";");
    }
    const value = this.temporary();
    this.text(`for(const ${value} of `);
    if (first === null) this.iterable(generator.iter, generator.target);
    else this.text(first);
    this.text("){");
    this.assign(generator.target, value);
    this.text(";");
    this.settle(targetNames(generator.target));
    for (const test of generator.ifs) {
      this.text("if(!");
      this.test(test);
      this.text(")continue;");
    }
    this.#loops(rest, null, body);
    this.text("}");
  }

  #joined({ values }: JoinedStr): void {
    this.text('(""');
    for (const part of values) {
      this.text("+");
      if (part.kind === "Constant") this.#constant(part);
      else {
        this.text("_t$format(");
        this.value(part.value);
        this.text(`,${JSON.stringify(part.conversion)}`);
        if (part.format_spec !== null) {
          this.text(",");
          this.#joined(part.format_spec);
        }
        this.text(")");
        this.mayFail();
      }
    }
    this.text(")");
  }

  /** Writes a call; strings among its arguments are code. */
  protected call(name: string, ...args: readonly (Expr | string)[]): void {
    this.text(`${name}(`);
    args.forEach((argument, i) => {
      if (i > 0) this.text(",");
      if (typeof argument === "string") this.text(argument);
      else this.value(argument);
    });
    this.text(")");
    this.mayFail();
  }
}

export function operation(op: BinaryOperator, at: number): string {
  if (op === "MatMult") throw new LanguageSyntaxError("'@' multiplies matrices, which a template has not", at);
  return OPERATIONS[op];
}

/** A text as JavaScript: JSON, and what may end a script or a line escaped. */
function scriptText(text: string): string {
  return JSON.stringify(text).replace(/[\u2028\u2029]/g, (c) => c === "\u2028" ? "\\u2028" : "\\u2029");
}
