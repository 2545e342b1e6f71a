/** The names that certainly have a value at one point of the generated code, so that using them needs no check. */
export class KnownNames {
  readonly #names = new Set<string>();
  readonly #outer: KnownNames | null;
  readonly #hidden: ReadonlySet<string>;

  /**
   * @param outer What is known where this stretch of code begins.
   * @param hidden The names that mean something else in here.
   */
  constructor(outer: KnownNames | null = null, hidden: ReadonlySet<string> = new Set()) {
    this.#outer = outer;
    this.#hidden = hidden;
  }

  has(name: string): boolean {
    if (this.#names.has(name)) return true;
    return this.#outer !== null && !this.#hidden.has(name) && this.#outer.has(name);
  }

  add(name: string): void {
    this.#names.add(name);
  }
}
