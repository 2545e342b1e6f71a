/**
 * The text of generated code. It holds back and joins the pieces that the template prints, since fewer concatenations
 * are faster.
 */
export class CodeWriter {
  #lines: string[] = [];
  #prefix = "";
  #before = "";
  #value = "";
  #after = "";
  #out: string;

  /** @param out The variable that collects the output. */
  constructor(out: string) {
    this.#out = out;
  }

  /** The variable that collects the output; flush before it changes. */
  get out(): string {
    return this.#out;
  }

  set out(name: string) {
    this.#out = name;
  }

  /** Adds statements that do not touch the output. */
  line(code: string): void {
    this.#lines.push(code);
  }

  /** Adds statements that may: everything printed before comes first. */
  statement(code: string): void {
    this.flush();
    this.#lines.push(code);
  }

  text(value: string): void {
    if (this.#value === "") this.#before += value;
    else this.#after += value;
  }

  /** Prints a variable in front of the text and value that come next; nothing may wait. */
  prefix(variable: string): void {
    this.#prefix = variable;
  }

  /** Takes back the constant text that waits and has no value after it, to be printed otherwise. */
  takeText(): string {
    const text = this.#value === "" ? this.#before : this.#after;
    if (this.#value === "") this.#before = "";
    else this.#after = "";
    return text;
  }

  /** Prints the value of an expression, which must be a string that `+` may be put around. */
  value(code: string): void {
    if (this.#value !== "") this.flush();
    this.#value = code;
  }

  /** Tells whether a value waits, whose variable must not change before it is flushed. */
  get hasValue(): boolean {
    return this.#value !== "";
  }

  flush(): void {
    const parts = [this.#prefix, literal(this.#before), this.#value, literal(this.#after)].filter((part) =>
      part !== ""
    );
    if (parts.length > 0) this.#lines.push(`${this.#out}+=${parts.join("+")};`);
    this.#prefix =
      this.#before =
      this.#value =
      this.#after =
        "";
  }

  toString(): string {
    return this.#lines.join("\n");
  }
}

/** A constant text as a term of a sum; nothing if it is empty. */
function literal(text: string): string {
  return text === "" ? "" : JSON.stringify(text);
}
