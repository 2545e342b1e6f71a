/** A connection that lets the others have their turn. */
export interface Resting {
  /** Reads on. */
  readOn(): void;
}

/**
 * Milliseconds in one turn of the event loop for the reads of connections that send all the time, all together. Timers,
 * new connections and those that send little wait meanwhile.
 */
const SLICE_MS = 8;

const resting: Set<Resting> = new Set();
let turn: ReturnType<typeof setImmediate> | null = null;
let sliceSince = 0;

/** Tells whether those that send all the time have had their time in this turn. */
export function isSliceOver(): boolean {
  const now = performance.now();
  if (sliceSince === 0) sliceSince = now;
  return now - sliceSince > SLICE_MS;
}

/** Lets a connection read on when all others that are ready have had their turn. */
export function readInNextTurn(one: Resting): void {
  resting.add(one);
  turn ??= setImmediate(beginTurn);
}

/** Forgets a connection, and tells whether it was about to read on. */
export function forgetResting(one: Resting): boolean {
  const wasResting = resting.delete(one);
  if (wasResting && resting.size === 0 && turn !== null) {
    clearImmediate(turn);
    turn = null;
  }
  return wasResting;
}

function beginTurn(): void {
  turn = null;
  sliceSince = 0;
  const those = [...resting];
  resting.clear();
  for (const one of those) one.readOn();
}
