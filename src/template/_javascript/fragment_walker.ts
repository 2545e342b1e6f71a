import type { AnyNode, AssignmentProperty, FunctionNode, Identifier, Property } from "./acorn.ts";
import {
  boundNames,
  children,
  isFunction,
  lexicalNames,
  parameterNames,
  type Scope,
  varNames,
} from "./declared_names.ts";
import { misreadingOf, shown } from "./python_meanings.ts";
import { OR_PYTHON } from "./python_names.ts";
import { type Fragment, LanguageSyntaxError, type NameUse } from "../language.ts";
import { variableName } from "../_compile/variable_name.ts";

/** A stretch of the source that is replaced. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly part: string | NameUse;
}

/** Parsed source, with something of our own before and after it. */
export interface Parsed {
  /** The parsed code; offsets of nodes count from its start. */
  readonly code: string;
  /** The length of what stands before the source. */
  readonly shift: number;
  readonly node: AnyNode;
  /** The comments in the source, to be dropped. */
  readonly comments: readonly Edit[];
}

/** Values, though JavaScript's grammar makes names of them. */
const CONSTANTS: ReadonlySet<string> = new Set(["undefined", "NaN", "Infinity"]);

/** An octal escape, which strict mode refuses and the parser here does not. */
const OCTAL_ESCAPE = /^(?:[^\\]|\\[^1-9])*?\\(?:[1-9]|0[0-9])/s;

/** Makes a fragment of parsed source: every name that is not declared by the source itself becomes a hole. */
export function fragmentOf(parsed: Parsed, node: AnyNode = parsed.node): Fragment {
  const walker = new Walker(parsed);
  walker.visit(node);
  return walker.fragment(node);
}

/** As {@linkcode fragmentOf}, for the left side of an assignment. */
export function targetOf(parsed: Parsed, node: AnyNode): Fragment {
  const walker = new Walker(parsed);
  walker.target(node);
  return walker.fragment(node);
}

/** The expression within brackets. */
export function unwrap(node: AnyNode): AnyNode {
  while (node.type === "ParenthesizedExpression") node = node.expression;
  return node;
}

class Walker {
  readonly #source: Parsed;
  readonly #edits: Edit[] = [];
  /** Names that the fragment has certainly assigned by now: reading them needs no check. */
  readonly #written = new Set<string>();
  #scope: Scope | null = null;
  /** The number of parts around us that may not be evaluated. */
  #conditional = 0;
  #functions = 0;
  /** The number of functions and classes around us that have a `this` of their own. */
  #receivers = 0;
  #isAsync = false;

  constructor(source: Parsed) {
    this.#source = source;
  }

