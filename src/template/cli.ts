import { compileDirectory, type CompileDirectoryOptions } from "./compile.ts";
import { TemplateError } from "./errors.ts";
import type { WhitespaceMode } from "./whitespace.ts";

const USAGE = `Usage: cli.ts DIRECTORY -o FILE [OPTION]...

Compiles the templates of a directory into one module, with deno run -RW.

  -o FILE             where the module is written
  --ext=html,txt      file name extensions of templates; the default is every file
  --autoescape=NAME   function that escapes printed values, or None; the default is xhtml_escape
  --whitespace=MODE   all, single or oneline; the default is single for .html and .js files, else all
  --import=MODULE     module to import instead of files of this package
  --no-sources        leave the sources out: errors then name places without showing them`;

interface Arguments {
  readonly root: string;
  readonly out: string;
  readonly options: CompileDirectoryOptions;
}

/** @throws {TypeError} There is no such option, or one is missing. */
function parseArguments(args: readonly string[]): Arguments {
  let root: string | null = null;
  let out: string | null = null;
  const options: CompileDirectoryOptions = {};
  for (let i = 0; i < args.length; i++) {
    const argument = args[i] ?? "";
    const [, option, value] = argument.match(/^(--[a-z-]+)(?:=(.*))?$/s) ?? [];
    if (argument === "-o") out = args[++i] ?? null;
    else if (option === "--ext" && value) options.extensions = value.split(",");
    else if (option === "--autoescape" && value) options.autoescape = value === "None" ? null : value;
    else if (option === "--whitespace" && isMode(value)) options.whitespace = value;
    else if (option === "--import" && value) options.importFrom = value;
    else if (argument === "--no-sources") options.sources = false;
    else if (root === null && !argument.startsWith("-")) root = argument;
    else throw new TypeError(`unknown argument ${argument}`);
  }
  if (root === null || out === null) throw new TypeError("both a directory and -o are needed");
  return { root, out, options: { ...options, out } };
}

function isMode(value: string | undefined): value is WhitespaceMode {
  return value === "all" || value === "single" || value === "oneline";
}

/**
 * Runs the command that compiles a directory into one module: `deno run -RW src/template/cli.ts DIRECTORY -o FILE`.
 *
 * It prints errors in templates and in its arguments instead of throwing them.
 *
 * @returns Exit status: 0 if the file is written, 1 if a template is wrong, 2 if the arguments are wrong.
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
export function compileCommand(args: readonly string[]): number {
  let parsed: Arguments;
  try {
    parsed = parseArguments(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return 2;
  }
  const { root, out, options } = parsed;
  try {
    Deno.writeTextFileSync(out, compileDirectory(root, options));
    return 0;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    console.error(`${error.name}: ${error}\n${error.frame}`);
    return 1;
  }
}

if (import.meta.main) Deno.exit(compileCommand(Deno.args));
