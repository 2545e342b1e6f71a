/** A connection that lets others have their turn. */
export interface Resting {
  /** Reads on. */
  readOn(): void;
}

/** Milliseconds that those who send all the time get together, before all others have a turn. */
const SLICE_MS = 8;

/** Milliseconds without such a read after which all others have had a turn. */
const PAUSE_MS = 5;

/**
 * Rounds after which Deno has looked for others. It looks when it has nothing to do, or every 61 rounds, and an
 * immediate is something to do. The last rounds are for what it has found. A timer of 0 ms would make it look
 * immediately, but lasts 2 ms, a fifth of the time; these rounds take 0.2 ms.
 */
const ROUNDS = 64;

/** When the slice began, and when its last read was done, in milliseconds. */
let sliceSince = 0;
let lastDone = 0;

/** Reads from a buffer in one turn that need no look at the time. */
const FEW = 16;

/** The reads from buffers in this turn, and when the first of many was, in milliseconds. */
let served = 0;
let servedSince = 0;

/** Those that read on in the next round, and those that read on when the next slice begins. */
const soon: Set<Resting> = new Set();
const later: Set<Resting> = new Set();
let round: ReturnType<typeof setImmediate> | null = null;
/** The rounds until the next slice; 0 during one. */
let left = 0;

/**
 * Counts a read, and tells whether those who send all the time have had their time.
 *
 * @param begun When the read began, in milliseconds.
 */
export function hasSliceEnded(begun: number): boolean {
  if (begun - lastDone > PAUSE_MS) sliceSince = begun;
  lastDone = performance.now();
  return lastDone - sliceSince > SLICE_MS;
}

/** Counts a read that a buffer has served, which settles in this turn; tells whether such reads have had their time. */
export function hasServedLong(): boolean {
  if (++served <= FEW) return false;
  const now = performance.now();
  if (served === FEW + 1) servedSince = now;
  return now - servedSince > SLICE_MS;
}

/** Begins to count the reads from buffers again: this is another turn. */
export function beginServing(): void {
  served = 0;
}

/**
 * Lets a connection read on after the others that are known to be ready; once the slice has ended, after Deno has
 * looked for others, timers and new connections.
 */
export function readLater(one: Resting, sliceHasEnded: boolean): void {
  if (sliceHasEnded && left === 0) left = ROUNDS;
  (left === 0 ? soon : later).add(one);
  round ??= setImmediate(beginRound);
}

/** Resolves when those who send all the time may go on: others have had their turn. */
export function othersTurn(): Promise<void> {
  return new Promise((resolve) => readLater({ readOn: resolve }, true));
}

/** Forgets a connection that is closed, and returns whether it was resting. */
export function forgetResting(one: Resting): boolean {
  if (!soon.delete(one) && !later.delete(one)) return false;
  if (soon.size === 0 && later.size === 0 && round !== null) {
    clearImmediate(round);
    round = null;
    left = 0;
  }
  return true;
}

function beginRound(): void {
  round = left > 1 ? setImmediate(beginRound) : null;
  if (left > 0 && --left === 0) {
    lastDone = 0;
    beginServing();
    readOn(later);
  }
  readOn(soon);
}

function readOn(resting: Set<Resting>): void {
  if (resting.size === 0) return;
  const those = [...resting];
  resting.clear();
  for (const one of those) one.readOn();
}
