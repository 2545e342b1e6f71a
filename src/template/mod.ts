/**
 * Templates in Tornado's language, with JavaScript between the tags. Tornado's `tornado.template`.
 *
 * A {@linkcode Loader} reads templates from a directory, a {@linkcode DictLoader} from an object, and a
 * {@linkcode CompiledLoader} from a module that was compiled ahead of time. Request handlers of `./web` have a `render`
 * method for them.
 *
 * @example
 * ```ts
 * import { DictLoader } from "@twister/twister/template";
 * import { assertEquals } from "@std/assert";
 *
 * const loader = new DictLoader({
 *   "base.html": "<title>{% block title %}Site{% end %}</title>",
 *   "page.html": '{% extends "base.html" %}{% block title %}{{ title }}{% end %}',
 * });
 * assertEquals(loader.load("page.html").generate({ title: "R&D" }), "<title>R&amp;D</title>");
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
export { checkDirectory } from "./check.ts";
export { compileCommand } from "./compile_command.ts";
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
export { javascriptRuntime } from "./_javascript/runtime.ts";
export {
  type ExceptFragment,
  type ExpressionLanguage,
  type Fragment,
  type LanguageRuntime,
  LanguageSyntaxError,
  type LoopFragment,
  type NameUse,
  type PlaceMark,
} from "./language.ts";
export { Loader } from "./loader.ts";
export type { Namespace, ProgramFailure, ProgramPlace, TemplateProgram } from "./_runtime/program.ts";
export { type ProgramRuntime, programRuntime } from "./_runtime/program_runtime.ts";
export { Template, type TemplateOptions } from "./template.ts";
export { filterWhitespace, type WhitespaceMode } from "./whitespace.ts";
