import { OptionError } from "./errors.ts";
import type { AnyOptionSettings } from "./types.ts";
import { hasRanges, isFlag, isText, type ValueType, valueType } from "./value_types.ts";

/** Values that all ranges of one text may have: a range is meant for ports and the like, and a typo fills no memory. */
const MAX_RANGE = 1_000_000;

/**
 * An option that has been defined: a handle that knows the type of the value.
 *
 * @typeParam T The type of the value.
 *
 * @example
 * ```ts
 * import { OptionParser } from "@twister/twister/options";
 * import { assertEquals } from "@std/assert";
 * const options = new OptionParser();
 * const port = options.define("port", { defaultValue: 8888, type: "int", help: "Port to listen on" });
 * options.parseCommandLine(["--port=443"]);
 * assertEquals(port.value + 1, 444);
 * ```
 */
export class Option<T> {
  /** Name as it was defined. */
  readonly name: string;
  /** Help text, or `""`. */
  readonly help: string;
  /** Placeholder for the value in the help, or `""`. */
  readonly metavar: string;
  /** Tells whether the value is a list. */
  readonly multiple: boolean;
  /** Heading in the help. */
  readonly group: string;
  /** Path or URL of the file that defined the option, or `""`. */
  readonly fileName: string;
  /** Tells whether a final parse fails without a value. */
  readonly required: boolean;
  /** Tells whether the value is hidden in the help and in errors. */
  readonly secret: boolean;
  /** Value until another one is set; `undefined` if a value must be given. */
  readonly defaultValue: T | undefined;
  readonly #choices: readonly unknown[] | null;
  readonly #type: ValueType;
  readonly #callback: ((value: unknown) => void) | null;
  #value: T | undefined;
  #isSet = false;

  /**
   * Defines an option; programs call `define` instead.
   *
   * @param name Name.
   * @param settings Settings that fit `T`.
   * @param fileName Path or URL of the file that defines the option.
   * @throws {OptionError} The default value is not of the type, or is not one of the choices.
   */
  constructor(name: string, settings: AnyOptionSettings, fileName: string) {
    const { type, multiple = false, choices, required = false, callback } = settings;
    const defaultValue = settings.defaultValue ?? (multiple ? [] : null);
    this.name = name;
    this.help = settings.help ?? "";
    this.metavar = settings.metavar ?? "";
    this.multiple = multiple;
    this.group = settings.group || fileName;
    this.fileName = fileName;
    this.required = required;
    this.secret = settings.secret ?? false;
    this.#choices = choices ?? null;
    this.#callback = callback === undefined ? null : (value) => callback(value);
    this.#type = valueType(type, choices?.[0] ?? (multiple ? undefined : defaultValue));
    const isMissing = required && (multiple ? settings.defaultValue === undefined : defaultValue === null);
    this.defaultValue = isMissing ? undefined : this.#checked(defaultValue, "define");
    this.#value = this.defaultValue;
  }

