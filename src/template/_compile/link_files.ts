import { LoadError, ParseError, TemplateError } from "../errors.ts";
import { sourceFrame } from "../_runtime/error_places.ts";
import { MAX_LOAD_DEPTH } from "../limits.ts";
import type { BlockNode, IncludeNode, Position, TemplateFile, TemplateNode } from "../_parse/syntax_tree.ts";

/** Returns the file of a template by its name in another template; `null` without a loader. */
export type LoadFile = ((name: string, parent: string) => TemplateFile) | null;

/** Describes a place of a file for an error. */
export function placeIn(file: TemplateFile, { line, column }: Position): {
  filename: string;
  lineno: number;
  column: number;
  frame: string;
} {
  return { filename: file.name, lineno: line, column, frame: sourceFrame(file.text, line, column) };
}

/** Loads the file of an `{% include %}` or `{% extends %}`, and adds the place of the tag to errors in that file. */
export function loadFrom(load: LoadFile, file: TemplateFile, { kind, name, at }: IncludeNode): TemplateFile {
  const { frame, ...place } = placeIn(file, at);
  if (load === null) {
    const message = `{% ${kind} %} block found, but no template loader`;
    if (kind === "include") throw new LoadError(message, { frame, ...place });
    throw new ParseError(message, place.filename, place.lineno, { column: place.column, frame });
  }
  try {
    return load(name, file.name);
  } catch (error) {
    if (error instanceof TemplateError) {
      error.addOuterPlace(place, frame);
      throw error;
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new LoadError(`cannot load '${name}': ${reason}`, { frame, ...place, cause: error });
  }
}

/** Returns a file and those that it extends, outermost last. */
export function ancestorsOf(file: TemplateFile, load: LoadFile): TemplateFile[] {
  const chain = [file];
  for (const node of file.body) {
    if (node.kind !== "extends") continue;
    chain.push(...ancestorsOf(loadFrom(load, file, node), load));
    if (chain.length > MAX_LOAD_DEPTH) {
      throw new LoadError(`a template may not extend more than ${MAX_LOAD_DEPTH} others`, placeIn(file, node.at));
    }
  }
  return chain;
}

/** Returns the effective blocks of files, outermost first, by name: of several with one name the last one. */
export function collectBlocks(ancestors: readonly TemplateFile[], load: LoadFile): ReadonlyMap<string, BlockNode> {
  const known = new Map<TemplateFile, ReadonlyMap<string, BlockNode>>();
  const blocksOf = (file: TemplateFile): ReadonlyMap<string, BlockNode> => {
    // Without this, files that include one another several times would be visited exponentially often.
    let blocks = known.get(file);
    if (blocks === undefined) {
      const found = new Map<string, BlockNode>();
      collect(file, file.body, found);
      known.set(file, blocks = found);
    }
    return blocks;
  };
  const collect = (file: TemplateFile, nodes: readonly TemplateNode[], blocks: Map<string, BlockNode>): void => {
    for (const node of nodes) {
      if (node.kind === "block") blocks.set(node.name, node);
      if (node.kind === "include") {
        for (const [name, block] of blocksOf(loadFrom(load, file, node))) blocks.set(name, block);
      } else if (node.kind === "control") {
        for (const clause of node.clauses) collect(file, clause.body, blocks);
      } else if ("body" in node) {
        collect(file, node.body, blocks);
      }
    }
  };
  const all = new Map<string, BlockNode>();
  for (const file of ancestors) for (const [name, block] of blocksOf(file)) all.set(name, block);
  return all;
}
