import type { Op } from "./_plan.ts";

/** The body of a loop that begins and ends in constant text. */
export interface Seam {
  readonly first: string;
  /** What is between; it begins with a value to print. */
  readonly body: readonly Op[];
  readonly last: string;
}

/** Splits the body of a loop, if it has the form and every iteration gets to its end. */
export function seamOf(ops: readonly Op[]): Seam | null {
  const [first, second] = ops;
  const last = ops.at(-1);
  if (first?.op !== "text" || second?.op !== "print" || last?.op !== "text" || hasJump(ops)) return null;
  return { first: first.value, body: ops.slice(1, -1), last: last.value };
}

/** Whether there is a break or continue that belongs to the loop around. */
function hasJump(ops: readonly Op[]): boolean {
  return ops.some((op) => {
    switch (op.op) {
      case "break":
      case "continue":
        return true;
      case "if":
        return op.branches.some(({ body }) => hasJump(body)) || hasJump(op.otherwise ?? []);
      case "for":
      case "while":
        // In its else, the inner loop is over.
        return hasJump(op.otherwise ?? []);
      case "try":
        return [op.body, op.otherwise ?? [], op.last ?? [], ...op.handlers.map(({ body }) => body)].some(hasJump);
      default:
        return false;
    }
  });
}
