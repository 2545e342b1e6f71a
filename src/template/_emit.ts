import type { ExpressionLanguage, Fragment, NameUse } from "./language.ts";
import { KnownNames } from "./_known.ts";
import { TEMPLATE_NAMES } from "./_names.ts";
import type { ApplyOp, Branch, Escaping, ForOp, Op, Plan, PrintOp, TryOp, WhileOp } from "./_plan.ts";
import { variableName } from "./_variables.ts";
import { CodeWriter } from "./_writer.ts";

/** The parameters of both functions: namespace, namespace of the loader, imports, what makes an error of an error. */
const PARAMETERS = "_t$kw,_t$ns,_t$im,_t$fail";

/**
 * Generates the code of a template: an object literal with two methods, `render`, which returns the output, and `chunks`, a
 * generator that yields it in pieces.
 *
 * Variables that begin with `_t$` are our own: `o` the output, `p` the number of the place where we are, `v` the value in
 * hand, `e` and `r` an escaping function and the pattern of what it replaces. All other variables are names of the template.
 */
export function generateCode(plan: Plan, language: ExpressionLanguage): string {
  const before = plan.isAsync ? "async " : "";
  return [
    "{",
    `${before}render(${PARAMETERS}){`,
    new Emitter(plan, language, false).function(),
    "},",
    `${before}*chunks(${PARAMETERS},_t$z){`,
    new Emitter(plan, language, true).function(),
    "}",
    "}",
  ].join("\n");
}

