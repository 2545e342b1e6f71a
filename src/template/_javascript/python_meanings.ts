import type { AnyNode, Expression } from "./acorn.ts";
import { elementAdvice, formatAdvice } from "./operand_checks.ts";

/** A construct that JavaScript would accept, though it means something else in Python. */
export interface Misreading {
  readonly message: string;
  /** Offset in the parsed code. */
  readonly start: number;
}

/** Longest piece of a template that a message repeats. */
const MAX_SHOWN = 40;

/** Finds in a node what Python would read differently; not in the nodes below it. */
export function misreadingOf(node: AnyNode, code: string): Misreading | null {
  const message = misread(node, (part, long) => shown(part, code, long));
  return message === null ? null : { message, start: node.start };
}

/** Returns the source of a node for a message, or a stand-in if it is long. */
export function shown({ start, end }: AnyNode, code: string, long: string): string {
  return end - start > MAX_SHOWN || code.slice(start, end).includes("\n") ? long : code.slice(start, end);
}

/** {@linkcode shown} for one source. */
type Show = (node: AnyNode, long: string) => string;

function misread(node: AnyNode, show: Show): string | null {
  switch (node.type) {
    case "SequenceExpression": {
      // Only JavaScript has assignments between the commas; anything else is a tuple.
      const isEffect = ({ type }: Expression) => type === "AssignmentExpression" || type === "UpdateExpression";
      if (node.expressions.slice(0, -1).every(isEffect)) return null;
      return `a comma is not allowed here; a list is written [${show(node, "a, b")}]`;
    }
    case "MemberExpression":
      if (!isNegative(node)) return null;
      return `a negative index does not count from the end; write ${show(node.object, "xs")}.at(${
        show(node.property, "-1")
      })`;
    case "AssignmentExpression":
      return node.left.type === "MemberExpression" && isNegative(node.left)
        ? `a negative index does not count from the end; write ${`${show(node.left.object, "xs")}[${
          show(node.left.object, "xs")
        }.length ${show(node.left.property, "-1").replace("-", "- ")}]`}`
        : null;
    case "CallExpression":
    case "NewExpression":
      return misreadArguments(node.arguments, show);
    case "BinaryExpression":
      return misreadOperator(node.operator, node.left, node.right, show);
    case "Literal":
      return typeof node.value === "string" && /(?<!\\)(?:\\\\)*\\(?:U[0-9A-Fa-f]{8}|N\{)/.test(node.raw ?? "")
        ? "JavaScript writes the character of a number as \\u{1F600}, and has no \\U and no \\N"
        : null;
    default:
      return null;
  }
}

function isNegative(node: AnyNode & { type: "MemberExpression" }): boolean {
  return node.computed && node.property.type === "UnaryExpression" && node.property.operator === "-";
}

function misreadArguments(given: readonly AnyNode[], show: Show): string | null {
  const named = given.flatMap((node) =>
    node.type === "AssignmentExpression" && node.operator === "=" && node.left.type === "Identifier"
      ? [`${node.left.name}: ${show(node.right, "...")}`]
      : []
  );
  return named.length > 0 ? `arguments have no names in JavaScript; write { ${named.join(", ")} }` : null;
}

function misreadOperator(operator: string, left: AnyNode, right: AnyNode, show: Show): string | null {
  const a = show(left, "a");
  const b = show(right, "b");
  const isChain = left.type === "BinaryExpression" && kindOf(operator) !== null &&
    kindOf(left.operator) === kindOf(operator);
  if (isChain) {
    const middle = show(left.right, "b");
    return `${a} ${operator} ${b} compares the result of the first comparison; write ${a} && ${middle} ${operator} ${b}`;
  }
  const [text, list] = [textOf(left) ?? textOf(right), [left, right].find(isList)];
  switch (operator) {
    case "in":
      if (left.type === "UnaryExpression" && left.operator === "!") {
        return `'!' applies to the key alone; write !(${show(left.argument, "key")} in ${b})`;
      }
      if (isList(right) || textOf(right) !== null) return elementAdvice(a, b);
      if (right.type === "ObjectExpression" && right.properties.length > 0 && right.properties.every(isShorthand)) {
        return `${b} is an object, not a set; write [${b.replace(/^\{\s*|\s*\}$/g, "")}].includes(${a})`;
      }
      return null;
    case "%":
      return textOf(left) !== null && Number.isNaN(Number(textOf(left))) ? formatAdvice(a, b) : null;
    case "*":
      if (list !== undefined) return "'*' does not repeat a list; write Array(n).fill(x)";
      return text !== null && Number.isNaN(Number(text)) ? "'*' does not repeat text; write text.repeat(n)" : null;
    case "+":
      return list !== undefined ? `'+' does not join lists; write [...${a}, ...${b}]` : null;
    case "==":
    case "!=":
    case "===":
    case "!==": {
      const literal = [left, right].find((side) => isList(side) || side.type === "ObjectExpression");
      if (literal === undefined) return null;
      const other = literal === left ? b : a;
      const size = literal.type === "ArrayExpression" ? `${other}.length` : `Object.keys(${other}).length`;
      return `'${operator}' does not compare the contents of lists and objects; write ${size} ${operator} 0 for an ` +
        "empty one, or compare the elements";
    }
    default:
      return null;
  }
}

function kindOf(operator: string): "order" | "equality" | null {
  if (/^[<>]=?$/.test(operator)) return "order";
  return /^[=!]==?$/.test(operator) ? "equality" : null;
}

function isList({ type }: AnyNode): boolean {
  return type === "ArrayExpression";
}

function isShorthand(property: AnyNode): boolean {
  return property.type === "Property" && property.shorthand;
}

/** Returns the text that a literal, or a sum with one, has in any case; `null` for other nodes. */
function textOf(node: AnyNode): string | null {
  if (node.type === "ParenthesizedExpression") return textOf(node.expression);
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : null;
  if (node.type === "TemplateLiteral") return node.quasis.map(({ value }) => value.raw).join("");
  if (node.type !== "BinaryExpression" || node.operator !== "+") return null;
  const [left, right] = [textOf(node.left), textOf(node.right)];
  return left === null && right === null ? null : `${left ?? ""}${right ?? ""}`;
}
