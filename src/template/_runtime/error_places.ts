import type { TemplatePlace } from "../errors.ts";
import type { TemplateProgram } from "./program.ts";

/** Lines shown before and after the line in question. */
const CONTEXT = 2;

/** Width at which a line is cut around the column: a minified page in one line would bury the place. */
const MAX_WIDTH = 100;

/** Returns the source lines around a line and column, both from 1, with a mark under the column unless it is 0. */
export function sourceFrame(text: string, lineno: number, column: number): string {
  const lines = text.split("\n", lineno + CONTEXT);
  if (lineno < 1 || lineno > lines.length) return "";
  const first = Math.max(1, lineno - CONTEXT);
  const width = String(lines.length).length;
  const left = column > MAX_WIDTH ? column - Math.floor(MAX_WIDTH / 2) : 0;
  const frame: string[] = [];
  for (let n = first; n <= lines.length; n++) {
    const here = n === lineno;
    const line = (lines[n - 1] ?? "").replace(/\r$/, "").slice(left, left + MAX_WIDTH);
    frame.push(`${here ? ">" : " "} ${String(n).padStart(width)} | ${line}`.trimEnd());
    // Tabs stay tabs, so that the mark stands below its column however wide they are shown.
    if (here && column > 0) {
      frame.push(`  ${" ".repeat(width)} | ${line.slice(0, column - 1 - left).replace(/[^\t]/g, " ")}^`);
    }
  }
  return frame.join("\n");
}

/** Returns a place of a program and the includes and blocks around it, innermost first. */
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