class Emitter {
  readonly #plan: Plan;
  readonly #language: ExpressionLanguage;
  readonly #isChunked: boolean;
  readonly #code = new CodeWriter("_t$o");
  readonly #escapings: Escaping[] = [];
  #known = new KnownNames();
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
      const name = this.#expression(fragment, "bare");
      return `const _t$e${i}=_t$escaper(${name},${JSON.stringify(source)}),_t$r${i}=_t$pattern(${name});`;
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
    const table = name in TEMPLATE_NAMES ? "_t$names" : name in this.#language.runtime.globals ? "_t$globals" : null;
    if (table !== null) this.#known.add(name);
    const fallback = table === null ? "_t$M" : `${table}[${key}]`;
    return `${variable}=_t$has(_t$kw,${key})?_t$kw[${key}]:_t$has(_t$ns,${key})?_t$ns[${key}]:${fallback};`;
  }

  #ops(ops: readonly Op[]): void {
    for (const op of ops) this.#op(op);
  }

  /** A stretch of code that may be left out or run several times: what it makes known is known only in it. */
  #block(ops: readonly Op[], prepare: () => void = () => {}): void {
    this.#code.flush();
    const outer = this.#known;
    this.#known = new KnownNames(outer);
    prepare();
    this.#ops(ops);
    this.#code.flush();
    this.#known = outer;
  }

  #op(op: Op): void {
    switch (op.op) {
      case "text":
        return this.#code.text(op.value);
      case "print":
        return this.#print(op);
      case "run":
        this.#at(op.place, op.statement);
        this.#code.statement(`(${this.#expression(op.statement)});`);
        return this.#settle(op.statement);
      case "import":
        this.#at(op.place);
        for (const { name, module, member } of op.imports) {
          const names = [module, ...(member === null ? [] : [member])].map((part) => JSON.stringify(part));
          this.#code.statement(`${variableName(name)}=${member === null ? "_t$import" : "_t$from"}(_t$im,${names});`);
          this.#known.add(name);
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
    let shown = this.#expression(value);
    if (rest.length > 0 || typeof only === "string" || only?.use !== "read" || !this.#known.has(only.name)) {
      this.#code.line(`_t$v=${shown};`);
      shown = "_t$v";
    }
    this.#settle(value);
    this.#code.value(escape === null ? this.#raw(shown) : this.#escaped(shown, escape));
    if (this.#tries > 0) this.#code.flush();
  }

  #raw(value: string): string {
    return this.#loops > 0 ? `(typeof ${value}==="string"?${value}:_t$text(${value}))` : `_t$text(${value})`;
  }

  #escaped(value: string, escaping: Escaping): string {
    const { source, fragment } = escaping;
    const [name] = fragment.parts;
    const isName = fragment.parts.length === 1 && typeof name === "object";
    if (!isName || this.#plan.assigned.has(name.name)) {
      return `_t$text(_t$call(${this.#expression(fragment, "inline")},${JSON.stringify(source)})(_t$text(${value})))`;
    }
    let index = this.#escapings.indexOf(escaping);
    if (index < 0) index = this.#escapings.push(escaping) - 1;
    const escape = `_t$e${index}`;
    // In a loop the common case, text with nothing to escape, is worth code of its own; elsewhere code is worth more.
    if (this.#loops === 0) return `${escape}(${value})`;
    return `(typeof ${value}!=="string"||_t$r${index}.test(${value})?${escape}(${value}):${value})`;
  }

  #if(branches: readonly Branch[], otherwise: readonly Op[] | null): void {
    for (const [i, { place, test, body }] of branches.entries()) {
      if (i === 0) {
        this.#at(place, test);
        this.#code.statement(`if(${this.#expression(test)}){`);
        this.#settle(test);
      } else {
        this.#code.line(`}else if(_t$p=${place},${this.#expression(test, "inline")}){`);
      }
      this.#block(body);
    }
    if (otherwise !== null) {
      this.#code.line("}else{");
      this.#block(otherwise);
    }
    this.#code.line("}");
    this.#yieldIfFull();
  }

  #for({ place, iterable, target, body, otherwise }: ForOp): void {
    this.#at(place, iterable);
    const head = `for(const _t$i of ${this.#expression(iterable)}){`;
    this.#settle(iterable);
    this.#loop(place, head, body, otherwise, () => {
      this.#require(target);
      this.#code.line(`${this.#expression(target)};`);
      this.#settle(target);
    });
  }

  #while({ place, test, body, otherwise }: WhileOp): void {
    this.#at(place, test);
    this.#loop(place, `while(_t$p=${place},${this.#expression(test)}){`, body, otherwise, () => this.#settle(test));
  }

  /** Breaking out of a loop passes its else by: then there is a block around both. */
  #loop(place: number, head: string, body: readonly Op[], otherwise: readonly Op[] | null, prepare: () => void): void {
    const label = otherwise === null ? "" : ` _t$l${this.#labels++}`;
    this.#code.statement(label === "" ? head : `${label.trim()}:{\n${head}`);
    this.#jumps.push({ place, label });
    this.#loops++;
    this.#block(body, () => {
      this.#yieldIfFull();
      prepare();
    });
    this.#loops--;
    this.#jumps.pop();
    // What comes next may be an error of the iteration itself.
    this.#code.line(`_t$p=${place};\n}`);
    if (otherwise !== null) {
      this.#block(otherwise);
      this.#code.line("}");
    }
    this.#yieldIfFull();
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
    this.#code.line(`}catch(${error}){const ${origin}=_t$p;`);
    for (const [i, { place, test, name, body }] of handlers.entries()) {
      const condition = test === null ? "" : `if(_t$p=${place},${this.#expression(test, "inline")})`;
      this.#code.line(`${i > 0 ? "else " : ""}${condition}{`);
      this.#block(body, () => {
        if (name === null) return;
        this.#code.line(`${variableName(name)}=${error};`);
        this.#known.add(name);
      });
      this.#code.line("}");
    }
    if (handlers.at(-1)?.test !== null) this.#code.line(`else{_t$p=${origin};throw ${error};}`);
    if (elseLabel !== null) this.#code.line(`break ${elseLabel};`);
    this.#code.line("}");
  }

  #apply({ place, source, callable, variables, body }: ApplyOp): void {
    const id = this.#applies++;
    const locals = [...variables.assigned].map(variableName);
    this.#at(place, callable);
    this.#code.statement(`{const _t$f${id}=_t$call(${this.#expression(callable)},${JSON.stringify(source)});`);
    this.#settle(callable);
    const inherits = this.#language.namesBeforeSet;
    locals.forEach((name, i) => inherits && this.#code.line(`const _t$s${id}_${i}=${name};`));
    this.#code.line(`{let _t$o${id}="";`);
    locals.forEach((name, i) => this.#code.line(`let ${name}=${inherits ? `_t$s${id}_${i}` : "_t$M"};`));
    const outer = { out: this.#code.out, known: this.#known };
    this.#code.out = `_t$o${id}`;
    this.#known = new KnownNames(outer.known, inherits ? new Set() : variables.assigned);
    this.#ops(body);
    this.#code.flush();
    this.#known = outer.known;
    this.#code.out = outer.out;
    this.#code.line(`_t$p=${place};${outer.out}+=_t$text(_t$f${id}(_t$o${id}));}}`);
  }

  /** Goes to a place, and makes sure of the names that a fragment is certain to use there. */
  #at(place: number, fragment?: Fragment): void {
    // A value that waits belongs to the place before; within a try, what was printed before an error stays.
    if (this.#code.hasValue || this.#tries > 0) this.#code.flush();
    this.#code.line(`_t$p=${place};`);
    if (fragment !== undefined) this.#require(fragment);
  }

  #require({ parts }: Fragment): void {
    for (const part of parts) {
      if (typeof part === "string" || part.conditional || (part.use !== "read" && part.use !== "check")) continue;
      if (this.#known.has(part.name)) continue;
      const variable = variableName(part.name);
      this.#code.line(`if(${variable}===_t$M)_t$miss(${JSON.stringify(part.name)});`);
      this.#known.add(part.name);
    }
  }

  /** After a fragment, the names that it is certain to have assigned have values. */
  #settle({ parts }: Fragment): void {
    for (const part of parts) {
      if (typeof part !== "string" && part.use === "write" && !part.conditional) this.#known.add(part.name);
    }
  }

  /**
   * The code of a fragment.
   *
   * @param checks Where names that may be missing are checked: `first`, before the fragment, by `#require`, except what
   * is conditional; `inline`, all where they are used; `bare`, nowhere.
   */
  #expression({ parts }: Fragment, checks: "first" | "inline" | "bare" = "first"): string {
    return parts.map((part) => typeof part === "string" ? part : this.#name(part, checks)).join("");
  }

  #name({ name, use, conditional }: NameUse, checks: "first" | "inline" | "bare"): string {
    const variable = variableName(name);
    const isCertain = use === "write" || checks === "bare" || this.#known.has(name) ||
      (checks === "first" && !conditional && use !== "probe");
    if (isCertain) return use === "check" ? "" : variable;
    const isMissing = `${variable}===_t$M`;
    const fail = `_t$miss(${JSON.stringify(name)})`;
    if (use === "check") return `${isMissing}&&${fail},`;
    return `(${isMissing}?${use === "probe" ? "undefined" : fail}:${variable})`;
  }

  /** Where the generator may hand over what it has; within an apply the output is not there yet. */
  #yieldIfFull(): void {
    if (!this.#isChunked || this.#code.out !== "_t$o") return;
    this.#code.statement('if(_t$o.length>=_t$z){yield _t$o;_t$o="";}');
  }
}
