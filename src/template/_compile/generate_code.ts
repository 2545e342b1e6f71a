import { FragmentCode } from "./fragment_code.ts";
import type { ExpressionLanguage, Fragment } from "../language.ts";
import { TEMPLATE_NAMES } from "../_runtime/template_names.ts";
import type { ApplyOp, Branch, Escaping, ForOp, Op, Plan, PrintOp, TryOp, WhileOp } from "./plan.ts";
import { variableName } from "./variable_name.ts";
import { CodeWriter } from "./code_writer.ts";

/** The parameters of both methods: namespace, namespace of the loader, imports, what makes an error of an error. */
const PARAMETERS = "_t$kw,_t$ns,_t$im,_t$fail";

/**
 * Generates the code of a template: a method `render`, which returns the output, or `chunks`, a generator that yields
 * it in pieces.
 *
 * Variables that begin with `_t$` are our own: `o` the output, `p` the number of the place where we are, `v` the value
 * in hand, `e` an escaping function, with `r` a pattern for text that it changes and `c` what changes that. All other
 * variables are names of the template.
 */
export function generateMethod(plan: Plan, language: ExpressionLanguage, method: "render" | "chunks"): string {
  const isChunked = method === "chunks";
  const head = `${plan.isAsync ? "async " : ""}${isChunked ? "*" : ""}${method}(${PARAMETERS}${
    isChunked ? ",_t$z" : ""
  })`;
  return `${head}{\n${new Emitter(plan, language, isChunked).function()}\n}`;
}

class Emitter {
  readonly #plan: Plan;
  readonly #language: ExpressionLanguage;
  readonly #isChunked: boolean;
  readonly #code = new CodeWriter("_t$o");
  readonly #fragments = new FragmentCode(this.#code);
  readonly #escapings: Escaping[] = [];
  /** Of those, the ones used in a loop. */
  readonly #inlined = new Set<number>();
  #loops = 0;
  #tries = 0;
  #applies = 0;
  #labels = 0;
  /** For each loop that we are in, its place and what `{% break %}` leaves. */
  readonly #jumps: { place: number; label: string }[] = [];

  constructor(plan: Plan, language: ExpressionLanguage, isChunked: boolean) {
    this.#plan = plan;
    this.#language = language;
    this.#isChunked = isChunked;
  }

  function(): string {
    const { body, variables } = this.#plan;
    const names = [...variables.used].map((name) => this.#declare(name));
    this.#ops(body);
    this.#code.flush();
    const escapings = this.#escapings.map(({ source, fragment }, i) => {
      const name = this.#fragments.expression(fragment, "bare");
      const escaper = `const _t$e${i}=_t$escaper(${name},${JSON.stringify(source)})`;
      if (!this.#inlined.has(i)) return `${escaper};`;
      return `${escaper},_t$r${i}=_t$pattern(${name}),_t$c${i}=_t$changer(${name},_t$e${i});`;
    });
    return [
      'let _t$p=0,_t$v,_t$o="";',
      "try{",
      ...names,
      ...escapings,
      this.#code,
      this.#isChunked ? 'if(_t$o!=="")yield _t$o;' : "return _t$o;",
      "}catch(_t$x){throw _t$fail(_t$x,_t$p);}",
    ].join("\n");
  }

  /** Looks a name up, once for each rendering. */
  #declare(name: string): string {
    const key = JSON.stringify(name);
    const isAssigned = this.#plan.variables.assigned.has(name);
    const variable = `${isAssigned ? "let" : "const"} ${variableName(name)}`;
    if (isAssigned && !this.#language.namesBeforeSet) return `${variable}=_t$M;`;
    const table = name in this.#language.runtime.globals ? "_t$globals" : name in TEMPLATE_NAMES ? "_t$names" : null;
    if (table !== null) this.#fragments.addKnown(name);
    const fallback = table === null ? "_t$M" : `${table}[${key}]`;
    return `${variable}=_t$has(_t$kw,${key})?_t$kw[${key}]:_t$has(_t$ns,${key})?_t$ns[${key}]:${fallback};`;
  }

