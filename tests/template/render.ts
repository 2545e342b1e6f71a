// What the tests of templates share.
import { DictLoader, type LoaderOptions, type Namespace, TemplateError } from "../../src/template/mod.ts";
import { TempDir } from "../support/temp_dir.ts";

/** Renders a template, or the first of several. */
export function render(
  source: string | Readonly<Record<string, string>>,
  namespace: Namespace = {},
  options: LoaderOptions = {},
): string {
  const files: Readonly<Record<string, string>> = typeof source === "string" ? { "main.txt": source } : source;
  const [entry = ""] = Object.keys(files);
  return new DictLoader(files, options).load(entry).generate(namespace);
}

/** The error that rendering ends in, as `KIND: text`. */
export function failure(
  source: string | Readonly<Record<string, string>>,
  namespace: Namespace = {},
  options: LoaderOptions = {},
): string {
  const error = errorOf(() => render(source, namespace, options));
  return `${error.name}: ${error}`;
}

/** The error of a template in which some work ends. */
export function errorOf(work: () => unknown): TemplateError {
  try {
    work();
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** Runs work in a directory that has the given files. */
export async function inFolder(
  files: Readonly<Record<string, string | Uint8Array>>,
  work: (folder: string) => void | Promise<void>,
): Promise<void> {
  using dir = new TempDir();
  for (const [name, content] of Object.entries(files)) dir.write(name, content);
  await work(dir.path);
}
