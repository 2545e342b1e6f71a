import { type ExpressionSyntaxError, LoadError, TemplateError } from "../errors.ts";
import { parseImport } from "./parse_import.ts";
import { type ExpressionLanguage, type Fragment, LanguageSyntaxError } from "../language.ts";
import { MAX_NESTING, MAX_NODES } from "../limits.ts";
import { type LoadFile, loadFrom } from "./link_files.ts";
import type {
  ApplyNode,
  BlockNode,
  Clause,
  ControlNode,
  IncludeNode,
  JumpNode,
  PrintNode,
  Source,
  StatementNode,
  TemplateFile,
  TemplateNode,
} from "../_parse/syntax_tree.ts";
import { PlaceTable } from "./place_table.ts";
import type { Branch, Escaping, Handler, Op, Plan, Variables } from "./plan.ts";

/** The variables that hold the current value of a loop and the error of a `try`; inner ones hide outer ones. */
const LOOP_VALUE = "_t$i";
const ERROR = "_t$x";

/** Results by source: a piece of source compiles to the same result wherever its file is included. */
const compiled = new WeakMap<Source, unknown>();

/**
 * Makes the plan of a template: inserts includes and blocks, and compiles all expressions.
 *
 * @param file The outermost file that the template extends, or its own file.
 */
export function expandTemplate(
  file: TemplateFile,
  blocks: ReadonlyMap<string, BlockNode>,
  load: LoadFile,
  language: ExpressionLanguage,
): Plan {
  return new Expander(file, blocks, load, language).plan();
}

/** Finds all faults in the expressions of a file and in the order of its tags, without what it extends or includes. */
export function findFaults(file: TemplateFile, language: ExpressionLanguage): TemplateError[] {
  const faults: TemplateError[] = [];
  new Expander(file, new Map(), null, language, faults).plan();
  return faults;
}

class Expander {
  readonly #blocks: ReadonlyMap<string, BlockNode>;
  readonly #load: LoadFile;
  readonly #language: ExpressionLanguage;
  readonly #places: PlaceTable;
  readonly #assigned = new Set<string>();
  readonly #escapings = new Map<string, Escaping>();
  readonly #fragments: [place: number, fragment: Fragment][] = [];
  #variables: Variables = { assigned: new Set(), used: new Set() };
  #loops = 0;
  #depth = 0;
  #count = 0;
  #isAsync = false;
  /** Takes the faults; `null` to stop at the first one. */
  readonly #faults: TemplateError[] | null;

  constructor(
    file: TemplateFile,
    blocks: ReadonlyMap<string, BlockNode>,
    load: LoadFile,
    language: ExpressionLanguage,
    faults: TemplateError[] | null = null,
  ) {
    this.#faults = faults;
    this.#places = new PlaceTable(file);
    this.#blocks = blocks;
    this.#load = load;
    this.#language = language;
  }

  plan(): Plan {
    const body = this.#body(this.#places.file.body);
    return {
      body,
      variables: this.#variables,
      assigned: this.#assigned,
      isAsync: this.#isAsync,
      files: this.#places.files,
      places: this.#places.rows,
      fragments: this.#fragments,
    };
  }

