import { checkDirectory } from "./check.ts";
import { compileDirectory, type CompileDirectoryOptions } from "./compile.ts";
import { TemplateError } from "./errors.ts";
import { javascript } from "./javascript.ts";
import type { ExpressionLanguage } from "./language.ts";
import type { WhitespaceMode } from "./whitespace.ts";

const USAGE = `Usage: cli.ts DIRECTORY -o FILE [OPTION]...
       cli.ts --check DIRECTORY [OPTION]...

Compiles the templates of a directory into one module, with deno run -RW, or reports every fault in them, with -R.

  -o, --compile FILE  where the module is written
  --check             compiles nothing
  --language=NAME     javascript or python, the language of the expressions; the default is javascript
  --ext=html,txt      file name extensions of templates; the default is every file
  --autoescape=NAME   function that escapes printed values, or None; the default is xhtml_escape
  --whitespace=MODE   all, single or oneline; the default is single for .html and .js files, else all
  --import=MODULE     module to import instead of files of this package; for python, MODULE/python as well
  --no-sources        leave the sources out: errors then name places without showing them`;

interface Arguments {
  readonly root: string;
  /** Where the module is written; `null` to check. */
  readonly out: string | null;
  readonly options: CompileDirectoryOptions;
}

/** @throws {TypeError} There is no such option, or one is missing. */
function parseArguments(args: readonly string[], languages: Readonly<Record<string, ExpressionLanguage>>): Arguments {
  let root: string | null = null;
  let out: string | null = null;
  let isCheck = false;
  const options: CompileDirectoryOptions = {};
  for (let i = 0; i < args.length; i++) {
    const argument = args[i] ?? "";
    const [, option, joined] = argument.match(/^(--[a-z-]+|-o)(?:=(.*))?$/s) ?? [];
    if (argument === "--no-sources") options.sources = false;
    else if (argument === "--check") isCheck = true;
    else if (option === undefined && root === null && !argument.startsWith("-")) root = argument;
    else {
      const value = joined ?? args[++i];
      const language = value !== undefined && Object.hasOwn(languages, value) ? languages[value] : undefined;
      if ((option === "-o" || option === "--compile") && value) out = value;
      else if (option === "--ext" && value) options.extensions = value.split(",");
      else if (option === "--autoescape" && value) options.autoescape = value === "None" ? null : value;
      else if (option === "--whitespace" && isMode(value)) options.whitespace = value;
      else if (option === "--import" && value) options.importFrom = value;
      else if (option === "--language" && language !== undefined) options.language = language;
      else throw new TypeError(`unknown argument ${argument}`);
    }
  }
  if (root === null || (out === null) !== isCheck) {
    throw new TypeError("a directory and either -o or --check are needed");
  }
  return { root, out, options: { ...options, out } };
}

function isMode(value: string | undefined): value is WhitespaceMode {
  return value === "all" || value === "single" || value === "oneline";
}

/**
 * Runs the command that compiles a directory into one module, or checks it:
 * `deno run -RW src/template/cli.ts DIRECTORY -o FILE`, `deno run -R src/template/cli.ts --check DIRECTORY`.
 *
 * It prints errors in templates and in its arguments instead of throwing them.
 *
 * @param languages Languages besides JavaScript that `--language` takes, by name.
 * @returns Exit status: 0 if the file is written, no template is wrong or help was asked for, 1 if a template is wrong,
 * 2 if the arguments are wrong.
 *
 * @example
 * ```ts
 * import { compileCommand } from "@twister/twister/template";
 * import { assertEquals } from "@std/assert";
 * const root = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${root}/hello.txt`, "Hello {{ name }}");
 * assertEquals(compileCommand([root, "-o", `${root}/templates.ts`, "--ext=txt"]), 0);
 * const { loader } = await import(`file://${root}/templates.ts`);
 * assertEquals(loader.load("hello.txt").generate({ name: "Ada" }), "Hello Ada");
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export function compileCommand(
  args: readonly string[],
  languages: Readonly<Record<string, ExpressionLanguage>> = {},
): number {
  if (args.length === 1 && args[0] === "--help") {
    console.log(USAGE);
    return 0;
  }
  let parsed: Arguments;
  try {
    parsed = parseArguments(args, { javascript, ...languages });
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return 2;
  }
  const { root, out, options } = parsed;
  try {
    if (out === null) {
      const faults = checkDirectory(root, options);
      faults.forEach(report);
      return faults.length === 0 ? 0 : 1;
    }
    Deno.writeTextFileSync(out, compileDirectory(root, options));
    return 0;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    report(error);
    return 1;
  }
}

function report(error: TemplateError): void {
  console.error(`${error.name}: ${error}\n${error.frame}`);
}
