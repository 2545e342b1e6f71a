import { HelpRequested, OptionError, parseCommandLine } from "../../src/util/options.ts";

/** Reads the command line and returns what is left of it; ends the program after `--help` and after a mistake. */
export function readArguments(): string[] {
  try {
    return parseCommandLine();
  } catch (error) {
    if (error instanceof HelpRequested) Deno.exit(error.exitCode);
    if (!(error instanceof OptionError)) throw error;
    console.error(error.message);
    Deno.exit(2);
  }
}
