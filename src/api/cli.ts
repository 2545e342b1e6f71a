/**
 * The command that writes the OpenAPI document of an application to a file, or to the standard output.
 *
 * ```sh
 * deno run -A cli.ts app.ts --title=Todos --version=1.0.0 --output=openapi.json
 * ```
 *
 * The module has the application as its default export, as for `deno serve`. Without arguments the command explains
 * itself.
 *
 * @module
 */
import { importModule } from "../internal/import_module.ts";
import { Application } from "../web/mod.ts";
import { openapi, type SecurityScheme } from "./openapi.ts";

const USAGE = `Usage: cli.ts MODULE [--title=TEXT] [--version=TEXT] [--output=FILE] [--login=JSON]

Writes the OpenAPI document of the application that MODULE exports as its default.
--login is the security scheme of authenticated methods, such as {"type":"http","scheme":"basic"}.
`;

/** The outcome of {@linkcode openapiCommand}. */
export interface OpenAPICommandOutput {
  /** The status of the process: 0, 1 for an application without a document, 2 for a wrong call. */
  readonly code: number;
  /** The text for the standard output. */
  readonly stdout: string;
  /** The text for the standard error. */
  readonly stderr: string;
}

/**
 * Runs the command.
 *
 * @param args The arguments of the command line.
 *
 * @example
 * ```ts
 * import { openapiCommand } from "@twister/twister/api/cli";
 * import { assertEquals } from "@std/assert";
 *
 * const { code, stderr } = await openapiCommand([]);
 * assertEquals([code, stderr.split(" ")[0]], [2, "Usage:"]);
 * ```
 */
export async function openapiCommand(args: readonly string[]): Promise<OpenAPICommandOutput> {
  if (args.length === 1 && args[0] === "--help") return { code: 0, stdout: USAGE, stderr: "" };
  const options = new Map([["title", "API"], ["version", "1.0.0"], ["output", ""], ["login", ""]]);
  const modules: string[] = [];
  for (const arg of args) {
    const [, name = "", value = ""] = /^--([a-z]+)=(.*)$/s.exec(arg) ?? [];
    if (options.has(name)) options.set(name, value);
    else modules.push(arg);
  }
  const [path = ""] = modules;
  if (modules.length !== 1 || path.startsWith("-")) return { code: 2, stdout: "", stderr: USAGE };
  try {
    const url = /^[a-z]+:/.test(path) ? path : new URL(path, `file://${Deno.cwd()}/`).href;
    const { default: app }: { default?: unknown } = await importModule(url);
    if (!(app instanceof Application)) throw new TypeError("its default export is not an Application");
    const info = { title: options.get("title") ?? "", version: options.get("version") ?? "" };
    const login = options.get("login") ?? "";
    const document = openapi(app, info, login === "" ? {} : { login: parseLogin(login) });
    const text = `${JSON.stringify(document, null, 2)}\n`;
    const output = options.get("output") ?? "";
    if (output === "") return { code: 0, stdout: text, stderr: "" };
    await Deno.writeTextFile(output, text);
    return { code: 0, stdout: "", stderr: "" };
  } catch (error) {
    return { code: 1, stdout: "", stderr: `Cannot describe ${path}: ${reasonOf(error)}\n` };
  }
}

/** The message of an error, and of what it was caused by: the words of a validator about its schema. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${reasonOf(error.cause)}`;
}

function parseLogin(json: string): SecurityScheme {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new TypeError(`the option --login is not JSON: ${json}`, { cause });
  }
}

if (import.meta.main) {
  const { code, stdout, stderr } = await openapiCommand(Deno.args);
  await Deno.stdout.write(new TextEncoder().encode(stdout));
  await Deno.stderr.write(new TextEncoder().encode(stderr));
  Deno.exit(code);
}
