/** The text of generated code. What the template prints is held back and joined, as fewer concatenations are faster. */
export class CodeWriter {
  #lines: string[] = [];
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

  /** Prints constant text. */
  text(value: string): void {
    if (this.#value === "") this.#before += value;
    else this.#after += value;
  }

  /** Prints the value of an expression, which must be a string that `+` may be put around. */
  value(code: string): void {
    if (this.#value !== "") this.flush();
    this.#value = code;
  }

  /** Whether a value waits, whose variable must not change before it is flushed. */
  get hasValue(): boolean {
    return this.#value !== "";
  }

  flush(): void {
    const parts = [literal(this.#before), this.#value, literal(this.#after)].filter((part) => part !== "");
    if (parts.length > 0) this.#lines.push(`${this.#out}+=${parts.join("+")};`);
    this.#before = this.#value = this.#after = "";
  }

  toString(): string {
    return this.#lines.join("\n");
  }
}

function literal(text: string): string {
  return text === "" ? "" : JSON.stringify(text);
}
