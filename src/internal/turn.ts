import { nextTurn } from "./clock.ts";

type Callback = () => void;

/** Milliseconds of work in one turn of the event loop, after which the other connections have theirs. */
export const TURN_MILLISECONDS = 5;
/** The most turns that others have in a row: a request on a new connection needs three, for accept, read and answer. */
const MAX_TURNS = 8;

/** When the first piece of this turn came; 0 if none has come. */
let begin = 0;
/** What is left for the next turn. */
let callbacks: Callback[] = [];

/**
 * Counts a message or a piece of a body that Deno reads; tells whether these have taken up this turn.
 *
 * One count for all connections: Deno hands over what has arrived in microtasks, and each of many may have little.
 */
export function turnIsLong(): boolean {
  // The wall clock costs a fifth of the other one; if it is set back, this turn is a little longer.
  const now = Date.now();
  if (begin !== 0) return now - begin > TURN_MILLISECONDS;
  begin = now;
  setTimeout(endTurn, 0);
  return false;
}

/** Calls a function when the turn that {@linkcode turnIsLong} found long has ended. */
export function afterThisTurn(callback: Callback): void {
  callbacks.push(callback);
}

/**
 * Resolves when others have had their turn: the more often, the more milliseconds one has worked, so that work that
 * cannot be divided holds up a request once and not at each of its steps.
 */
export async function giveWay(milliseconds: number): Promise<void> {
  const turns = Math.min(MAX_TURNS, Math.floor(milliseconds / TURN_MILLISECONDS));
  for (let turn = 1; turn < turns; turn++) await nextTurn();
  await nextTurn();
}

function endTurn(): void {
  const due = callbacks;
  begin = 0;
  callbacks = [];
  for (const callback of due) callback();
}