  #ops(ops: readonly Op[]): void {
    for (const op of ops) this.#op(op);
  }

  /** Writes code that may run never or several times: names that it makes known are known only within it. */
  #block(ops: readonly Op[], prepare: () => void = () => {}): void {
    this.#code.flush();
    this.#fragments.within(() => {
      prepare();
      this.#ops(ops);
      this.#code.flush();
    });
  }

  #op(op: Op): void {
    switch (op.op) {
      case "text":
        return this.#code.text(op.value);
      case "print":
        return this.#print(op);
      case "run":
        this.#at(op.place, op.statement);
        this.#code.statement(`(${this.#fragments.expression(op.statement)});`);
        return this.#fragments.settle(op.statement);
      case "import":
        this.#at(op.place);
        for (const { name, module, member, isTop } of op.imports) {
          const names = [module, ...(member === null ? [] : [member])].map((part) => JSON.stringify(part));
          const find = member !== null ? "_t$from" : isTop ? "_t$importtop" : "_t$import";
          this.#code.statement(`${variableName(name)}=${find}(_t$im,${names});`);
          this.#fragments.addKnown(name);
        }
        return;
      case "break":
        return this.#code.statement(`break${this.#jumps.at(-1)?.label ?? ""};`);
      case "continue":
        return this.#code.statement(`_t$p=${this.#jumps.at(-1)?.place ?? 0};continue;`);
      case "if":
        return this.#if(op.branches, op.otherwise);
      case "for":
        return this.#for(op);
      case "while":
        return this.#while(op);
      case "try":
        return this.#try(op);
      case "apply":
        return this.#apply(op);
    }
  }

  #print({ place, value, escape }: PrintOp): void {
    this.#at(place, value);
    const [only, ...rest] = value.parts;
    let shown = this.#fragments.expression(value);
    if (
      rest.length > 0 || typeof only === "string" || only === undefined || "place" in only || only.use !== "read" ||
      !this.#fragments.isKnown(only.name)
    ) {
      this.#code.line(`_t$v=${shown};`);
      shown = "_t$v";
    }
    this.#fragments.settle(value);
    this.#code.value(escape === null ? this.#raw(shown) : this.#escaped(shown, escape));
    if (this.#tries > 0) this.#code.flush();
  }

  #raw(value: string): string {
    return this.#loops > 0 ? `(typeof ${value}==="string"?${value}:_t$text(${value}))` : `_t$text(${value})`;
  }

  #escaped(value: string, escaping: Escaping): string {
    const { source, fragment } = escaping;
    const [name] = fragment.parts;
    const isName = fragment.parts.length === 1 && typeof name === "object" && "name" in name;
    if (!isName || this.#plan.assigned.has(name.name)) {
      return `_t$text(_t$call(${this.#fragments.expression(fragment, "inline")},${
        JSON.stringify(source)
      })(_t$text(${value})))`;
    }
    let index = this.#escapings.indexOf(escaping);
    if (index < 0) index = this.#escapings.push(escaping) - 1;
    const escape = `_t$e${index}`;
    // In a loop the common case, text with nothing to escape, is worth code of its own; elsewhere code is worth more.
    if (this.#loops === 0) return `${escape}(${value})`;
    this.#inlined.add(index);
    return `(typeof ${value}!=="string"?${escape}(${value}):_t$r${index}.test(${value})?_t$c${index}(${value}):${value})`;
  }

  #if(branches: readonly Branch[], otherwise: readonly Op[] | null): void {
    const [first, ...more] = branches;
    if (first === undefined) return;
    this.#at(first.place, first.test);
    if (more.length > 0) this.#elseIf(branches, otherwise);
    else {
      this.#branch(first);
      if (otherwise !== null) {
        this.#code.line("else{");
        this.#block(otherwise);
        this.#code.line("}");
      }
    }
    this.#yieldIfFull();
  }

  /** A row of conditions in a block to break out of: an else in an else in an else would fill the engine's stack. */
  #elseIf(branches: readonly Branch[], otherwise: readonly Op[] | null): void {
    const label = `_t$l${this.#labels++}`;
    this.#code.statement(`${label}:{`);
    this.#fragments.within(() => {
      for (const [i, branch] of branches.entries()) {
        if (i > 0) this.#at(branch.place, branch.test);
        this.#branch(branch, `break ${label};`);
      }
      this.#block(otherwise ?? []);
    });
    this.#code.line("}");
  }

  #branch({ test, body }: Pick<Branch, "test" | "body">, end: string = ""): void {
    this.#code.statement(`if(${this.#fragments.expression(test)}){`);
    this.#fragments.settle(test);
    this.#block(body);
    this.#code.line(`${end}}`);
  }

  #for({ place, iterable, target, body, otherwise }: ForOp): void {
    this.#at(place, iterable);
    const head = `for(const _t$i of ${this.#fragments.expression(iterable)}){`;
    this.#fragments.settle(iterable);
    this.#loop(place, head, body, otherwise, () => {
      this.#fragments.require(target);
      this.#code.line(`${this.#fragments.expression(target)};`);
      this.#fragments.settle(target);
    });
  }

  #while({ place, test, body, otherwise }: WhileOp): void {
    this.#at(place, test);
    this.#loop(
      place,
      `while(_t$p=${place},${this.#fragments.expression(test)}){`,
      body,
      otherwise,
      () => this.#fragments.settle(test),
    );
  }

  #loop(place: number, head: string, body: readonly Op[], otherwise: readonly Op[] | null, prepare: () => void): void {
    const seam = this.#tries === 0 && otherwise === null ? seamOf(body) : null;
    if (seam !== null) return this.#seamedLoop(place, head, seam, prepare);
    // Breaking out of a loop passes its else by: then there is a block around both.
    const label = otherwise === null ? "" : ` _t$l${this.#labels++}`;
    this.#code.statement(label === "" ? head : `${label.trim()}:{\n${head}`);
    this.#iteration(place, label, body, prepare);
    if (otherwise !== null) {
      this.#block(otherwise);
      this.#code.line("}");
    }
    this.#yieldIfFull();
  }

  /**
   * Most loops begin and end in constant text: `<td>`, value, `</td>`. Then the end of one iteration and the beginning
   * of the next are printed together, which saves every third concatenation.
   */
  #seamedLoop(place: number, head: string, { first, body, last }: Seam, prepare: () => void): void {
    const seam = `_t$w${this.#labels++}`;
    const before = this.#code.takeText();
    const start = JSON.stringify(before + first);
    this.#code.statement(`let ${seam}=${start};\n${head}`);
    this.#iteration(place, "", body, () => {
      prepare();
      this.#code.prefix(seam);
    }, `${seam}=${JSON.stringify(last + first)};`);
    // If there was no iteration, what stood before the loop still waits.
    this.#code.value(`(${seam}===${start}?${JSON.stringify(before)}:${JSON.stringify(last)})`);
    this.#yieldIfFull();
  }

  #iteration(place: number, label: string, body: readonly Op[], prepare: () => void, end: string = ""): void {
    this.#jumps.push({ place, label });
    this.#loops++;
    this.#block(body, () => {
      this.#yieldIfFull();
      prepare();
    });
    this.#loops--;
    this.#jumps.pop();
    // What comes next may be an error of the iteration itself.
    this.#code.line(`${end}_t$p=${place};\n}`);
  }

  #try({ body, error, handlers, otherwise, last }: TryOp): void {
    const label = `_t$l${this.#labels++}`;
    this.#code.flush();
    if (last !== null) this.#code.line("try{");
    if (otherwise !== null) this.#code.line(`${label}:{`);
    if (handlers.length > 0) this.#code.line("try{");
    this.#tries++;
    this.#block(body);
    this.#tries--;
    if (handlers.length > 0) this.#handlers(error, handlers, otherwise === null ? null : label);
    if (otherwise !== null) {
      this.#block(otherwise);
      this.#code.line("}");
    }
    if (last !== null) {
      const place = `_t$q${this.#labels++}`;
      this.#code.line(`}finally{const ${place}=_t$p;`);
      this.#block(last);
      this.#code.line(`_t$p=${place};}`);
    }
    this.#yieldIfFull();
  }

  #handlers(error: string, handlers: TryOp["handlers"], elseLabel: string | null): void {
    const origin = `_t$q${this.#labels++}`;
    const label = `_t$l${this.#labels++}`;
    this.#code.line(`}catch(${error}){const ${origin}=_t$p;${label}:{`);
    for (const { place, test, name, body } of handlers) {
      const condition = test === null ? "" : `if(_t$p=${place},${this.#fragments.expression(test, "inline")})`;
      this.#code.line(`${condition}{`);
      this.#block(body, () => {
        if (name === null) return;
        this.#code.line(`${variableName(name)}=${error};`);
        this.#fragments.addKnown(name);
      });
      // As in Python, the name is gone after the clause.
      if (name !== null && !this.#language.namesBeforeSet) this.#code.line(`${variableName(name)}=_t$M;`);
      this.#code.line(`break ${label};}`);
    }
    this.#code.line(`_t$p=${origin};throw ${error};}`);
    if (elseLabel !== null) this.#code.line(`break ${elseLabel};`);
    this.#code.line("}");
  }

  #apply({ place, source, callable, variables, body }: ApplyOp): void {
    const id = this.#applies++;
    const locals = [...variables.assigned].map(variableName);
    this.#at(place, callable);
    this.#code.statement(
      `{const _t$f${id}=_t$call(${this.#fragments.expression(callable)},${JSON.stringify(source)});`,
    );
    this.#fragments.settle(callable);
    const inherits = this.#language.namesBeforeSet;
    locals.forEach((name, i) => inherits && this.#code.line(`const _t$s${id}_${i}=${name};`));
    this.#code.line(`{let _t$o${id}="";`);
    locals.forEach((name, i) => this.#code.line(`let ${name}=${inherits ? `_t$s${id}_${i}` : "_t$M"};`));
    const { out } = this.#code;
    this.#code.out = `_t$o${id}`;
    this.#fragments.within(() => {
      this.#ops(body);
      this.#code.flush();
    }, inherits ? new Set() : variables.assigned);
    this.#code.out = out;
    this.#code.line(`_t$p=${place};${out}+=_t$text(_t$f${id}(_t$o${id}));}}`);
  }

  /** Goes to a place, and makes sure of the names that a fragment is certain to use there. */
  #at(place: number, fragment?: Fragment): void {
    // A value that waits belongs to the place before; within a try, what was printed before an error stays.
    if (this.#code.hasValue || this.#tries > 0) this.#code.flush();
    this.#code.line(`_t$p=${place};`);
    if (fragment !== undefined) this.#fragments.require(fragment);
  }

  /** Lets the generator yield its output, except within an apply, whose function still needs it. */
  #yieldIfFull(): void {
    if (!this.#isChunked || this.#code.out !== "_t$o") return;
    this.#code.statement('if(_t$o.length>=_t$z){yield _t$o;_t$o="";}');
  }
}

/** The body of a loop that begins and ends in constant text. */
interface Seam {
  readonly first: string;
  /** What is between; it begins with a value to print. */
  readonly body: readonly Op[];
  readonly last: string;
}

/** Splits the body of a loop, if it has the form and every iteration gets to its end. */
function seamOf(ops: readonly Op[]): Seam | null {
  const [first, second] = ops;
  const last = ops.at(-1);
  if (first?.op !== "text" || second?.op !== "print" || last?.op !== "text" || hasJump(ops)) return null;
  return { first: first.value, body: ops.slice(1, -1), last: last.value };
}

/** Tells whether there is a break or continue that belongs to the loop around. */
function hasJump(ops: readonly Op[]): boolean {
  return ops.some((op) => {
    switch (op.op) {
      case "break":
      case "continue":
        return true;
      case "if":
        return op.branches.some(({ body }) => hasJump(body)) || hasJump(op.otherwise ?? []);
      case "for":
      case "while":
        // In its else, the inner loop is over.
        return hasJump(op.otherwise ?? []);
      case "try":
        return [op.body, op.otherwise ?? [], op.last ?? [], ...op.handlers.map(({ body }) => body)].some(hasJump);
      default:
        return false;
    }
  });
}
