import { filePath, nodePath } from "../internal/node_module.ts";
import type { BaseLoader, LoaderOptions } from "./base_loader.ts";
import { Compilation, fileOf } from "./_compile/compilation.ts";
import type { LanguageRuntime } from "./language.ts";
import { javascriptRuntime } from "./_javascript/runtime.ts";
import { Loader } from "./loader.ts";
import { programRuntime } from "./_runtime/program_runtime.ts";
import { Template } from "./template.ts";

/** Options for compiling ahead of time. */
export interface CompileOptions {
  /**
   * Path of the file that the caller writes the module to. The module then imports local files by relative paths.
   *
   * @default {null}
   */
  out?: string | null;
  /**
   * Specifier that the module imports instead of files of this package. It must export what `./template` does, and with
   * `/python` after it what `./template/python` does if that is the language.
   *
   * @default {null}
   */
  importFrom?: string | null;
  /**
   * Puts the sources into the module, so that errors can show the lines around their place.
   *
   * @default {true}
   */
  sources?: boolean;
}

/** Options for compiling a directory ahead of time. */
export interface CompileDirectoryOptions extends CompileOptions, LoaderOptions {
  /**
   * File name extensions of templates, without the dot. An empty list selects every file. Hidden files are always left
   * out.
   *
   * @default {[]}
   */
  extensions?: readonly string[];
}

/**
 * Compiles templates into the source of one module.
 *
 * The module exports `templates`, for `CompiledLoader`, and `loader`, a `CompiledLoader` without a namespace. It
 * renders the same output as the templates, compiles nothing at run time and needs no permission.
 *
 * @param loader Loader of the templates. Its options are compiled in, except `namespace` and `imports`.
 * @param names Names under which the program will load templates. Templates that these extend or include need not be
 * listed.
 * @returns JavaScript that is also valid TypeScript.
 * @throws {TemplateError} A template cannot be loaded or is not valid.
 * @throws {TypeError} The templates are not all in one language.
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
    // The engine may refuse what the parser accepted: better now than in the program.
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
    `import { ${runtime.exportName} } from ${specifier(runtime.url, options, runtime.subPath)};`,
    `const {${Object.keys(programRuntime(runtime)).join(",")}}=programRuntime(${runtime.exportName});`,
    "export const templates = {",
    "programs: {",
    ...programs,
    "},",
    `runtime: ${runtime.exportName},`,
    `sources: {${
      [...sources].map(([name, text]) => `[${JSON.stringify(name)}]: ${JSON.stringify(text)},\n`).join("")
    }},`,
    "};",
    "export const loader = new CompiledLoader(templates);",
    "",
  ].join("\n");
}

/**
 * Compiles the templates of a directory into the source of one module, as {@linkcode compileTemplates} does.
 *
 * @throws {TemplateError} A template cannot be loaded or is not valid.
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
function specifier(module: string, { out = null, importFrom = null }: CompileOptions, subPath: string = ""): string {
  if (importFrom !== null) return JSON.stringify(importFrom + subPath);
  return JSON.stringify(relativeSpecifier(new URL(module, import.meta.url).href, out));
}

/** Lists the files below a directory that have one of the extensions: sorted paths with `/` between their parts. */
export function templateFiles(root: string, extensions: readonly string[]): string[] {
  const files: string[] = [];
  const visited = new Set<string>();
  const { join, relative, sep } = nodePath();
  const visit = (directory: string) => {
    // A symbolic link may lead back to a directory around it.
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

/** The specifier by which a module at `out` imports a URL: a relative path for a file, the URL for everything else. */
function relativeSpecifier(url: string, out: string | null): string {
  if (out === null || !url.startsWith("file:")) return url;
  const { dirname, relative, resolve, sep } = nodePath();
  const path = relative(dirname(resolve(out)), filePath(url)).replaceAll(sep, "/");
  return path.startsWith("../") ? path : `./${path}`;
}
