import type { PathShape } from "./path_shape.ts";
import type { Rule } from "./rule.ts";

/** A rule, and its place in the order. */
export interface RankedRule {
  readonly rule: Rule;
  readonly rank: number;
}

/** No rules. */
export const NO_RULES: readonly RankedRule[] = [];

/**
 * Rules by the shapes of their paths, one level for each segment, so that a request meets only the rules whose shape
 * its path has.
 */
export class PathTree {
  /** The next levels, for segments that are whole, and for those that begin so. */
  #whole: Map<string, PathTree> | null = null;
  #begun: PrefixMap<PathTree> | null = null;
  /** The rules whose path ends here, and those of which the rest of the path begins so. */
  readonly #ending: RankedRule[] = [];
  #open: PrefixMap<RankedRule[]> | null = null;

  /** Adds a rule. Its rank must be higher than those of the rules before. */
  add(shape: PathShape, ranked: RankedRule): void {
    const end = shape.segments.reduce((level: PathTree, { prefix, whole }) => level.#next(prefix, whole), this);
    if (shape.tail === null) end.#ending.push(ranked);
    else (end.#open ??= new PrefixMap(() => [])).at(shape.tail).push(ranked);
  }

  /** Returns the rules that may match a path, in order. */
  find(path: string): readonly RankedRule[] {
    return this.#find(path, 0);
  }

  #next(prefix: string, whole: boolean): PathTree {
    if (!whole) return (this.#begun ??= new PrefixMap(() => new PathTree())).at(prefix);
    const levels = this.#whole ??= new Map();
    let level = levels.get(prefix);
    if (level === undefined) levels.set(prefix, level = new PathTree());
    return level;
  }

  #find(path: string, start: number): readonly RankedRule[] {
    let found = NO_RULES;
    const open = this.#open;
    if (open !== null) {
      for (const length of open.lengths) {
        if (length > path.length - start) continue;
        found = inOrder(found, open.map.get(path.slice(start, start + length)) ?? NO_RULES);
      }
    }
    if (this.#whole === null && this.#begun === null) return found;
    const slash = path.indexOf("/", start);
    const end = slash === -1 ? path.length : slash;
    const level = this.#whole?.get(path.slice(start, end));
    if (level !== undefined) found = inOrder(found, level.#from(path, end));
    const begun = this.#begun;
    if (begun === null) return found;
    for (const length of begun.lengths) {
      if (length > end - start) continue;
      const level = begun.map.get(path.slice(start, start + length));
      if (level !== undefined) found = inOrder(found, level.#from(path, end));
    }
    return found;
  }

  /** Goes on behind a segment, which ends with the path or with a slash. */
  #from(path: string, end: number): readonly RankedRule[] {
    return end === path.length ? this.#ending : this.#find(path, end + 1);
  }
}

/** Values by texts, to be found by what begins with one of them. */
class PrefixMap<T> {
  readonly map: Map<string, T> = new Map();
  readonly lengths: number[] = [];
  readonly #make: () => T;

  constructor(make: () => T) {
    this.#make = make;
  }

  /** Returns the value of a text; it is made if it does not exist. */
  at(text: string): T {
    let value = this.map.get(text);
    if (value === undefined) {
      this.map.set(text, value = this.#make());
      if (!this.lengths.includes(text.length)) this.lengths.push(text.length);
    }
    return value;
  }
}

/** Joins two lists that are in order to one that is. */
export function inOrder(a: readonly RankedRule[], b: readonly RankedRule[]): readonly RankedRule[] {
  if (a.length === 0) return b;
  return b.length === 0 ? a : [...a, ...b].sort((x, y) => x.rank - y.rank);
}
