/**
 * Options of a program from its command line, its environment and config files. Tornado's `tornado.options`.
 *
 * Each module defines the options that it needs, and the main module reads them. Importing this module reads neither
 * arguments nor environment, and no function of it ends the process.
 *
 * ```ts
 * import { define, options } from "@twister/twister/options";
 * import { assertEquals } from "@std/assert";
 *
 * const port = define("port", { defaultValue: 8888, type: "int", help: "Port to listen on" });
 * const debug = define("debug", { defaultValue: false });
 *
 * options.parseCommandLine(["--port=80", "--debug"]); // Without an argument: Deno.args.
 * assertEquals([port.value, debug.value], [80, true]);
 * ```
 *
 * @module
 */
import { defineLoggingOptions } from "./log.ts";
import type { Option } from "./_options/option.ts";
import { type HelpWriter, OptionParser } from "./_options/option_parser.ts";
import type { AllowedDefault, OptionSettings, OptionType, OptionValue } from "./_options/types.ts";

export { ConfigFileError, HelpRequested, OptionError, OptionError as Error } from "./_options/errors.ts";
export type { NamedValues } from "./_options/named_values.ts";
export type {
  AllowedDefault,
  DefaultTypeValue,
  OptionItem,
  OptionSettings,
  OptionType,
  OptionTypes,
  OptionTypeValue,
  OptionValue,
} from "./_options/types.ts";
export type { Option } from "./_options/option.ts";
export { type HelpWriter, OptionParser, type OptionParserOptions } from "./_options/option_parser.ts";

/** The parser of the program, which has the options for logging: `--logging`, `--log-file-prefix` and so on. */
export const options: OptionParser = new OptionParser();
defineLoggingOptions(options);

/**
 * Defines an option of the program: {@linkcode OptionParser.define} of {@linkcode options}.
 *
 * @param name Name, which must be unique in the program.
 * @param settings Default value, type, help and more.
 * @returns A handle of the option.
 * @throws {OptionError} The name is taken, or the default value is not of the type.
 *
 * @example
 * ```ts
 * import { define, parseCommandLine } from "@twister/twister/options";
 * import { assertEquals } from "@std/assert";
 * const level = define("level", { choices: ["low", "high"], defaultValue: "low" });
 * parseCommandLine(["--level=high"]);
 * assertEquals(level.value, "high");
 * ```
 */
export function define<
  const Type extends OptionType | undefined,
  Default extends AllowedDefault<Type, Multiple> = null,
  const Multiple extends boolean = false,
  const Required extends boolean = false,
  const Choice = never,
>(
  name: string,
  settings: OptionSettings<Type, Default, Multiple, Required, Choice> = {},
): Option<OptionValue<Type, Default, Multiple, Required, Choice>> {
  return options.define(name, settings);
}

/**
 * Reads the options of the program from a command line: {@linkcode OptionParser.parseCommandLine}.
 *
 * @param args Arguments without the name of the program; by default `Deno.args`.
 * @param final Whether to check required options and run the parse callbacks, which set up logging.
 * @returns The arguments after the options.
 * @throws {HelpRequested} There was `--help`, and the help has been printed.
 * @throws {OptionError} An option is not defined, lacks its value or cannot have it.
 */
export function parseCommandLine(args?: readonly string[], final?: boolean): string[] {
  return options.parseCommandLine(args, final);
}

/**
 * Reads the options of the program from a file: {@linkcode OptionParser.parseConfigFile}.
 *
 * @param path Path of a JSON file, or of a Python file with literals.
 * @param final Whether to check required options and run the parse callbacks, which set up logging.
 * @throws {OptionError} The file cannot be read as literals, or a value is not of the option's type.
 * @throws {Error} The file cannot be read: one of `Deno.errors`.
 */
export function parseConfigFile(path: string, final?: boolean): void {
  options.parseConfigFile(path, final);
}

/**
 * Prints the help of the program.
 *
 * @param file Where to print it; by default standard error.
 */
export function printHelp(file?: HelpWriter): void {
  options.printHelp(file);
}

/**
 * Adds a function to be called at the end of each final parse.
 *
 * @param callback Function without arguments.
 */
export function addParseCallback(callback: () => void): void {
  options.addParseCallback(callback);
}
