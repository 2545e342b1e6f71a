import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { BaseLoader, LoaderOptions } from "./base_loader.ts";
import { Compilation, fileOf } from "./_compile/compilation.ts";
import type { LanguageRuntime } from "./language.ts";
import { javascriptRuntime } from "./_javascript/runtime.ts";
import { Loader } from "./loader.ts";
import { programRuntime } from "./_runtime/program_runtime.ts";
import { Template } from "./template.ts";

/** How templates are compiled ahead of time. */
export interface CompileOptions {
  /**
   * The path of the file that the module will be written to: its imports are relative to it where they can be.
   *
   * @default {null}
   */
  out?: string | null;
  /**
   * What the module imports instead of the files of this package: a module that exports what this one does.
   *
   * @default {null}
   */
  importFrom?: string | null;
  /**
   * Whether the sources go into the module, so that errors show the lines around their place.
   *
   * @default {true}
   */
  sources?: boolean;
}

/** How a directory of templates is compiled ahead of time. */
export interface CompileDirectoryOptions extends CompileOptions, LoaderOptions {
  /**
   * How the names of templates end, without the dot; with none, every file is one. What begins with a dot is left out.
   *
   * @default {[]}
   */
  extensions?: readonly string[];
}

/**
 * Compiles templates into the source of one module.
 *
 * The module exports `templates`, for `CompiledLoader`, and `loader`, a `CompiledLoader` without a namespace. It renders
 * exactly what the templates do, compiles nothing when it runs, and needs no permission.
 *
 * @param loader Where the templates come from. Its settings are compiled in, except its namespace and imports.
 * @param names The names under which the program will load templates; what these extend and include need not be there.
 * @param options How they are compiled.
 * @returns The source of the module: JavaScript that is valid TypeScript, too.
 * @throws {TemplateError} A template is wrong, or cannot be had.
 * @throws {TypeError} The templates are not all of one language.
 *
 * @example
 * ```ts
 * import { compileTemplates, DictLoader } from "@twister/twister/template";
 * import { assert } from "@std/assert";
 * const loader = new DictLoader({ "hello.txt": "Hello {{ name }}" });
 * assert(compileTemplates(loader, ["hello.txt"]).includes("export const templates"));
 * ```
 */
export function compileTemplates(loader: BaseLoader, names: Iterable<string>, options: CompileOptions = {}): string {
  const programs: string[] = [];
  let runtime: LanguageRuntime | null = null;
  const sources = new Map<string, string>();
  for (const name of new Set(names)) {
    const template = loader.load(name);
    const file = fileOf(template);
    if (!(template instanceof Template)) throw new TypeError(`template '${name}' is not made from source`);
    runtime ??= template.language.runtime;
    if (runtime !== template.language.runtime) {
      throw new TypeError("templates of several languages cannot go into one module");
    }
    const compilation = new Compilation(file, template.loader, template.language);
    // The engine may refuse what the parser took: better now than in the program.
    compilation.program();
    programs.push(`[${JSON.stringify(template.name)}]: ${programSource(compilation)},`);
    if (options.sources ?? true) { for (const { name, text } of compilation.plan.files) sources.set(name, text); }
  }
  runtime ??= javascriptRuntime;
  return [
    "// Compiled templates: change their sources and compile them again.",
    "// deno-lint-ignore-file",
    "// deno-fmt-ignore-file",
    "// @ts-nocheck JavaScript, whatever the file is called",
    `import { CompiledLoader } from ${specifier("compiled_loader.ts", options)};`,
    `import { programRuntime } from ${specifier("_runtime/program_runtime.ts", options)};`,
    `import { ${runtime.exportName} } from ${specifier(runtime.url, options)};`,
    `const {${Object.keys(programRuntime(runtime)).join(",")}}=programRuntime(${runtime.exportName});`,
    "export const templates = {",
    "programs: {",
    ...programs,
    "},",
    `sources: {${
      [...sources].map(([name, text]) => `[${JSON.stringify(name)}]: ${JSON.stringify(text)},\n`).join("")
    }},`,
    "};",
    "export const loader = new CompiledLoader(templates);",
    "",
  ].join("\n");
}

/**
 * Compiles the templates of a directory into the source of one module; see {@linkcode compileTemplates}.
 *
 * @param rootDirectory The directory that a `Loader` would be given.
 * @param options How they are compiled.
 * @returns The source of the module.
 * @throws {TemplateError} A template is wrong, or cannot be had.
 *
 * @example
 * ```ts
 * import { compileDirectory } from "@twister/twister/template";
 * import { assert } from "@std/assert";
 * const root = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${root}/hello.txt`, "Hello {{ name }}");
 * assert(compileDirectory(root, { extensions: ["txt"] }).includes('["hello.txt"]'));
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export function compileDirectory(rootDirectory: string, options: CompileDirectoryOptions = {}): string {
  const loader = new Loader(rootDirectory, options);
  return compileTemplates(loader, templateFiles(loader.root, options.extensions ?? []), options);
}

function programSource(compilation: Compilation): string {
  const { isAsync, files, places } = compilation.plan;
  const names = JSON.stringify(files.map(({ name }) => name));
  const methods = `${compilation.code("render")},\n${compilation.code("chunks")}`;
  return `{isAsync:${isAsync},files:${names},places:${JSON.stringify(places)},${methods}}`;
}

/** @param module A file of this folder, or the address of a module. */
function specifier(module: string, { out = null, importFrom = null }: CompileOptions): string {
  return JSON.stringify(importFrom ?? relativeSpecifier(new URL(module, import.meta.url).href, out));
}

/** The files below a directory whose names end as wanted, as sorted paths with `/` between their parts. */
function templateFiles(root: string, extensions: readonly string[]): string[] {
  const files: string[] = [];
  const visited = new Set<string>();
  const visit = (directory: string) => {
    // A link may lead back to a directory that we are in.
    const real = Deno.realPathSync(directory);
    if (visited.has(real)) return;
    visited.add(real);
    for (const { name } of Deno.readDirSync(directory)) {
      if (name.startsWith(".")) continue;
      const path = join(directory, name);
      const { isDirectory, isFile } = Deno.statSync(path);
      if (isDirectory) visit(path);
      const isWanted = extensions.length === 0 || extensions.some((extension) => name.endsWith(`.${extension}`));
      if (isFile && isWanted) files.push(relative(root, path).replaceAll(sep, "/"));
    }
  };
  visit(root);
  return files.sort();
}

/** How a module at `out` imports one at an address: a file by its path from there, all else by the address. */
function relativeSpecifier(url: string, out: string | null): string {
  if (out === null || !url.startsWith("file:")) return url;
  const path = relative(dirname(resolve(out)), fileURLToPath(url)).replaceAll(sep, "/");
  return path.startsWith("../") ? path : `./${path}`;
}
