import type { LanguageRuntime } from "./language.ts";
import type { TemplateProgram } from "./program.ts";
import { programRuntime } from "./program_runtime.ts";

/**
 * Turns a generated method into an object that has it. This is the one place where text becomes code that runs; what is
 * compiled ahead of time does not come here.
 *
 * @param name The template, for stack traces.
 * @throws {SyntaxError} The engine does not take the code.
 */
export function instantiate<Method extends "render" | "chunks">(
  code: string,
  name: string,
  language: LanguageRuntime,
): Pick<TemplateProgram, Method> {
  const runtime = programRuntime(language);
  const source = `"use strict";const {${Object.keys(runtime).join(",")}}=_t$rt;return {${code}}\n//# sourceURL=${
    encodeURI(name.replace(/[\ud800-\udfff\s]/gu, "_"))
  }.generated.js`;
  const make: unknown = new Function("_t$rt", source);
  if (typeof make !== "function") throw new TypeError("the function constructor gave no function");
  return make(runtime);
}
