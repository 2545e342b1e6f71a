import { countBelow } from "../_compile/place_table.ts";
import { variableName } from "../_compile/variable_name.ts";
import type { Fragment, NameUse, PlaceMark } from "../language.ts";

/** The names that a lambda or a comprehension binds. */
interface Scope {
  readonly names: ReadonlySet<string>;
  /** Those that may have no value yet where we are. */
  readonly pending: Set<string>;
}

/** Collects the code of a fragment, and knows which names are bound where it is and what has run before it. */
export abstract class FragmentWriter {
  readonly #parts: (string | NameUse | PlaceMark)[] = [];
  /** Offsets of the line ends of the source. */
  readonly #lineEnds: readonly number[];
  /** Offset of the part of the source that the code before us last marked as the one that runs; -1 to mark none. */
  #marked: number;
  /** The names bound around the place where we are, innermost last. */
  readonly #scopes: Scope[] = [];
  /** The number of parts around us that may not be evaluated. */
  #conditional = 0;
  /** The names that the code so far sets when it runs: whether they have a value is not known before all of it. */
  readonly #set = new Set<string>();
  /** True once the code so far does something that may fail: names after it are looked up after it. */
  #mayHaveFailed = false;
  #temporaries = 0;

  constructor(source: string) {
    this.#lineEnds = Array.from(source.matchAll(/\n/g), ({ index }) => index);
    this.#marked = this.#lineEnds.length > 0 ? 0 : -1;
  }

  fragment(): Fragment {
    const parts: (string | NameUse | PlaceMark)[] = [];
    for (const part of this.#parts) {
      const last = parts.at(-1);
      if (typeof part === "string" && typeof last === "string") parts.splice(-1, 1, last + part);
      else parts.push(part);
    }
    return { parts, isAsync: false };
  }

  /** Offset that was marked last. */
  protected get marked(): number {
    return this.#marked;
  }

  /** Writes an expression that notes where the template is. */
  protected mark(offset: number): void {
    this.#marked = offset;
    this.#parts.push({ place: offset });
  }

  /** Tells whether a line other than the marked one must be marked for an offset. */
  protected isInOtherLine(offset: number): boolean {
    return this.#marked >= 0 && this.#lineOf(offset) !== this.#lineOf(this.#marked);
  }

  #lineOf(offset: number): number {
    return countBelow(this.#lineEnds, offset);
  }

  /** Writes code that runs later than that around it, and so must not note where it is. */
  protected unmarked(write: () => void): void {
    const marked = this.#marked;
    this.#marked = -1;
    write();
    this.#marked = marked;
  }

  /**
   * Writes a name.
   *
   * @param inner Number of scopes to look through: an assignment expression binds outside of comprehensions.
   */
  protected name(name: string, use: NameUse["use"], inner: number = this.#scopes.length): void {
    const scope = this.#scopes.slice(0, inner).findLast(({ names }) => names.has(name));
    if (scope !== undefined) {
      if (use === "check") return;
      const variable = variableName(name);
      return this.text(use === "read" && scope.pending.has(name) ? `_t$bound(${variable},"${name}")` : variable);
    }
    // In a later line, the name is looked up once that line is noted.
    const isLate = use !== "write" && (this.#mayHaveFailed || this.#set.has(name) || this.#lineOf(this.#marked) > 0);
    this.#parts.push({ name, use, conditional: this.#conditional > 0 || isLate });
  }

  /** Notes that code which was written sets a name. */
  protected hasSet(name: string): void {
    this.#set.add(name);
  }

  /** Notes that names of the innermost function have a value from here on. */
  protected settle(names: ReadonlySet<string>): void {
    for (const name of names) this.#scopes.at(-1)?.pending.delete(name);
  }

  protected isBound(name: string): boolean {
    const scope = this.#scopes.findLast(({ names }) => names.has(name));
    return scope !== undefined && !scope.pending.has(name);
  }

  /** Notes that the code so far does something that may fail. */
  protected mayFail(): void {
    this.#mayHaveFailed = true;
  }

  protected bracketed(write: () => void): void {
    this.text("(");
    write();
    this.text(")");
  }

  /** Writes code that may not be evaluated. */
  protected maybe(write: () => void): void {
    this.#conditional++;
    write();
    this.#conditional--;
  }

  /**
   * Writes the body of a function that binds names.
   *
   * @param pending Those that have no value before the body gives them one.
   */
  protected within(names: ReadonlySet<string>, write: () => void, pending: ReadonlySet<string> = new Set()): void {
    const mayHaveFailed = this.#mayHaveFailed;
    this.#scopes.push({ names, pending: new Set(pending) });
    this.maybe(write);
    this.#scopes.pop();
    this.#mayHaveFailed = mayHaveFailed;
  }

  protected temporary(): string {
    return `_t$y${this.#temporaries++}`;
  }

  protected text(text: string): void {
    this.#parts.push(text);
  }
}
