import { PathMatches } from "./path_matches.ts";
import type { Rule } from "./rule.ts";

/** One step of trying rules: one that has to be asked, or a run of those that match a literal path each. */
export type RuleStep = Rule | ReadonlyMap<string, readonly Rule[]>;

/**
 * Arranges rules so that literal paths are found by name. Rules are tried in their order, so only neighbours are put
 * together: a pattern that stands before a literal path still comes first.
 */
export function indexRules(rules: readonly Rule[]): readonly RuleStep[] {
  const steps: RuleStep[] = [];
  let run: Map<string, Rule[]> | null = null;
  for (const rule of rules) {
    const path = literalPath(rule);
    if (path === null) {
      steps.push(rule);
      run = null;
      continue;
    }
    if (run === null) steps.push(run = new Map<string, Rule[]>());
    const same = run.get(path);
    if (same === undefined) run.set(path, [rule]);
    else same.push(rule);
  }
  return steps;
}

/** A class that overrides `match` has to be asked. */
function literalPath({ matcher }: Rule): string | null {
  const asked = !(matcher instanceof PathMatches) || matcher.match !== PathMatches.prototype.match;
  return asked ? null : matcher.literalPath;
}