  /**
   * The value. Setting it checks the type and calls the callback; it does not parse text.
   *
   * @throws {OptionError} The new value is not of the type or not one of the choices; or the value is read, and the
   * option is required and has none.
   */
  get value(): T {
    if (this.#value === undefined) throw new OptionError(`Option "${this.name}" is required and has no value`);
    return this.#value;
  }

  set value(value: T) {
    this.#store(value);
  }

  /** Name as it is written on the command line, in which dashes stand for underscores and capital letters. */
  get dashedName(): string {
    return kebab(this.name);
  }

  /** Tells whether the option has been given a value since it was defined. */
  get isSet(): boolean {
    return this.#isSet;
  }

  /** Tells whether the option is required and has no value. */
  get isMissing(): boolean {
    return this.#value === undefined;
  }

  /** Tells whether the name alone, without a value, means true on the command line. */
  get isFlag(): boolean {
    return isFlag(this.#type);
  }

  /** Tells whether any text is a value, without parsing. */
  get isText(): boolean {
    return isText(this.#type) && !this.multiple;
  }

  /**
   * Sets the value that a text stands for, as on the command line.
   *
   * @param text Text; with `multiple`, values that are separated by commas.
   * @throws {OptionError} The text cannot be read as the type, or is not one of the choices.
   */
  parse(text: string): void {
    if (!this.multiple) return this.#store(this.#parseOne(text));
    let room = MAX_RANGE;
    const items = text.split(",").flatMap((part) => {
      const values = this.#parseItem(part, room);
      if (values.length > 1) room -= values.length;
      return values;
    });
    this.#store(items);
  }

  /**
   * Sets the value until the returned object is disposed of, which brings the present one back. For tests, where
   * Tornado has `mockable`.
   *
   * @example
   * ```ts
   * import { OptionParser } from "@twister/twister/options";
   * import { assertEquals } from "@std/assert";
   * const debug = new OptionParser().define("debug", { defaultValue: false });
   * {
   *   using _debug = debug.override(true);
   *   assertEquals(debug.value, true);
   * }
   * assertEquals(debug.value, false);
   * ```
   *
   * @param value Value for the time being.
   * @returns An object to be disposed of.
   * @throws {OptionError} The value is not of the type or not one of the choices.
   */
  override(value: T): Disposable {
    const [before, wasSet] = [this.#value, this.#isSet];
    this.#store(value);
    return {
      [Symbol.dispose]: () => {
        this.#value = before;
        this.#isSet = wasSet;
        if (before !== undefined) this.#callback?.(before);
      },
    };
  }

  /** Returns the text of the default value for the help; `""` if there is none to show. */
  formatDefault(): string {
    const value: unknown = this.defaultValue ?? "";
    if (value === "" || (Array.isArray(value) && value.length === 0)) return "";
    if (this.secret) return "(secret)";
    return Array.isArray(value) ? value.map(this.#type.format).join(",") : this.#type.format(value);
  }

  /** Returns the choices as text for the help and for errors; `""` if there are none. */
  formatChoices(): string {
    return this.#choices?.map(this.#type.format).join(", ") ?? "";
  }

  #store(value: unknown): void {
    const checked = this.#checked(value, "set");
    this.#value = checked;
    this.#isSet = true;
    this.#callback?.(checked);
  }

  #checked(value: unknown, action: string): T {
    if (!this.#isValue(value)) throw this.#refusal(value, action);
    return value;
  }

  /** `define` derives `T` from the settings that this tests the value by. */
  #isValue(value: unknown): value is T {
    if (this.multiple) return Array.isArray(value) && value.every((item) => this.#isItem(item));
    return value === null ? !this.required : this.#isItem(value);
  }

  #isItem(value: unknown): boolean {
    if (value === null || value === undefined || !this.#type.accepts(value)) return false;
    return this.#choices?.includes(value) ?? true;
  }

  /** Reads one value, or a range of at most `room` values. */
  #parseItem(text: string, room: number): unknown[] {
    const colon = hasRanges(this.#type) ? text.indexOf(":") : -1;
    const first = this.#parseOne(colon < 0 ? text : text.slice(0, colon));
    const last = colon < 0 || colon === text.length - 1 ? first : this.#parseOne(text.slice(colon + 1));
    if (typeof first !== "number" || typeof last !== "number" || colon < 0) return [first];
    if (last - first >= room) throw this.#refusal(text, "set", `ranges of at most ${MAX_RANGE} values`);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  }

  #parseOne(text: string): unknown {
    let value: unknown;
    try {
      value = this.#type.parse(text);
    } catch (error) {
      // The message may quote the text.
      if (this.secret) throw this.#refusal(text, "set");
      const reason = error instanceof Error ? error.message : String(error);
      throw new OptionError(`Cannot set option "${this.name}": ${reason}`, { cause: error });
    }
    if (value === undefined) throw this.#refusal(text, "set");
    return value;
  }

  #refusal(value: unknown, action: string, expected: string = this.#expected()): OptionError {
    const given = this.secret ? "" : `, got ${Deno.inspect(value)}`;
    return new OptionError(`Cannot ${action} option "${this.name}": expected ${expected}${given}`);
  }

  #expected(): string {
    const item = this.#choices === null ? this.#type.description : `one of ${this.formatChoices()}`;
    return this.multiple ? `a list, each item ${item}` : item;
  }
}

/** Returns a name with dashes for underscores: Tornado makes no difference between them. */
export function dashes(name: string): string {
  return name.replaceAll("_", "-");
}

/** Returns a name as the command line shows it: `templatePath` and `template_path` are both `template-path`. */
export function kebab(name: string): string {
  return dashes(name).replace(/([a-z0-9])([A-Z]+)/g, "$1-$2").replace(/-[A-Z]+/g, (word) => word.toLowerCase());
}
