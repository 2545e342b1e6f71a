import type { BaseLoader } from "../base_loader.ts";
import type { CompiledTemplate } from "../compiled_template.ts";
import { ExpressionSyntaxError, LoadError } from "../errors.ts";
import type { ExpressionLanguage } from "../language.ts";
import { TemplateFile } from "../_parse/syntax_tree.ts";
import { placeChain, sourceFrame } from "../_runtime/error_places.ts";
import type { TemplateProgram } from "../_runtime/program.ts";
import { expandTemplate } from "./expand_template.ts";
import { generateMethod } from "./generate_code.ts";
import { instantiate, refusedPlace } from "./instantiate.ts";
import { ancestorsOf, collectBlocks, type LoadFile } from "./link_files.ts";
import type { Plan } from "./plan.ts";

/** Leads a template from its parsed files to a program: plan, generated code, functions. */
export class Compilation {
  readonly plan: Plan;
  readonly #name: string;
  readonly #language: ExpressionLanguage;
  #render: string | null = null;

  /**
   * Loads what a file extends and includes, and checks every expression.
   *
   * @throws {TemplateError} One of the files cannot be loaded, or is not valid.
   */
  constructor(file: TemplateFile, loader: BaseLoader | null, language: ExpressionLanguage) {
    this.#name = file.name;
    this.#language = language;
    const load: LoadFile = loader && ((name, parent) => fileOf(loader.load(name, parent)));
    const ancestors = ancestorsOf(file, load).reverse();
    const [outermost = file] = ancestors;
    this.plan = expandTemplate(outermost, collectBlocks(ancestors, load), load, language);
  }

  /** Returns the code of a method: `render`, which returns the output, or `chunks`, which yields it in pieces. */
  code(method: "render" | "chunks"): string {
    if (method === "chunks") return generateMethod(this.plan, this.#language, method);
    return this.#render ??= generateMethod(this.plan, this.#language, method);
  }

  /**
   * Turns the code into functions.
   *
   * @throws {ExpressionSyntaxError} The engine refuses an expression that the parser took.
   */
  program(): TemplateProgram {
    const { isAsync, files, places } = this.plan;
    const { render } = this.#instantiate("render");
    let chunks: TemplateProgram["chunks"] | null = null;
    return {
      isAsync,
      files: files.map((file) => file.name),
      places,
      render,
      // Most templates are never asked for pieces.
      chunks: (...args) => (chunks ??= this.#instantiate("chunks").chunks)(...args),
    };
  }

  /** Returns the source of a file of the template, or `null` if it has no such file. */
  sourceOf(filename: string): string | null {
    return this.plan.files.find(({ name }) => name === filename)?.text ?? null;
  }

  #instantiate<Method extends "render" | "chunks">(method: Method): Pick<TemplateProgram, Method> {
    try {
      return instantiate<Method>(this.code(method), this.#name, this.#language.runtime);
    } catch (error) {
      // The engine's own parser recurses, too.
      if (error instanceof RangeError) {
        throw new LoadError(`template '${this.#name}' is nested too deeply`, { cause: error });
      }
      // The engine refuses what the parser took: newer syntax, or an early error that parsers leave to the engine.
      if (!(error instanceof SyntaxError)) throw error;
      throw this.#refused(error);
    }
  }

  #refused(error: SyntaxError): ExpressionSyntaxError {
    const { files, places } = this.plan;
    const [place, ...via] = placeChain({ files: files.map(({ name }) => name), places }, refusedPlace(this.plan));
    const text = place ? this.sourceOf(place.filename) : null;
    return new ExpressionSyntaxError(`the engine refuses the code: ${error.message}`, {
      ...place,
      via,
      frame: place && text !== null ? sourceFrame(text, place.lineno, place.column) : "",
      cause: error,
    });
  }
}

/** @throws {LoadError} The template was compiled ahead of time. */
export function fileOf(template: CompiledTemplate): TemplateFile {
  if ("file" in template && template.file instanceof TemplateFile) return template.file;
  throw new LoadError(`template '${template.name}' was compiled ahead of time: it has no source to compile`);
}
