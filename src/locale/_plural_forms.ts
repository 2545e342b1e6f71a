/** Gives the index of the plural form that belongs to a count. */
export type PluralRule = (n: number) => number;

/** Python's `gettext` refuses longer expressions; the longest in use, Arabic's, has about a hundred characters. */
export const MAX_EXPRESSION_LENGTH = 1000;

/** Python's `gettext` refuses deeper parentheses; real expressions have two or three levels. */
export const MAX_PARENTHESES = 20;

const TOKEN = /[ \t]*(?:([0-9]+|n)(?!\w)|([-+*/%()?:]|[<>!]=?|==|&&|\|\|))/y;
const BLANK_REST = /[ \t]*$/y;

/** Makes the rule of an operator out of those of its operands. The right one may throw, so `||` and `&&` are lazy. */
type Operation = (left: PluralRule, right: PluralRule) => PluralRule;

/** Left-associative binary operators by binding strength, the weakest first, as in C. */
const LEVELS: readonly Readonly<Record<string, Operation>>[] = [
  { "||": (left, right) => (n) => Number(left(n) !== 0 || right(n) !== 0) },
  { "&&": (left, right) => (n) => Number(left(n) !== 0 && right(n) !== 0) },
  {
    "==": (left, right) => (n) => Number(left(n) === right(n)),
    "!=": (left, right) => (n) => Number(left(n) !== right(n)),
  },
  {
    "<": (left, right) => (n) => Number(left(n) < right(n)),
    ">": (left, right) => (n) => Number(left(n) > right(n)),
    "<=": (left, right) => (n) => Number(left(n) <= right(n)),
    ">=": (left, right) => (n) => Number(left(n) >= right(n)),
  },
  {
    "+": (left, right) => (n) => exact(left(n) + right(n)),
    "-": (left, right) => (n) => exact(left(n) - right(n)),
  },
  {
    "*": (left, right) => (n) => exact(left(n) * right(n)),
    "/": (left, right) => (n) => divide(left(n), right(n)),
    "%": (left, right) => (n) => modulo(left(n), right(n)),
  },
];

/**
 * Compiles the `plural` expression of a `Plural-Forms` header, a piece of C with `n` as its only variable, to closures.
 *
 * Operators mean what they mean in C, on integers of any sign: comparisons and logic give 0 or 1, `/` and `%` round
 * down. The rule works for counts that are not whole as well.
 *
 * @throws {SyntaxError} If the expression is not of that language, or is too long or too deep.
 */
export function compilePluralRule(expression: string): PluralRule {
  if (expression.length > MAX_EXPRESSION_LENGTH) {
    throw new SyntaxError(`plural expression is too long: ${expression.length} > ${MAX_EXPRESSION_LENGTH} characters`);
  }
  const evaluate = new Parser(expression).parse();
  return (n) => {
    if (!Number.isFinite(n)) throw new RangeError(`cannot choose a plural form: the count is not finite (${n})`);
    return Math.trunc(evaluate(n));
  };
}

class Parser {
  readonly #expression: string;
  #at = 0;
  #token = "";
  #depth = 0;

  constructor(expression: string) {
    this.#expression = expression;
    this.#advance();
  }

  parse(): PluralRule {
    const rule = this.#ternary();
    if (this.#token !== "") throw this.#unexpected();
    return rule;
  }

  #advance(): void {
    TOKEN.lastIndex = this.#at;
    const match = TOKEN.exec(this.#expression);
    if (match !== null) {
      this.#token = match[1] ?? match[2] ?? "";
      this.#at = TOKEN.lastIndex;
      return;
    }
    BLANK_REST.lastIndex = this.#at;
    if (!BLANK_REST.test(this.#expression)) {
      throw new SyntaxError(
        `plural expression has an invalid token at ${this.#at}: ${JSON.stringify(this.#expression)}`,
      );
    }
    this.#token = "";
    this.#at = this.#expression.length;
  }

  #unexpected(): SyntaxError {
    const found = this.#token === "" ? "ends too early" : `has ${JSON.stringify(this.#token)} where it must not be`;
    return new SyntaxError(`plural expression ${found}: ${JSON.stringify(this.#expression)}`);
  }

  #expect(token: string): void {
    if (this.#token !== token) throw this.#unexpected();
    this.#advance();
  }

  #ternary(): PluralRule {
    const condition = this.#binary(0);
    if (this.#token !== "?") return condition;
    this.#advance();
    const yes = this.#ternary();
    this.#expect(":");
    const no = this.#ternary();
    return (n) => condition(n) !== 0 ? yes(n) : no(n);
  }

  #binary(level: number): PluralRule {
    if (level === LEVELS.length) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operation: Operation | undefined = LEVELS[level][this.#token];
      if (operation === undefined) return left;
      this.#advance();
      left = operation(left, this.#binary(level + 1));
    }
  }

  #unary(): PluralRule {
    let negations = 0;
    for (; this.#token === "!"; this.#advance()) negations++;
    const operand = this.#primary();
    if (negations === 0) return operand;
    const odd = negations % 2 === 1;
    return (n) => Number((operand(n) === 0) === odd);
  }

  #primary(): PluralRule {
    const token = this.#token;
    if (token === "(") {
      if (++this.#depth > MAX_PARENTHESES) {
        throw new SyntaxError(`plural expression is too deep: more than ${MAX_PARENTHESES} parentheses`);
      }
      this.#advance();
      const inner = this.#ternary();
      this.#expect(")");
      this.#depth--;
      return inner;
    }
    if (token === "n") {
      this.#advance();
      return (n) => n;
    }
    if (!/^[0-9]/.test(token)) throw this.#unexpected();
    const value = Number(token);
    if (!Number.isSafeInteger(value)) throw new SyntaxError(`plural expression has too large a number: ${token}`);
    this.#advance();
    return () => value;
  }
}

/** Beyond 2^53 numbers lose their last digit, and with it the plural form: an error is better than a wrong word. */
function exact(value: number): number {
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
  throw new RangeError("cannot choose a plural form: the plural expression gives too large a number");
}

function divide(a: number, b: number): number {
  // Through the remainder, because the quotient of two large integers may round up to the next one.
  const remainder = modulo(a, b);
  return Math.round((a - remainder) / b);
}

function modulo(a: number, b: number): number {
  if (b === 0) throw new RangeError("cannot choose a plural form: the plural expression divides by zero");
  const remainder = a % b;
  return remainder !== 0 && (remainder < 0) !== (b < 0) ? remainder + b : remainder;
}
