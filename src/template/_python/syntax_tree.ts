/**
 * The tree of an expression or a statement. Nodes and their fields have the names of CPython's `ast` module, so that
 * trees can be compared.
 *
 * @module
 */

interface Node<Kind extends string> {
  readonly kind: Kind;
  /** Offset of the node in the source, in UTF-16 code units. */
  readonly at: number;
}

export interface Constant extends Node<"Constant"> {
  readonly type: "None" | "bool" | "int" | "float" | "complex" | "str" | "bytes" | "Ellipsis";
  /** `null` for None and Ellipsis; the imaginary part of a complex number. */
  readonly value: null | boolean | number | bigint | string | Uint8Array<ArrayBuffer>;
}

export interface Name extends Node<"Name"> {
  readonly id: string;
}

export interface Attribute extends Node<"Attribute"> {
  readonly value: Expr;
  readonly attr: string;
}

export interface Subscript extends Node<"Subscript"> {
  readonly value: Expr;
  readonly slice: Expr;
}

export interface Slice extends Node<"Slice"> {
  readonly lower: Expr | null;
  readonly upper: Expr | null;
  readonly step: Expr | null;
}

export interface Starred extends Node<"Starred"> {
  readonly value: Expr;
}

export interface Sequence extends Node<"List" | "Tuple" | "Set"> {
  readonly elts: readonly Expr[];
}

export interface Dict extends Node<"Dict"> {
  /** The keys; `null` stands for `**value`. */
  readonly keys: readonly (Expr | null)[];
  readonly values: readonly Expr[];
}

export interface Keyword {
  /** Name of the argument; `null` for `**value`. */
  readonly arg: string | null;
  readonly value: Expr;
}

export interface Call extends Node<"Call"> {
  readonly func: Expr;
  readonly args: readonly Expr[];
  readonly keywords: readonly Keyword[];
}

export type BinaryOperator =
  | "Add"
  | "Sub"
  | "Mult"
  | "Div"
  | "FloorDiv"
  | "Mod"
  | "Pow"
  | "MatMult"
  | "LShift"
  | "RShift"
  | "BitOr"
  | "BitXor"
  | "BitAnd";

export interface BinOp extends Node<"BinOp"> {
  readonly left: Expr;
  readonly op: BinaryOperator;
  readonly right: Expr;
}

export interface UnaryOp extends Node<"UnaryOp"> {
  readonly op: "Not" | "USub" | "UAdd" | "Invert";
  readonly operand: Expr;
}

export interface BoolOp extends Node<"BoolOp"> {
  readonly op: "And" | "Or";
  readonly values: readonly Expr[];
}

export type Comparison = "Eq" | "NotEq" | "Lt" | "LtE" | "Gt" | "GtE" | "Is" | "IsNot" | "In" | "NotIn";

export interface Compare extends Node<"Compare"> {
  readonly left: Expr;
  readonly ops: readonly Comparison[];
  readonly comparators: readonly Expr[];
}

export interface IfExp extends Node<"IfExp"> {
  readonly test: Expr;
  readonly body: Expr;
  readonly orelse: Expr;
}

export interface Parameters {
  readonly posonlyargs: readonly string[];
  readonly args: readonly string[];
  readonly vararg: string | null;
  readonly kwonlyargs: readonly string[];
  /** A default for each of `kwonlyargs`, or `null`. */
  readonly kw_defaults: readonly (Expr | null)[];
  readonly kwarg: string | null;
  /** The defaults of the last positional parameters. */
  readonly defaults: readonly Expr[];
}

export interface Lambda extends Node<"Lambda"> {
  readonly args: Parameters;
  readonly body: Expr;
}

export interface NamedExpr extends Node<"NamedExpr"> {
  readonly target: Name;
  readonly value: Expr;
}

export interface Generator {
  readonly target: Expr;
  readonly iter: Expr;
  readonly ifs: readonly Expr[];
}

export interface Comprehension extends Node<"ListComp" | "SetComp" | "GeneratorExp"> {
  readonly elt: Expr;
  readonly generators: readonly Generator[];
}

export interface DictComp extends Node<"DictComp"> {
  readonly key: Expr;
  readonly value: Expr;
  readonly generators: readonly Generator[];
}

export interface FormattedValue extends Node<"FormattedValue"> {
  readonly value: Expr;
  readonly conversion: "s" | "r" | "a" | null;
  readonly format_spec: JoinedStr | null;
}

export interface JoinedStr extends Node<"JoinedStr"> {
  readonly values: readonly (Constant | FormattedValue)[];
}

export type Expr =
  | Constant
  | Name
  | Attribute
  | Subscript
  | Slice
  | Starred
  | Sequence
  | Dict
  | Call
  | BinOp
  | UnaryOp
  | BoolOp
  | Compare
  | IfExp
  | Lambda
  | NamedExpr
  | Comprehension
  | DictComp
  | FormattedValue
  | JoinedStr;

export interface Assign extends Node<"Assign"> {
  readonly targets: readonly Expr[];
  readonly value: Expr;
}

export interface AugAssign extends Node<"AugAssign"> {
  readonly target: Expr;
  readonly op: BinaryOperator;
  readonly value: Expr;
}

export interface Delete extends Node<"Delete"> {
  readonly targets: readonly Expr[];
}

export interface Assert extends Node<"Assert"> {
  readonly test: Expr;
  readonly msg: Expr | null;
}

export interface ExprStatement extends Node<"Expr"> {
  readonly value: Expr;
}

export type Statement = Assign | AugAssign | Delete | Assert | ExprStatement | Node<"Pass">;

/** The names that an assignment to a target sets. */
export function targetNames(target: Expr, names: Set<string> = new Set()): Set<string> {
  if (target.kind === "Name") names.add(target.id);
  else if (target.kind === "Starred") targetNames(target.value, names);
  else if (target.kind === "Tuple" || target.kind === "List") target.elts.forEach((elt) => targetNames(elt, names));
  return names;
}
