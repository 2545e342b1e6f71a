import { fileURLToPath } from "node:url";
import { importModule } from "../../internal/import_module.ts";
import { findCallerOf } from "../_log/call_site.ts";
import { readConfigFile } from "./config_file.ts";
import { HelpRequested, OptionError } from "./errors.ts";
import { formatHelp } from "./help.ts";
import { NamedValues } from "./named_values.ts";
import { dashes, kebab, Option } from "./option.ts";
import type { AllowedDefault, OptionSettings, OptionType, OptionValue } from "./types.ts";

/** Options of an {@linkcode OptionParser}. */
export interface OptionParserOptions {
  /**
   * Name of the program in the help.
   *
   * @default {the name of the main module}
   */
  program?: string;
  /**
   * Prints the help that `--help` and unknown options cause.
   *
   * @default {prints to standard error}
   */
  print?: (text: string) => void;
}

/** A place to which text can be written synchronously, such as `Deno.stdout`. */
export interface HelpWriter {
  /** Writes bytes and returns how many were taken. */
  writeSync(bytes: Uint8Array): number;
}

/** The files whose frames lie between the call of `define` and its implementation. */
const OWN_FOLDER = new URL("./", import.meta.url).href;
const OWN_ENTRY = new URL("../options.ts", import.meta.url).href;

/**
 * A collection of options, and the readers of command line, environment and config files. Tornado's `OptionParser`.
 *
 * `define` returns a handle whose `value` has the type of the option. As in Tornado, the value is also a property of
 * the parser, where the compiler does not know its type: `options.logFilePrefix`, `options["log-file-prefix"]` and
 * `options.log_file_prefix` are the same option.
 *
 * @example
 * ```ts
 * import { OptionParser } from "@twister/twister/options";
 * import { assertEquals } from "@std/assert";
 *
 * const options = new OptionParser();
 * const port = options.define("port", { defaultValue: 8888, type: "int", help: "Port to listen on" });
 * const hosts = options.define("memcache_hosts", { multiple: true });
 * const rest = options.parseCommandLine(["--port=80", "--memcache-hosts=a:1,b:2", "start"]);
 * assertEquals([port.value, hosts.value, rest], [80, ["a:1", "b:2"], ["start"]]);
 * assertEquals(options.memcacheHosts, ["a:1", "b:2"]);
 * ```
 */
export class OptionParser extends NamedValues {
  readonly #options = new Set<Option<unknown>>();
  /** By name with dashes, and by the dashed form of a camelCase name. */
  readonly #byName = new Map<string, Option<unknown>>();
  readonly #parseCallbacks: (() => void)[] = [];
  readonly #program: string | null;
  readonly #print: (text: string) => void;

  /**
   * Makes a parser whose only option is `--help`.
   *
   * @param options Name of the program, and where its help is printed.
   */
  constructor(options: OptionParserOptions = {}) {
    super();
    const { program = null, print = (text) => printTo(Deno.stderr, text) } = options;
    this.#program = program;
    this.#print = print;
    this.#add(new Option("help", { type: "boolean", help: "show this help information", callback: this.#help }, ""));
  }

  /**
   * Defines an option. A name may have dashes, underscores or, for settings of an application, camelCase.
   *
   * @param name Name, which must be unique in the parser.
   * @param settings Default value, type, help and more.
   * @returns A handle of the option.
   * @throws {OptionError} The name is taken, or the default value is not of the type.
   */
  define<
    const Type extends OptionType | undefined,
    Default extends AllowedDefault<Type, Multiple> = null,
    const Multiple extends boolean = false,
    const Required extends boolean = false,
    const Choice = never,
  >(
    name: string,
    settings: OptionSettings<Type, Default, Multiple, Required, Choice> = {},
  ): Option<OptionValue<Type, Default, Multiple, Required, Choice>> {
    const other = this.#byName.get(dashes(name)) ?? this.#byName.get(kebab(name));
    if (other !== undefined) {
      throw new OptionError(`Option "${dashes(name)}" already defined in ${other.fileName || "the parser"}`);
    }
    const caller = findCallerOf((file) => file.startsWith(OWN_FOLDER) || file === OWN_ENTRY);
    const option = new Option<OptionValue<Type, Default, Multiple, Required, Choice>>(name, settings, filePath(caller));
    this.#add(option);
    return option;
  }

