import { PathMatches } from "./path_matches.ts";
import { pathShape } from "./path_shape.ts";
import { inOrder, NO_RULES, PathTree, type RankedRule } from "./path_tree.ts";
import type { Rule } from "./rule.ts";

/** One step of trying rules: one that has to be asked, or a run of those that look at the path alone. */
export type RuleStep = Rule | PathRules;

/**
 * Arranges rules so that a request meets few that do not match its path. Rules are tried in their order, so only
 * neighbours are put together.
 */
export function indexRules(rules: readonly Rule[]): readonly RuleStep[] {
  const steps: RuleStep[] = [];
  let run: PathRules | null = null;
  for (const rule of rules) {
    const { matcher } = rule;
    if (!(matcher instanceof PathMatches) || matcher.match !== PathMatches.prototype.match) {
      // A class that overrides `match` has to be asked.
      steps.push(rule);
      run = null;
      continue;
    }
    if (run === null) steps.push(run = new PathRules());
    run.add(rule, matcher);
  }
  return steps;
}

/** Rules that look at the path alone. */
export class PathRules {
  readonly #literals = new Map<string, RankedRule[]>();
  #patterns: PathTree | null = null;
  #size = 0;

  /** Adds a rule after the others. */
  add(rule: Rule, { literalPath, regex }: PathMatches): void {
    const ranked = { rule, rank: this.#size++ };
    if (literalPath === null) {
      (this.#patterns ??= new PathTree()).add(pathShape(regex), ranked);
      return;
    }
    const same = this.#literals.get(literalPath);
    if (same === undefined) this.#literals.set(literalPath, [ranked]);
    else same.push(ranked);
  }

  /** Returns the rules that may match a path, in order. */
  find(path: string): readonly RankedRule[] {
    const literals = this.#literals.get(path) ?? NO_RULES;
    return this.#patterns === null ? literals : inOrder(literals, this.#patterns.find(path));
  }
}
