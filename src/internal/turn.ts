import { nextTurn } from "./clock.ts";

/** Milliseconds of work without a pause, after which the other connections have their turn. */
export const TURN_MILLISECONDS = 5;
/** The most turns that others have in a row: a request on a new connection needs three, for accept, read and answer. */
const MAX_TURNS = 8;

/**
 * Resolves when others have had their turn: the more often, the more milliseconds one has worked, so that work that
 * cannot be divided holds up a request once and not at each of its steps.
 */
export async function giveWay(milliseconds: number): Promise<void> {
  const turns = Math.min(MAX_TURNS, Math.floor(milliseconds / TURN_MILLISECONDS));
  for (let turn = 1; turn < turns; turn++) await nextTurn();
  await nextTurn();
}
