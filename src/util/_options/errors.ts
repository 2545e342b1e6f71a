/**
 * An option is defined twice, is unknown, has a value that it cannot have, or a config file cannot be read. Tornado's
 * `Error` of the module `options`.
 *
 * @example
 * ```ts
 * import { OptionError, OptionParser } from "@twister/twister/options";
 * import { assertThrows } from "@std/assert";
 * const options = new OptionParser();
 * options.define("port", { type: "int" });
 * assertThrows(() => options.parseCommandLine(["--port=http"]), OptionError, 'Cannot set option "port"');
 * ```
 */
export class OptionError extends Error {
  /** Always `"OptionError"`. */
  override readonly name: string = "OptionError";
}

/** A config file cannot be read. The error names the line, and never shows a value of the file. */
export class ConfigFileError extends OptionError {
  /** Always `"ConfigFileError"`. */
  override readonly name: string = "ConfigFileError";
  /** Path of the file. */
  readonly path: string;
  /** Line, counted from 1; `null` if the fault is not in one line. */
  readonly line: number | null;

  /**
   * Makes an error.
   *
   * @param path Path of the file.
   * @param line Line, counted from 1, or `null`.
   * @param reason Reason for which the file was refused.
   */
  constructor(path: string, line: number | null, reason: string) {
    super(`Cannot read config file "${path}"${line === null ? "" : `, line ${line}`}: ${reason}`);
    this.path = path;
    this.line = line;
  }
}

/**
 * The command line has `--help`, and the help has been printed. The program should end with the exit code 0.
 *
 * Tornado ends the process here with `sys.exit(0)`, which is an exception in Python. No function of this library ends
 * the process.
 *
 * @example
 * ```ts
 * import { HelpRequested, OptionParser } from "@twister/twister/options";
 * import { assertEquals } from "@std/assert";
 *
 * const options = new OptionParser({ print: () => {} });
 * try {
 *   options.parseCommandLine(["--help"]);
 * } catch (error) {
 *   if (!(error instanceof HelpRequested)) throw error;
 *   assertEquals(error.exitCode, 0); // A program calls Deno.exit(error.exitCode).
 * }
 * ```
 */
export class HelpRequested extends Error {
  /** Always `"HelpRequested"`. */
  override readonly name: string = "HelpRequested";
  /** The exit code for the process, as of Tornado's `SystemExit`. */
  readonly exitCode: number = 0;

  /** Makes an error. */
  constructor() {
    super("The help was asked for and has been printed");
  }
}
