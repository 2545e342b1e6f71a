/** A connection that lets others have their turn. */
export interface Resting {
  /** Reads on. */
  readOn(): void;
}

/** Milliseconds that those who send all the time get together, before all others have a turn. */
const SLICE_MS = 8;

/** Milliseconds without such a read after which all others have had a turn. */
const PAUSE_MS = 5;

/** When the slice began, and when its last read was done, in milliseconds. */
let sliceSince = 0;
let lastDone = 0;

/** Those that read on in the next round, and those that read on when the next slice begins. */
const soon: Set<Resting> = new Set();
const later: Set<Resting> = new Set();
let round: ReturnType<typeof setImmediate> | null = null;
let timer: ReturnType<typeof setTimeout> | null = null;

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

/**
 * Lets a connection read on after the others that are known to be ready; once the slice has ended, after Deno has
 * looked for others, timers and new connections. It looks only when it has nothing to do, or after 61 rounds: an
 * immediate is something to do, a timer is not.
 */
export function readLater(one: Resting, sliceHasEnded: boolean): void {
  if (!sliceHasEnded && timer === null) {
    soon.add(one);
    round ??= setImmediate(beginRound);
  } else {
    later.add(one);
    timer ??= setTimeout(beginSlice, 0);
  }
}

/** Forgets a connection that is closed. */
export function forgetResting(one: Resting): void {
  if (round !== null && soon.delete(one) && soon.size === 0) {
    clearImmediate(round);
    round = null;
  }
  if (timer !== null && later.delete(one) && later.size === 0) {
    clearTimeout(timer);
    timer = null;
  }
}

function beginRound(): void {
  round = null;
  readOn(soon);
}

function beginSlice(): void {
  timer = null;
  lastDone = 0;
  readOn(later);
}

function readOn(resting: Set<Resting>): void {
  const those = [...resting];
  resting.clear();
  for (const one of those) one.readOn();
}
