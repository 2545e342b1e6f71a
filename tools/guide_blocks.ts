/**
 * The blocks of code in the pages that users read, and the commands that these pages name.
 *
 * @module
 */
import { projectRoot } from "./project.ts";

/** A block of code between fences. */
export interface GuideBlock {
  /** The page and line, for messages. */
  readonly place: string;
  /** The language, as the fence or a comment `<!-- check: LANGUAGE -->` above it names it. */
  readonly language: string;
  readonly code: string;
}

const BLOCK = /(?:<!-- check: (\w+) -->\n+)?^```(\w*)[^\n]*\n([^]*?)^```$/gm;

/** The pages for users: README.md, the guide, and those of the examples. */
export function userPages(): ReadonlyMap<string, string> {
  const names = ["README.md", "SECURITY.md", "examples/README.md"];
  for (const { name } of Deno.readDirSync(`${projectRoot}docs`)) if (name.endsWith(".md")) names.push(`docs/${name}`);
  for (const { name, isDirectory } of Deno.readDirSync(`${projectRoot}examples`)) {
    if (isDirectory && name !== "shared") names.push(`examples/${name}/README.md`);
  }
  return new Map(names.sort().map((name) => [name, Deno.readTextFileSync(`${projectRoot}${name}`)]));
}

/** All blocks of the pages for users that are not TypeScript, which `deno task test:doc` runs or type-checks. */
export function otherBlocks(): GuideBlock[] {
  return Array.from(userPages()).flatMap(([page, text]) =>
    Array.from(text.matchAll(BLOCK), ({ 1: checked, 2: language = "", 3: code = "", index }) => ({
      place: `${page}:${text.slice(0, index).split("\n").length}`,
      language: checked ?? language,
      code,
    })).filter(({ language }) => language !== "ts")
  );
}

/** The blocks of one language; at least one. */
export function blocksOf(language: string): readonly GuideBlock[] {
  const blocks = otherBlocks().filter((block) => block.language === language);
  if (blocks.length === 0) throw new Error(`No page has a block in ${language}`);
  return blocks;
}