  #body(nodes: readonly TemplateNode[]): Op[] {
    const ops: Op[] = [];
    this.#append(nodes, ops);
    return ops;
  }

  #append(nodes: readonly TemplateNode[], ops: Op[]): void {
    if (++this.#depth > MAX_NESTING) throw this.#places.limitError(`tags nested more than ${MAX_NESTING} deep`);
    for (const node of nodes) {
      if (this.#faults === null) this.#node(node, ops);
      else this.#check(node, ops, this.#faults);
    }
    this.#depth--;
  }

  #check(node: TemplateNode, ops: Op[], faults: TemplateError[]): void {
    if (node.kind === "include" || node.kind === "extends") return;
    const before = faults.length;
    try {
      this.#node(node, ops);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      // What is within it has not been seen, unless it had faults itself.
      const bodies = node.kind === "control" ? node.clauses.map(({ body }) => body) : "body" in node ? [node.body] : [];
      if (faults.length === before) {
        this.#loops++;
        bodies.forEach((body) => this.#append(body, []));
        this.#loops--;
      }
      faults.push(error);
    }
  }

  #node(node: TemplateNode, ops: Op[]): void {
    if (++this.#count > MAX_NODES) {
      throw this.#places.limitError(`more than ${MAX_NODES} tags and texts, includes counted`);
    }
    switch (node.kind) {
      case "text": {
        const last = ops.at(-1);
        if (last?.op === "text") ops.splice(-1, 1, { op: "text", value: last.value + node.value });
        else ops.push({ op: "text", value: node.value });
        return;
      }
      case "print":
      case "raw":
      case "module":
        return void ops.push(this.#print(node));
      case "set":
      case "import":
        return void ops.push(this.#statement(node));
      case "break":
      case "continue":
        return void ops.push(this.#jump(node));
      case "include":
        return this.#include(node, ops);
      case "extends":
        throw new LoadError(
          "{% extends %} works only at the top level of a template that is not included",
          this.#places.describe(node.at),
        );
      case "apply":
        return void ops.push(this.#apply(node));
      case "block": {
        const block = this.#blocks.get(node.name) ?? node;
        return this.#places.within(block.file, node.at, () => this.#append(block.body, ops));
      }
      case "control":
        return void ops.push(this.#control(node));
    }
  }

  #print({ kind, source }: PrintNode): Op {
    const place = this.#places.add(source.at);
    if (kind === "module") {
      const prefix = "_tt_modules.";
      const value = this.#compile(source, (text) => this.#language.expression(prefix + text), prefix.length);
      return { op: "print", place, value: this.#use(value, source, prefix.length), escape: null };
    }
    const value = this.#use(this.#compile(source, (text) => this.#language.expression(text)), source);
    const name = kind === "raw" ? null : this.#places.file.autoescape;
    // An empty name is what `{% autoescape %}` sets: Tornado then writes the bare value.
    return { op: "print", place, value, escape: name === null || name === "" ? null : this.#escaping(name, source) };
  }

  #escaping(name: string, { at }: Source): Escaping {
    let escaping = this.#escapings.get(name);
    if (escaping === undefined) {
      const source: Source = { text: name, offset: 0, at };
      const fragment = this.#compile(source, (text) => this.#language.callable(text));
      this.#escapings.set(name, escaping = { source: name, fragment });
    }
    this.#use(escaping.fragment, { text: name, offset: 0, at });
    return escaping;
  }

  #statement({ kind, source }: StatementNode): Op {
    const place = this.#places.add(source.at);
    if (kind === "set") {
      const statement = this.#compile(source, (text) => this.#language.statement(text));
      return { op: "run", place, statement: this.#use(statement, source) };
    }
    const imports = this.#compile(source, parseImport);
    for (const { name } of imports) this.#assign(name);
    return { op: "import", place, imports };
  }

  #jump({ kind, source }: JumpNode): Op {
    if (source.text !== "") throw this.#places.syntaxError(source, `nothing may follow '${kind}'`);
    // The parser saw a loop around it, but a block may have been moved out of that.
    if (this.#loops === 0) throw this.#places.syntaxError(source, `'${kind}' outside loop`);
    return { op: kind };
  }

  #include(node: IncludeNode, ops: Op[]): void {
    const file = loadFrom(this.#load, this.#places.file, node);
    this.#places.within(file, node.at, () => this.#append(file.body, ops));
  }

  #apply({ source, body }: ApplyNode): Op {
    const place = this.#places.add(source.at);
    const callable = this.#use(this.#compile(source, (text) => this.#language.callable(text)), source);
    const { text } = source;
    const outer = this.#variables;
    const variables: Variables = { assigned: new Set(), used: new Set() };
    const loops = this.#loops;
    this.#variables = variables;
    this.#loops = 0;
    const ops = this.#body(body);
    this.#variables = outer;
    this.#loops = loops;
    // What is set within is local to it, as to a function in Python.
    for (const name of variables.used) {
      if (this.#language.namesBeforeSet || !variables.assigned.has(name)) outer.used.add(name);
    }
    return { op: "apply", place, source: text, callable, variables, body: ops };
  }

  #control({ clauses }: ControlNode): Op {
    const [first, ...rest] = clauses;
    if (first === undefined) throw new RangeError("a control structure has a first clause");
    switch (first.keyword) {
      case "if":
        return this.#if(first, rest);
      case "for":
        return this.#for(first, rest);
      case "while":
        return this.#while(first, rest);
      default:
        return this.#try(first, rest);
    }
  }

  #if(first: Clause, rest: readonly Clause[]): Op {
    const branches: Branch[] = [];
    let otherwise: Op[] | null = null;
    for (const clause of [first, ...rest]) {
      if (otherwise !== null) throw this.#misplaced(clause);
      if (clause.keyword === "else") {
        this.#requireBare(clause);
        otherwise = this.#body(clause.body);
      } else {
        const place = this.#places.add(clause.source.at);
        branches.push({ place, test: this.#test(clause), body: this.#body(clause.body) });
      }
    }
    return { op: "if", branches, otherwise };
  }

  #for(first: Clause, rest: readonly Clause[]): Op {
    const place = this.#places.add(first.source.at);
    this.#requireSource(first);
    const head = this.#compile(first.source, (text) => this.#language.loop(text, LOOP_VALUE));
    const iterable = this.#use(head.iterable, first.source);
    const target = this.#use(head.target, first.source);
    const body = this.#loop(first);
    return { op: "for", place, iterable, target, body, otherwise: this.#loopElse(rest) };
  }

  #while(first: Clause, rest: readonly Clause[]): Op {
    const place = this.#places.add(first.source.at);
    const test = this.#test(first);
    const body = this.#loop(first);
    return { op: "while", place, test, body, otherwise: this.#loopElse(rest) };
  }

  #loop({ body }: Clause): Op[] {
    this.#loops++;
    const ops = this.#body(body);
    this.#loops--;
    return ops;
  }

  #loopElse([clause, next]: readonly Clause[]): Op[] | null {
    if (clause === undefined) return null;
    if (next !== undefined) throw this.#misplaced(next);
    this.#requireBare(clause);
    return this.#body(clause.body);
  }

  #try(first: Clause, rest: readonly Clause[]): Op {
    this.#requireBare(first);
    const body = this.#body(first.body);
    const handlers: Handler[] = [];
    let otherwise: Op[] | null = null;
    let last: Op[] | null = null;
    for (const clause of rest) {
      if (last !== null) throw this.#misplaced(clause);
      if (clause.keyword === "except") {
        if (otherwise !== null || handlers.at(-1)?.test === null) throw this.#misplaced(clause);
        handlers.push(this.#handler(clause));
      } else {
        this.#requireBare(clause);
        if (clause.keyword === "finally") last = this.#body(clause.body);
        else if (otherwise !== null || handlers.length === 0) throw this.#misplaced(clause);
        else otherwise = this.#body(clause.body);
      }
    }
    if (handlers.length === 0 && last === null) {
      throw this.#places.syntaxError(first.source, "'try' needs an 'except' or a 'finally'");
    }
    return { op: "try", body, error: ERROR, handlers, otherwise, last };
  }

  #handler({ source, body }: Clause): Handler {
    const place = this.#places.add(source.at);
    if (source.text === "") return { place, test: null, name: null, body: this.#body(body) };
    const head = this.#compile(source, (text) => this.#language.except(text, ERROR));
    const { name } = head;
    const test = head.test === null ? null : this.#use(head.test, source);
    if (name !== null) this.#assign(name);
    return { place, test, name, body: this.#body(body) };
  }

  #test(clause: Clause): Fragment {
    this.#requireSource(clause);
    return this.#use(this.#compile(clause.source, (text) => this.#language.test(text)), clause.source);
  }

  #requireSource({ keyword, source }: Clause): void {
    if (source.text === "") throw this.#places.syntaxError(source, `'${keyword}' needs an expression`);
  }

  #requireBare({ keyword, source }: Clause): void {
    if (source.text === "") return;
    const advice = keyword === "else" && source.text.startsWith("if ") ? "; write {% elif x %}" : "";
    throw this.#places.syntaxError(source, `nothing may follow '${keyword}'${advice}`);
  }

  #misplaced({ keyword, source }: Clause): ExpressionSyntaxError {
    return this.#places.syntaxError(source, `'${keyword}' is not allowed here`);
  }

  #compile<T>(source: Source, compile: (text: string) => T, prefix: number = 0): T {
    const known = compiled.get(source);
    // A source has one use, so what is known of it is of this type.
    if (known !== undefined) return known as T;
    try {
      const result = compile(source.text);
      compiled.set(source, result);
      return result;
    } catch (error) {
      if (!(error instanceof LanguageSyntaxError)) throw error;
      throw this.#places.syntaxError(source, error.message, error.offset - prefix, error);
    }
  }

  /**
   * Notes which names a fragment uses; the place of its tag was added last.
   *
   * @param prefix Number of characters before the source that are not in the template.
   * @returns The fragment with the numbers of its places.
   */
  #use(unplaced: Fragment, source: Source, prefix: number = 0): Fragment {
    const place = this.#places.rows.length - 1;
    const parts = unplaced.parts.map((part) =>
      typeof part === "object" && "place" in part
        ? { place: this.#places.addWithin(source, Math.max(0, part.place - prefix)) }
        : part
    );
    const fragment = { ...unplaced, parts };
    this.#fragments.push([place, fragment]);
    if (fragment.isAsync) this.#isAsync = true;
    for (const part of parts) {
      if (typeof part === "string" || "place" in part) continue;
      if (part.use === "write" || part.use === "delete") this.#assign(part.name);
      else this.#variables.used.add(part.name);
    }
    return fragment;
  }

  #assign(name: string): void {
    this.#assigned.add(name);
    this.#variables.assigned.add(name);
    this.#variables.used.add(name);
  }
}
