// With `--keep-names`, `deno bundle` sets the name of each function by a call of Object.defineProperty, at the start of
// each program. Only the names of classes are needed.
import { type AnyNode, parse, type Pattern } from "../src/template/_javascript/acorn.ts";

/** A piece of a text, and what stands there instead. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A call of the function that sets names: `target` is what it names. */
interface Naming {
  readonly target: AnyNode;
  readonly name: string;
}

/** The function that sets names, as esbuild writes it. */
const HELPER =
  /\b([\w$]+) ?= ?\(([\w$]+), ?([\w$]+)\) ?=> ?[\w$]+\(\2, ?"name", ?\{ ?value(?:: ?\3)?, ?configurable: ?(?:true|!0) ?\}\)/;

/**
 * Takes the names of functions out of the files of a bundle, and has those of classes set after the class: V8 would
 * compile the static blocks that do it at each start.
 *
 * @param files The texts by file name; they are replaced.
 */
export function keepNamesOfClasses(files: Map<string, string>): void {
  const [home, exported] = helperExport(files) ?? [null, null];
  for (const [file, text] of files) {
    const helper = HELPER.exec(text)?.[1] ?? (home === null ? null : importedAs(text, home, exported));
    if (helper !== null) files.set(file, applied(text, new Names(text, helper).edits));
  }
}

/** The file that exports the function, and under which name. */
function helperExport(files: ReadonlyMap<string, string>): [file: string, name: string] | null {
  for (const [file, text] of files) {
    const local = HELPER.exec(text)?.[1];
    if (local === undefined) continue;
    for (const node of parse(text, { ecmaVersion: "latest", sourceType: "module" }).body) {
      if (node.type !== "ExportNamedDeclaration") continue;
      for (const one of node.specifiers) {
        if (nameOf(one.local) === local) return [file, nameOf(one.exported) ?? local];
      }
    }
  }
  return null;
}

function importedAs(text: string, home: string, exported: string | null): string | null {
  for (const node of parse(text, { ecmaVersion: "latest", sourceType: "module" }).body) {
    if (node.type !== "ImportDeclaration" || node.source.value !== `./${home}`) continue;
    for (const one of node.specifiers) {
      if (one.type === "ImportSpecifier" && nameOf(one.imported) === exported) return one.local.name;
    }
  }
  return null;
}

/** What is to be changed in one file. */
class Names {
  readonly edits: Edit[] = [];
  readonly #helper: string;

  constructor(text: string, helper: string) {
    this.#helper = helper;
    this.#visit(parse(text, { ecmaVersion: "latest", sourceType: "module" }));
  }

  #visit(node: AnyNode): void {
    // Where the short name stands for something else, nothing is named.
    if (node.type !== "Program" && boundBy(node).includes(this.#helper)) return;
    if (node.type === "ClassDeclaration" || node.type === "ClassExpression") this.#moveName(node);
    this.#dropCall(node);
    for (const child of childrenOf(node)) this.#visit(child);
  }

  /** Moves the name of a class from its static block to behind the class. */
  #moveName(node: AnyNode & { type: "ClassDeclaration" | "ClassExpression" }): void {
    for (const member of node.body.body) {
      if (member.type !== "StaticBlock" || member.body.length !== 1) continue;
      const [statement] = member.body;
      const naming = statement?.type === "ExpressionStatement" ? this.#naming(statement.expression) : null;
      if (naming?.target.type !== "ThisExpression") continue;
      const name = JSON.stringify(naming.name);
      this.#replace(member.start, member.end, "");
      if (node.type === "ClassExpression") {
        this.#replace(node.start, node.start, `${this.#helper}(`);
        this.#replace(node.end, node.end, `,${name})`);
      } else if (node.id !== null && node.id.name !== naming.name) {
        this.#replace(node.end, node.end, `;${this.#helper}(${node.id.name},${name});`);
      }
    }
  }

  /** Drops a call that names a function. */
  #dropCall(node: AnyNode): void {
    if (node.type === "ExpressionStatement") {
      if (this.#naming(node.expression)?.target.type === "Identifier") this.#replace(node.start, node.end, ";");
    } else {
      const target = this.#naming(node)?.target;
      if (target?.type !== "FunctionExpression" && target?.type !== "ArrowFunctionExpression") return;
      this.#replace(node.start, target.start, "(");
      this.#replace(target.end, node.end, ")");
    }
  }

  #naming(node: AnyNode): Naming | null {
    if (node.type !== "CallExpression" || nameOf(node.callee) !== this.#helper) return null;
    const [target, name] = node.arguments;
    if (target === undefined || name?.type !== "Literal" || typeof name.value !== "string") return null;
    return { target, name: name.value };
  }

  #replace(start: number, end: number, text: string): void {
    this.edits.push({ start, end, text });
  }
}

/** The names that a node binds for what is in it. */
function boundBy(node: AnyNode): string[] {
  if ("params" in node) return node.params.flatMap(boundByPattern);
  if (node.type === "CatchClause") return node.param ? boundByPattern(node.param) : [];
  if (node.type === "ForStatement") return node.init ? boundByStatement(node.init) : [];
  if (node.type === "ForOfStatement" || node.type === "ForInStatement") return boundByStatement(node.left);
  if (node.type === "BlockStatement" || node.type === "StaticBlock") return node.body.flatMap(boundByStatement);
  return [];
}

function boundByStatement(node: AnyNode): string[] {
  if (node.type === "VariableDeclaration") return node.declarations.flatMap(({ id }) => boundByPattern(id));
  if (node.type === "FunctionDeclaration" || node.type === "ClassDeclaration") return [nameOf(node.id) ?? ""];
  return [];
}

function boundByPattern(pattern: Pattern): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((one) => boundByPattern(one.type === "Property" ? one.value : one.argument));
    case "ArrayPattern":
      return pattern.elements.flatMap((one) => one === null ? [] : boundByPattern(one));
    case "RestElement":
      return boundByPattern(pattern.argument);
    case "AssignmentPattern":
      return boundByPattern(pattern.left);
    default:
      return [];
  }
}

function nameOf(node: AnyNode | null): string | null {
  return node?.type === "Identifier" ? node.name : null;
}

function childrenOf(node: AnyNode): AnyNode[] {
  return Object.values(node).flat().filter(isNode);
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

function applied(text: string, edits: readonly Edit[]): string {
  let result = "";
  let done = 0;
  for (const { start, end, text: replacement } of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    result += text.slice(done, start) + replacement;
    done = end;
  }
  return result + text.slice(done);
}
