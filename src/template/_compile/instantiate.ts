import type { LanguageRuntime } from "../language.ts";
import type { TemplateProgram } from "../_runtime/program.ts";
import { programRuntime } from "../_runtime/program_runtime.ts";
import type { Plan } from "./plan.ts";
import { variableName } from "./variable_name.ts";

/**
 * Turns a generated method into an object that has it. Only here text becomes code that runs; templates compiled ahead
 * of time never come here.
 *
 * @param name Name of the template, for stack traces.
 * @throws {SyntaxError} The engine refuses the code.
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

/** Finds the place of a fragment that the engine refuses though its language accepts it; 0 if there is none. */
export function refusedPlace({ fragments }: Plan): number {
  for (const [place, fragment] of fragments) {
    const code = fragment.parts.map((part) => {
      if (typeof part === "string") return part;
      if ("place" in part) return "0";
      return part.use === "check" ? "" : variableName(part.name);
    });
    try {
      new Function(`"use strict";return async()=>(${code.join("")}\n)`);
    } catch (error) {
      if (error instanceof SyntaxError) return place;
      throw error;
    }
  }
  return 0;
}
