import type { AnyNode, FunctionNode } from "./acorn.ts";

/** The names that a part of an expression declares for itself: parameters, variables of a function body. */
export interface Scope {
  readonly names: ReadonlySet<string>;
  /** Tells whether it is the scope of a function that has `arguments`. */
  readonly hasArguments: boolean;
  readonly outer: Scope | null;
}

/** Every node directly below a node. */
export function* children(node: AnyNode): Generator<AnyNode> {
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) yield* value.filter(isNode);
    else if (isNode(value)) yield value;
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

export function isFunction(node: AnyNode): node is AnyNode & FunctionNode {
  return node.type === "ArrowFunctionExpression" || node.type === "FunctionExpression" ||
    node.type === "FunctionDeclaration";
}

/** Collects the names that a pattern binds. */
export function boundNames(pattern: AnyNode, names: Set<string>): Set<string> {
  switch (pattern.type) {
    case "Identifier":
      names.add(pattern.name);
      break;
    case "ArrayPattern":
      for (const element of pattern.elements) if (element !== null) boundNames(element, names);
      break;
    case "ObjectPattern":
      for (const property of pattern.properties) {
        boundNames(property.type === "RestElement" ? property : property.value, names);
      }
      break;
    case "RestElement":
      boundNames(pattern.argument, names);
      break;
    case "AssignmentPattern":
      boundNames(pattern.left, names);
      break;
  }
  return names;
}

/** The names that `let`, `const`, `class` and `function` declare directly in a list of statements. */
export function lexicalNames(statements: readonly AnyNode[]): Set<string> {
  const names = new Set<string>();
  for (const statement of statements) {
    if (statement.type === "VariableDeclaration" && statement.kind !== "var") {
      for (const { id } of statement.declarations) boundNames(id, names);
    } else if (statement.type === "FunctionDeclaration" || statement.type === "ClassDeclaration") {
      if (statement.id) names.add(statement.id.name);
    } else if (statement.type === "LabeledStatement") {
      for (const name of lexicalNames([statement.body])) names.add(name);
    }
  }
  return names;
}

/** The names that `var` declares anywhere in a function body, functions within it left out. */
export function varNames(node: AnyNode, names: Set<string> = new Set()): Set<string> {
  if (node.type === "VariableDeclaration" && node.kind === "var") {
    for (const { id } of node.declarations) boundNames(id, names);
  }
  for (const child of children(node)) {
    if (!isFunction(child) && child.type !== "ClassDeclaration" && child.type !== "ClassExpression") {
      varNames(child, names);
    }
  }
  return names;
}

/** The names of a function's parameters. */
export function parameterNames({ params }: FunctionNode): Set<string> {
  const names = new Set<string>();
  for (const parameter of params) boundNames(parameter, names);
  return names;
}
