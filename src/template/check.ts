import { nodePath } from "../internal/node_module.ts";
import { findFaults } from "./_compile/expand_template.ts";
import { type CompileDirectoryOptions, templateFiles } from "./compile.ts";
import { TemplateError } from "./errors.ts";
import { javascript } from "./javascript.ts";
import { Loader } from "./loader.ts";
import { parseFile } from "./template.ts";

/**
 * Finds the faults in the templates of a directory without rendering them.
 *
 * Of a file whose tags are wrong it finds the first fault; else it finds every fault of the file's expressions.
 *
 * @returns The faults, by file name and then by place.
 *
 * @example
 * ```ts
 * import { checkDirectory } from "@twister/twister/template";
 * import { assertEquals } from "@std/assert";
 * const root = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${root}/a.txt`, "{{ a b }}\n{{ c d }}");
 * assertEquals(checkDirectory(root).map(({ lineno, column }) => [lineno, column]), [[1, 6], [2, 6]]);
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export function checkDirectory(rootDirectory: string, options: CompileDirectoryOptions = {}): TemplateError[] {
  const loader = new Loader(rootDirectory, options);
  return templateFiles(loader.root, options.extensions ?? []).flatMap((name) => faultsOf(name, loader));
}

function faultsOf(name: string, loader: Loader): TemplateError[] {
  try {
    const file = parseFile(Deno.readFileSync(nodePath().join(loader.root, name)), { name, loader });
    const faults = findFaults(file, loader.language ?? javascript);
    if (faults.length > 0) return faults.sort((a, b) => a.lineno - b.lineno || a.column - b.column);
    loader.load(name).isAsync;
    return [];
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    // A fault in what the file extends or includes is one of that file.
    return error.via.length === 0 || error.filename === name ? [error] : [];
  }
}
