import type { Fragment } from "./language.ts";
import type { Op, Plan } from "./_plan.ts";
import { variableName } from "./_variables.ts";

/**
 * Finds the fragment that the engine does not take, though the parser of its language did.
 *
 * @returns The index of its place, or 0 if each is fine by itself.
 */
export function refusedPlace({ body }: Plan): number {
  for (const [place, fragment] of fragmentsOf(body)) {
    const code = fragment.parts.map((part) => {
      if (typeof part === "string") return part;
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

function* fragmentsOf(ops: readonly Op[]): Generator<readonly [number, Fragment]> {
  for (const op of ops) {
    switch (op.op) {
      case "print":
        yield [op.place, op.value];
        if (op.escape !== null) yield [op.place, op.escape.fragment];
        break;
      case "run":
        yield [op.place, op.statement];
        break;
      case "apply":
        yield [op.place, op.callable];
        yield* fragmentsOf(op.body);
        break;
      case "if":
        for (const { place, test, body } of op.branches) {
          yield [place, test];
          yield* fragmentsOf(body);
        }
        yield* fragmentsOf(op.otherwise ?? []);
        break;
      case "for":
      case "while":
        if (op.op === "while") yield [op.place, op.test];
        else yield* [[op.place, op.iterable] as const, [op.place, op.target] as const];
        yield* fragmentsOf(op.body);
        yield* fragmentsOf(op.otherwise ?? []);
        break;
      case "try":
        yield* fragmentsOf(op.body);
        for (const { place, test, body } of op.handlers) {
          if (test !== null) yield [place, test];
          yield* fragmentsOf(body);
        }
        yield* fragmentsOf(op.otherwise ?? []);
        yield* fragmentsOf(op.last ?? []);
    }
  }
}
