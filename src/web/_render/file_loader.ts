import type { BaseLoader, LoaderOptions } from "../../template/mod.ts";
import type { Settings } from "../settings.ts";

type LoaderClass = new (rootDirectory: string, options?: LoaderOptions) => BaseLoader;

let Loader: LoaderClass | null = null;
let loading: Promise<void> | null = null;
let failure: unknown = null;

/** Tells whether the templates of an application come from files, unless a handler decides otherwise. */
export function rendersFiles({ templatePath, templateLoader }: Settings): boolean {
  return templatePath !== undefined && templateLoader === undefined;
}

/**
 * Loads the compiler of templates. Applications without template files start without it, since with its parser of
 * JavaScript it takes an eighth of the time and a twelfth of the memory of a small program.
 *
 * @returns `null` once it is loaded; until then a promise that never rejects: {@linkcode fileLoader} throws instead.
 */
export function loadCompiler(): Promise<void> | null {
  if (Loader !== null) return null;
  return loading ??= import("../../template/mod.ts").then(
    (template) => {
      Loader = template.Loader;
    },
    (error) => {
      failure = error;
      loading = null;
    },
  );
}

/** @throws {Error} The compiler is not loaded. */
export function fileLoader(templatePath: string, options: LoaderOptions): BaseLoader {
  if (Loader === null) {
    const message = "Cannot load templates: their compiler is not loaded, which an application does for each request";
    throw new Error(message, { cause: failure });
  }
  return new Loader(templatePath, options);
}
