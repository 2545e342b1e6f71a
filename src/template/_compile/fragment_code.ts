import type { Fragment, NameUse } from "../language.ts";
import { variableName } from "./variable_name.ts";
import type { CodeWriter } from "./code_writer.ts";

/**
 * Where names that may be missing are checked: `first`, before the fragment, by {@linkcode FragmentCode.require},
 * except what is conditional; `inline`, all where they are used; `bare`, nowhere.
 */
export type NameChecks = "first" | "inline" | "bare";

/** Writes the code of fragments, with the checks for missing names that are still needed where the code stands. */
export class FragmentCode {
  readonly #code: CodeWriter;
  #known = new KnownNames();

  constructor(code: CodeWriter) {
    this.#code = code;
  }

  /** Tells whether a name certainly has a value. */
  isKnown(name: string): boolean {
    return this.#known.has(name);
  }

  /** From here on, a name certainly has a value. */
  addKnown(name: string): void {
    this.#known.add(name);
  }

  /**
   * Does work on code that may run never or several times: names that it makes known are known only within it.
   *
   * @param hidden The names that mean something else in there.
   */
  within(work: () => void, hidden: ReadonlySet<string> = new Set()): void {
    const outer = this.#known;
    this.#known = new KnownNames(outer, hidden);
    work();
    this.#known = outer;
  }

  /** Checks the names that a fragment is certain to use. */
  require({ parts }: Fragment): void {
    for (const part of parts) {
      if (
        typeof part === "string" || "place" in part || part.conditional || (part.use !== "read" && part.use !== "check")
      ) continue;
      if (this.#known.has(part.name)) continue;
      const variable = variableName(part.name);
      this.#code.line(`if(${variable}===_t$M)_t$miss(${JSON.stringify(part.name)});`);
      this.#known.add(part.name);
    }
  }

  /** After a fragment, names that it is certain to have assigned have values, and those that it deleted have none. */
  settle({ parts }: Fragment): void {
    for (const part of parts) {
      if (typeof part === "string" || "place" in part) continue;
      if (part.use === "write" && !part.conditional) this.#known.add(part.name);
      else if (part.use === "delete") this.#known.delete(part.name);
    }
  }

  expression({ parts }: Fragment, checks: NameChecks = "first"): string {
    return parts.map((part) => {
      if (typeof part === "string") return part;
      return "place" in part ? `_t$p=${part.place}` : this.#name(part, checks);
    }).join("");
  }

  #name({ name, use, conditional }: NameUse, checks: NameChecks): string {
    const variable = variableName(name);
    const isCertain = use === "write" || use === "delete" || checks === "bare" || this.#known.has(name) ||
      (checks === "first" && !conditional && use !== "probe");
    if (isCertain) return use === "check" ? "" : variable;
    const isMissing = `${variable}===_t$M`;
    const fail = `_t$miss(${JSON.stringify(name)})`;
    if (use === "check") return `${isMissing}&&${fail},`;
    return `(${isMissing}?${use === "probe" ? "void 0" : fail}:${variable})`;
  }
}

/** The names that certainly have a value at one point of the generated code, so that using them needs no check. */
class KnownNames {
  readonly #names = new Set<string>();
  readonly #outer: KnownNames | null;
  readonly #hidden: Set<string>;

  /**
   * @param outer What is known where this stretch of code begins.
   * @param hidden The names that mean something else in here.
   */
  constructor(outer: KnownNames | null = null, hidden: ReadonlySet<string> = new Set()) {
    this.#outer = outer;
    this.#hidden = new Set(hidden);
  }

  has(name: string): boolean {
    if (this.#names.has(name)) return true;
    return this.#outer !== null && !this.#hidden.has(name) && this.#outer.has(name);
  }

  add(name: string): void {
    this.#names.add(name);
  }

  delete(name: string): void {
    this.#names.delete(name);
    this.#hidden.add(name);
  }
}
