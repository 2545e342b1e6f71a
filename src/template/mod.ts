/**
 * Templates: Tornado's template language with JavaScript expressions.
 *
 * ```ts
 * import { Loader } from "@twister/twister/template";
 * const loader = new Loader("templates");
 * const page = () => loader.load("page.html").generate({ title: "News" });
 * ```
 *
 * @module
 */
export type { Bytes } from "../internal/bytes.ts";
export { BaseLoader, type LoaderOptions } from "./base_loader.ts";
export {
  type ChunkOptions,
  type ChunkSink,
  CompiledTemplate,
  type CompiledTemplateOptions,
} from "./compiled_template.ts";
export { compileCommand } from "./cli.ts";
export { CompiledLoader, type CompiledLoaderOptions, type CompiledTemplates } from "./compiled_loader.ts";
export { compileDirectory, type CompileDirectoryOptions, type CompileOptions, compileTemplates } from "./compile.ts";
export { DictLoader } from "./dict_loader.ts";
export {
  ExpressionSyntaxError,
  LoadError,
  ParseError,
  RenderError,
  TemplateError,
  type TemplateErrorOptions,
  type TemplatePlace,
} from "./errors.ts";
export { javascript } from "./javascript.ts";
export { javascriptRuntime } from "./javascript_runtime.ts";
export {
  type ExceptFragment,
  type ExpressionLanguage,
  type Fragment,
  type LanguageRuntime,
  LanguageSyntaxError,
  type LoopFragment,
  type NameUse,
} from "./language.ts";
export { Loader } from "./loader.ts";
export type { Namespace, ProgramFailure, ProgramPlace, TemplateProgram } from "./program.ts";
export { type ProgramRuntime, programRuntime } from "./program_runtime.ts";
export { Template, type TemplateOptions } from "./template.ts";
export { filterWhitespace, type WhitespaceMode } from "./whitespace.ts";
