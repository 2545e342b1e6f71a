// The one place that names the parser of JavaScript; ahead-of-time compiled templates do without it.
export {
  type AnyNode,
  type AssignmentProperty,
  type CallExpression,
  type Expression,
  type Function as FunctionNode,
  type Identifier,
  type Options,
  parse,
  type Pattern,
  type Program,
  type Property,
  type Token,
  tokenizer,
  tokTypes,
} from "npm:acorn@8.19.0";