  fragment({ start, end }: AnyNode): Fragment {
    const { code, comments } = this.#source;
    const inside = comments.filter((comment) => comment.start >= start && comment.end <= end);
    const parts: (string | NameUse)[] = [];
    let done = start;
    for (const edit of [...this.#edits, ...inside].sort((a, b) => a.start - b.start)) {
      if (edit.start > done) parts.push(code.slice(done, edit.start));
      parts.push(edit.part);
      done = edit.end;
    }
    if (end > done) parts.push(code.slice(done, end));
    return { parts, isAsync: this.#isAsync };
  }

  visit(node: AnyNode): void {
    this.#refuseMisreading(node);
    if (isFunction(node)) return this.#function(node);
    switch (node.type) {
      case "Identifier":
        return this.#use(node, "read");
      case "MemberExpression":
        this.visit(node.object);
        if (node.computed) this.visit(node.property);
        return;
      case "ChainExpression":
        return this.#chain(node.expression);
      case "LogicalExpression":
        this.visit(node.left);
        return this.#visitIf(true, node.right);
      case "ConditionalExpression":
        this.visit(node.test);
        return this.#visitIf(true, node.consequent, node.alternate);
      case "AssignmentExpression": {
        const visit = () => {
          this.#visitIf(/^(&&|\|\||\?\?)=$/.test(node.operator), node.right);
          this.target(node.left);
        };
        return node.operator === "=" ? visit() : this.#change(node, node.left, visit);
      }
      case "UpdateExpression":
        return this.#change(node, node.argument, () => this.target(node.argument));
      case "UnaryExpression": {
        const argument = unwrap(node.argument);
        if (argument.type !== "Identifier") break;
        if (node.operator === "delete") throw this.#refusal("a name cannot be deleted", node.start);
        return this.#use(argument, node.operator === "typeof" ? "probe" : "read");
      }
      case "BinaryExpression":
        return this.#binary(node);
      case "ObjectExpression":
        for (const property of node.properties) {
          if (property.type === "Property") this.#property(property, (value) => this.visit(value));
          else this.visit(property);
        }
        return;
      case "PropertyDefinition":
      case "MethodDefinition":
        if (node.computed) this.visit(node.key);
        if (node.value) this.#receiver(node.value);
        return;
      case "ClassExpression":
      case "ClassDeclaration":
        return this.#inScope(new Set(node.id ? [node.id.name] : []), () => {
          if (node.id) this.#use(node.id, "write");
          if (node.superClass) this.visit(node.superClass);
          this.#visitIf(true, node.body);
        });
      case "AwaitExpression":
        if (this.#functions === 0) this.#isAsync = true;
        break;
      case "Literal":
        return this.#literal(node.start, node.raw ?? "");
      case "ThisExpression":
        if (this.#receivers === 0) throw this.#refusal("there is no 'this' in a template", node.start);
        return;
      case "ImportExpression":
        throw this.#refusal("import() cannot be used in a template", node.start);
      case "MetaProperty":
        return;
      default:
        return this.#statement(node);
    }
    this.#visitChildren(node);
  }

  /** Visits the left side of an assignment, or the pattern of a declaration. */
  target(node: AnyNode): void {
    switch (node.type) {
      case "Identifier":
        return this.#use(node, "write");
      case "ParenthesizedExpression":
        return this.target(node.expression);
      case "ArrayPattern":
        for (const element of node.elements) if (element !== null) this.target(element);
        return;
      case "ObjectPattern":
        for (const property of node.properties) {
          if (property.type === "Property") this.#property(property, (value) => this.target(value));
          else this.target(property);
        }
        return;
      case "RestElement":
        return this.target(node.argument);
      case "AssignmentPattern":
        this.#visitIf(true, node.right);
        return this.target(node.left);
      default:
        return this.visit(node);
    }
  }

  /** What may stand in the body of a function. */
  #statement(node: AnyNode): void {
    switch (node.type) {
      case "BlockStatement":
      case "StaticBlock":
        return this.#inScope(lexicalNames(node.body), () => this.#visitChildren(node));
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement": {
        const head = node.type === "ForStatement" ? node.init : node.left;
        return this.#inScope(lexicalNames(head ? [head] : []), () => {
          if (node.type === "ForStatement" || node.left.type === "VariableDeclaration") this.#visitChildren(node);
          else {
            this.target(node.left);
            this.visit(node.right);
            this.visit(node.body);
          }
        });
      }
      case "SwitchStatement":
        this.visit(node.discriminant);
        return this.#inScope(lexicalNames(node.cases.flatMap(({ consequent }) => consequent)), () => {
          for (const part of node.cases) this.#visitChildren(part);
        });
      case "CatchClause": {
        const { param, body } = node;
        return this.#inScope(param ? boundNames(param, new Set()) : new Set(), () => {
          if (param) this.target(param);
          this.visit(body);
        });
      }
      case "VariableDeclarator":
        if (node.init) this.visit(node.init);
        return this.target(node.id);
      case "LabeledStatement":
        return this.visit(node.body);
      case "BreakStatement":
      case "ContinueStatement":
        return;
      case "WithStatement":
        throw this.#refusal("'with' cannot be used in a template", node.start);
      default:
        return this.#visitChildren(node);
    }
  }

  #visitChildren(node: AnyNode): void {
    for (const child of children(node)) this.visit(child);
  }

  #visitIf(conditional: boolean, ...nodes: readonly AnyNode[]): void {
    if (conditional) this.#conditional++;
    for (const node of nodes) this.visit(node);
    if (conditional) this.#conditional--;
  }

  /** Of `a?.b[c](d)` only `a` is certain to be evaluated. */
  #chain(node: AnyNode): void {
    this.#refuseMisreading(node);
    if (node.type === "MemberExpression") {
      this.#chain(node.object);
      if (node.computed) this.#visitIf(true, node.property);
    } else if (node.type === "CallExpression") {
      this.#chain(node.callee);
      this.#visitIf(true, ...node.arguments);
    } else {
      this.visit(node);
    }
  }

  #function(node: AnyNode & FunctionNode): void {
    const isArrow = node.type === "ArrowFunctionExpression";
    const names = parameterNames(node);
    if (node.type === "FunctionExpression" && node.id) names.add(node.id.name);
    if (node.type === "FunctionDeclaration" && node.id) this.#use(node.id, "write");
    this.#conditional++;
    this.#functions++;
    if (!isArrow) this.#receivers++;
    this.#inScope(names, () => {
      if (node.type === "FunctionExpression" && node.id) this.#use(node.id, "write");
      for (const parameter of node.params) this.target(parameter);
      if (node.body.type === "BlockStatement") this.#inScope(varNames(node.body), () => this.visit(node.body));
      else this.visit(node.body);
    }, !isArrow);
    if (!isArrow) this.#receivers--;
    this.#functions--;
    this.#conditional--;
  }

  #receiver(node: AnyNode): void {
    this.#receivers++;
    this.visit(node);
    this.#receivers--;
  }

  #inScope(names: ReadonlySet<string>, visit: () => void, hasArguments: boolean = false): void {
    const outer = this.#scope;
    this.#scope = { names, hasArguments, outer };
    visit();
    this.#scope = outer;
  }

  /** `{ name }` is `{ name: name }`, whose second half may be a hole. */
  #property(
    { key, computed, shorthand, value }: Property | AssignmentProperty,
    visitValue: (value: AnyNode) => void,
  ): void {
    if (computed) this.visit(key);
    if (shorthand && key.type === "Identifier") {
      // Written out, __proto__ would set the prototype instead of a property.
      const name = key.name === "__proto__" ? '["__proto__"]' : key.name;
      this.#edits.push({ start: key.start, end: key.start, part: `${name}: ` });
    }
    visitValue(value);
  }

  #literal(start: number, raw: string): void {
    const isOctal = /^["']/.test(raw) ? OCTAL_ESCAPE.test(raw) : /^0[0-9]/.test(raw);
    if (isOctal) throw this.#refusal("octal numbers and escapes are not allowed", start);
  }

  /** What Python means by `x in xs` and `text % x` shows only when the values are there. */
  #binary({ operator, left, right }: AnyNode & { type: "BinaryExpression" }): void {
    const { code } = this.#source;
    const sources = [shown(left, code, "x"), shown(right, code, "xs")].map((text) => JSON.stringify(text)).join(", ");
    if (operator === "%") this.#wrapped(left, "_t$number", sources);
    else if (left.type !== "PrivateIdentifier") this.visit(left);
    if (operator === "in" && left.type !== "PrivateIdentifier") this.#wrapped(right, "_t$keyed", sources);
    else this.visit(right);
  }

  #wrapped(node: AnyNode, helper: string, rest: string): void {
    const { start, end } = node;
    this.#edits.push({ start, end: start, part: `${helper}(` });
    this.visit(node);
    this.#edits.push({ start: end, end, part: `, ${rest})` });
  }

  /** An expression that changes the value of a name: it must have one. */
  #change({ start, end }: AnyNode, target: AnyNode, visit: () => void): void {
    const variable = unwrap(target);
    if (variable.type !== "Identifier" || this.#isBound(variable.name) || this.#written.has(variable.name)) {
      return visit();
    }
    const check: NameUse = { name: variable.name, use: "check", conditional: this.#conditional > 0 };
    this.#edits.push({ start, end: start, part: "(" }, { start, end: start, part: check });
    visit();
    this.#edits.push({ start: end, end, part: ")" });
  }

  #isBound(name: string): boolean {
    return this.#binding(name) !== null;
  }

  /** Tells whether the fragment declares a name, or a function in it has it by itself. */
  #binding(name: string): "declared" | "given" | null {
    for (let scope = this.#scope; scope !== null; scope = scope.outer) {
      if (scope.names.has(name)) return "declared";
      if (scope.hasArguments && name === "arguments") return "given";
    }
    return null;
  }

  #use({ name, start, end }: Identifier, use: NameUse["use"]): void {
    const binding = this.#binding(name);
    if (binding === "declared") {
      this.#edits.push({ start, end, part: variableName(name) });
    } else if (binding === "given") {
      return;
    } else if (CONSTANTS.has(name)) {
      if (use === "write") throw this.#refusal(`${name} cannot be assigned`, start);
    } else if (use === "read" && this.#written.has(name)) {
      this.#edits.push({ start, end, part: variableName(name) });
    } else {
      this.#edits.push({ start, end, part: { name, use, conditional: this.#conditional > 0 } });
      if (use === "write" && this.#conditional === 0) this.#written.add(name);
    }
  }

  #refuseMisreading(node: AnyNode): void {
    const misreading = misreadingOf(node, this.#source.code);
    if (misreading !== null) throw this.#refusal(misreading.message + OR_PYTHON, misreading.start);
  }

  #refusal(message: string, start: number): LanguageSyntaxError {
    return new LanguageSyntaxError(message, start - this.#source.shift);
  }
}
