import type { TemplatePlace } from "./errors.ts";
import type { TemplateProgram } from "./program.ts";

/** A place of a program and those around it, innermost first. */
export function placeChain(
  { files, places }: Pick<TemplateProgram, "files" | "places">,
  index: number,
): TemplatePlace[] {
  const chain: TemplatePlace[] = [];
  for (let row = places[index]; row !== undefined; row = places[row[3]]) {
    chain.push({ filename: files[row[0]] ?? "", lineno: row[1], column: row[2] });
  }
  return chain;
}