  /**
   * Returns whether an option is defined.
   *
   * @param name Name with dashes or underscores, or in camelCase.
   * @returns `true` if it is.
   */
  override has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  /**
   * Returns the value of an option.
   *
   * @param name Name with dashes or underscores, or in camelCase.
   * @returns The value.
   * @throws {OptionError} The option is not defined; or it is required and has no value.
   */
  override get(name: string): unknown {
    return this.#require(name).value;
  }

  /**
   * Sets the value of an option. Text is not parsed.
   *
   * @param name Name with dashes or underscores, or in camelCase.
   * @param value Value of the option's type.
   * @throws {OptionError} The option is not defined, or the value is not of its type.
   */
  override set(name: string, value: unknown): void {
    this.#require(name).value = value;
  }

  /** Iterates over the names of the options, as they were defined. */
  *[Symbol.iterator](): IterableIterator<string> {
    for (const option of this.#options) yield option.name;
  }

  /**
   * Returns the options that have a value.
   *
   * @returns Pairs of name and value, in the order of the definitions.
   */
  items(): [string, unknown][] {
    return [...this.#options].filter((option) => !option.isMissing).map((option) => [option.name, option.value]);
  }

  /**
   * Returns the groups of the options. The group of `--help` is `""`.
   *
   * @returns A new set.
   */
  groups(): Set<string> {
    return new Set(Array.from(this.#options, (option) => option.group));
  }

  /**
   * Returns the values of the options of a group, for example as settings of an application.
   *
   * @param group Name of the group; `""` for all options.
   * @returns A new object, by names as they were defined.
   */
  groupDict(group: string): Record<string, unknown> {
    const members = [...this.#options].filter((option) => group === "" || option.group === group);
    const names = new Set(members.map((option) => option.name));
    return Object.fromEntries(this.items().filter(([name]) => names.has(name)));
  }

  /**
   * Returns the values of all options.
   *
   * @returns A new object, by names as they were defined.
   */
  asDict(): Record<string, unknown> {
    return Object.fromEntries(this.items());
  }

  /**
   * Reads options from a command line, up to the first argument without a dash in front or `--`.
   *
   * An option is written `--name=value` or `-name=value`; a boolean one also `--name`.
   *
   * @param args Arguments without the name of the program.
   * @param final Whether to check required options and run the parse callbacks.
   * @returns The arguments after the options.
   * @throws {HelpRequested} There was `--help`, and the help has been printed.
   * @throws {OptionError} An option is not defined, lacks its value or cannot have it; or, in a final parse, a required
   * option has no value.
   */
  parseCommandLine(args: readonly string[] = Deno.args, final: boolean = true): string[] {
    let rest = args.findIndex((arg) => !arg.startsWith("-") || arg === "--");
    if (rest < 0) rest = args.length;
    for (const arg of args.slice(0, rest)) this.#parseArgument(arg);
    if (final) this.#finish();
    return args.slice(args[rest] === "--" ? rest + 1 : rest);
  }

  /**
   * Reads options from environment variables: `log-level` with the prefix `APP` from `APP_LOG_LEVEL`.
   *
   * An empty variable counts only for an option that is text. The program needs `--allow-env=APP_*`.
   *
   * @param prefix Prefix of the names, with or without an underscore at its end; `""` for none.
   * @param final Whether to check required options and run the parse callbacks.
   * @throws {OptionError} A value is not of the option's type; or, in a final parse, a required option has no value.
   */
  parseEnvironment(prefix: string, final: boolean = true): void {
    const start = prefix === "" || prefix.endsWith("_") ? prefix : `${prefix}_`;
    for (const option of this.#options) {
      if (option.name === "help") continue;
      const text = Deno.env.get(start + option.dashedName.replaceAll("-", "_").toUpperCase());
      if (text !== undefined && (text !== "" || option.isText)) option.parse(text);
    }
    if (final) this.#finish();
  }

  /**
   * Reads options from a file: JSON if its name ends in `.json` or `.jsonc`, which may have comments and trailing
   * commas, otherwise a config file of Tornado.
   *
   * The latter is Python. It is never executed, but read: it may assign literals, such as `port = 80` and
   * `hosts = ["a", "b"]`, names that were assigned before, and sums and products of them. `__file__` is the absolute
   * path of the file. Other names are ignored. See `parseConfigDict` for the values.
   *
   * @param path Path of the file.
   * @param final Whether to check required options and run the parse callbacks.
   * @throws {ConfigFileError} The file has a call or something else that is not a literal, or is malformed.
   * @throws {OptionError} A value is not of the option's type; or, in a final parse, a required option has no value.
   * @throws {Error} The file cannot be read: one of `Deno.errors`.
   */
  parseConfigFile(path: string, final: boolean = true): void {
    this.#assignAll(readConfigFile(path));
    if (final) this.#finish();
  }

  /**
   * Sets options from an object, such as parsed YAML or TOML. Names of other things are ignored.
   *
   * Text is parsed as on the command line if the option is not text itself; other values must be of the option's type.
   *
   * @param values Values by name.
   * @param final Whether to check required options and run the parse callbacks.
   * @throws {OptionError} A value is not of the option's type; or, in a final parse, a required option has no value.
   */
  parseConfigDict(values: Readonly<Record<string, unknown>>, final: boolean = true): void {
    this.#assignAll(Object.entries(values));
    if (final) this.#finish();
  }

  /**
   * Sets options from the exports of a module, which may be functions and anything else that a file of literals cannot
   * have. The module is executed.
   *
   * @param url URL of the module, for example `import.meta.resolve("./config.ts")`.
   * @param final Whether to check required options and run the parse callbacks.
   * @throws {TypeError} The module does not exist, or the URL is not absolute.
   * @throws {OptionError} A value is not of the option's type; or, in a final parse, a required option has no value.
   */
  async loadConfigModule(url: string | URL, final: boolean = true): Promise<void> {
    const { default: values, ...named }: { default?: unknown } = await importModule(new URL(url).href);
    if (typeof values === "object" && values !== null) this.parseConfigDict({ ...values }, false);
    this.parseConfigDict(named, final);
  }

  /**
   * Returns the help: all options by group, with Tornado's columns.
   *
   * @returns Text of several lines.
   */
  formatHelp(): string {
    return formatHelp(this.#program ?? filePath({ pathname: Deno.mainModule }).replace(/^.*\//, ""), this.#options);
  }

  /**
   * Prints the help.
   *
   * @param file Where to print it; by default where the parser prints it for `--help`.
   */
  printHelp(file?: HelpWriter): void {
    if (file === undefined) this.#print(this.formatHelp());
    else printTo(file, this.formatHelp());
  }

  /**
   * Adds a function to be called at the end of each final parse.
   *
   * @param callback Function without arguments.
   */
  addParseCallback(callback: () => void): void {
    this.#parseCallbacks.push(callback);
  }

  /** Calls the functions that were added by {@linkcode OptionParser.addParseCallback}, in their order. */
  runParseCallbacks(): void {
    for (const callback of this.#parseCallbacks) callback();
  }

  #add(option: Option<unknown>): void {
    this.#options.add(option);
    this.#byName.set(dashes(option.name), option);
    this.#byName.set(option.dashedName, option);
  }

  #find(name: string): Option<unknown> | undefined {
    return this.#byName.get(dashes(name)) ?? this.#byName.get(kebab(name));
  }

  #require(name: string): Option<unknown> {
    const option = this.#find(name);
    if (option === undefined) throw new OptionError(`Unrecognized option "${name}"`);
    return option;
  }

  #parseArgument(arg: string): void {
    const [, written = "", text] = /^-+([^=]*)(?:=([^]*))?$/.exec(arg) ?? [];
    const name = dashes(written);
    // Not by kebab(): Tornado refuses --logFilePrefix.
    const option = this.#byName.get(name);
    if (option === undefined) {
      this.printHelp();
      throw new OptionError(`Unrecognized command line option: "${name}"`);
    }
    if (text === undefined && !option.isFlag) throw new OptionError(`Option "${name}" requires a value`);
    option.parse(text ?? "true");
  }

  #assignAll(values: Iterable<[string, unknown]>): void {
    for (const [name, value] of values) {
      const option = this.#find(name);
      if (option === undefined) continue;
      if (typeof value === "string" && !option.isText) option.parse(value);
      else option.value = value;
    }
  }

  #finish(): void {
    const missing = [...this.#options].filter((option) => option.isMissing).map((option) => `--${option.dashedName}`);
    if (missing.length > 0) throw new OptionError(`No value for the required options: ${missing.join(", ")}`);
    this.runParseCallbacks();
  }

  #help = (value: unknown): void => {
    if (value !== true) return;
    this.printHelp();
    throw new HelpRequested();
  };
}

/** Returns the path of a file URL; other URLs and names stay as they are. */
function filePath({ pathname }: { readonly pathname: string }): string {
  return pathname.startsWith("file:") ? fileURLToPath(pathname) : pathname === "?" ? "" : pathname;
}

function printTo(file: HelpWriter, text: string): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(file.writeSync(bytes));
}
