/** The named types of options, with the types of their values. */
export interface OptionTypes {
  /** Any text. */
  string: string;
  /** An integer. With `multiple`, `1:4` stands for 1, 2, 3, 4. */
  int: number;
  /** A number. */
  float: number;
  /** `false`, `f` and `0` in any case are false, all other texts are true. */
  boolean: boolean;
  /** A date and time of the local time zone in one of Tornado's formats, such as `2013-04-28 05:16`. */
  datetime: Date;
  /** A length of time in seconds, written as `45`, `45s`, `1h 30m` or `2 days`. */
  timedelta: number;
}

/**
 * The type of an option: a name, or a function that turns text into a value and throws if it cannot. The constructors
 * `String`, `Number`, `Boolean` and `Date` stand for `"string"`, `"float"`, `"boolean"` and `"datetime"`.
 */
export type OptionType = keyof OptionTypes | ((text: string) => unknown);

/** The type of one value of an option of type `Type`. */
export type OptionTypeValue<Type> = Type extends keyof OptionTypes ? OptionTypes[Type]
  : Type extends DateConstructor ? Date
  : Type extends (text: string) => infer T ? T
  : never;

/** The type of one value of an option that has a default value and no type. */
export type DefaultTypeValue<Default> = Default extends string ? string
  : Default extends number ? number
  : Default extends boolean ? boolean
  : Default extends Date ? Date
  : string;

/** The default values that an option of type `Type` may have. */
export type AllowedDefault<Type, Multiple> = Multiple extends true
  ? readonly (undefined extends Type ? string : OptionTypeValue<Type>)[] | null
  : (undefined extends Type ? string | number | boolean | Date : OptionTypeValue<Type>) | null;

/** The type of the values in a list of an option, or of the value itself. */
export type OptionItem<Type, Default, Choice> = [Choice] extends [never]
  ? undefined extends Type ? DefaultTypeValue<Default> : OptionTypeValue<Type>
  : Choice;

/** The type of the value of an option: a list with `multiple`, and `null` without a default value. */
export type OptionValue<Type, Default, Multiple, Required, Choice> = Multiple extends true
  ? OptionItem<Type, Default, Choice>[]
  :
    | OptionItem<Type, Default, Choice>
    | (Required extends true ? never : null extends Default ? null : never);

/**
 * Settings of {@linkcode OptionParser.define}.
 *
 * @typeParam Type The type of the option.
 * @typeParam Default The type of its default value.
 * @typeParam Multiple Whether its value is a list.
 * @typeParam Required Whether a value must be given.
 * @typeParam Choice The values to choose from.
 */
export interface OptionSettings<
  Type extends OptionType | undefined,
  Default,
  Multiple extends boolean,
  Required extends boolean,
  Choice,
> {
  /**
   * Value of the option until another one is set.
   *
   * @default {null, with `multiple` []}
   */
  defaultValue?: Default;
  /**
   * Type of the value.
   *
   * @default {the type of `defaultValue`, where a number means "float"; otherwise and with `multiple` "string"}
   */
  type?: Type;
  /**
   * Help text of one or two sentences.
   *
   * @default {none}
   */
  help?: string;
  /**
   * Placeholder for the value in the help.
   *
   * @default {none}
   */
  metavar?: string;
  /**
   * Makes the value a list, which is written with commas.
   *
   * @default {false}
   */
  multiple?: Multiple;
  /**
   * Heading of the option in the help, and its group in {@linkcode OptionParser.groupDict}.
   *
   * @default {the path of the file that defines the option}
   */
  group?: string;
  /**
   * Refuses to end a final parse without a value.
   *
   * @default {false}
   */
  required?: Required;
  /**
   * Hides the value in the help and in errors.
   *
   * @default {false}
   */
  secret?: boolean;
  /**
   * The values that are allowed.
   *
   * @default {all of the type}
   */
  choices?: readonly Choice[];
  /**
   * Is called with each new value, also while a command line is being read.
   *
   * @default {none}
   */
  callback?(value: OptionValue<Type, Default, Multiple, Required, Choice>): void;
}

/** Settings of any option, with the types that only the compiler knows left out. */
export interface AnyOptionSettings {
  readonly defaultValue?: unknown;
  readonly type?: OptionType | undefined;
  readonly help?: string;
  readonly metavar?: string;
  readonly multiple?: boolean;
  readonly group?: string;
  readonly required?: boolean;
  readonly secret?: boolean;
  readonly choices?: readonly unknown[];
  callback?(value: unknown): void;
}
