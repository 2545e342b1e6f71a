/** A connection that lets others have their turn. */
export interface Resting {
  /** Reads on. */
  readOn(): void;
}

/** Milliseconds that those who send all the time get together, before all others have a turn. */
const SLICE_MS = 8;

let sliceSince = 0;
let resting: Resting[] = [];
let timer: ReturnType<typeof setTimeout> | null = null;

/** Tells whether those who send all the time have had their time. */
export function hasSliceEnded(): boolean {
  const now = performance.now();
  if (sliceSince === 0) sliceSince = now;
  return now - sliceSince > SLICE_MS;
}

/**
 * Lets a connection read on after the others that are known to be ready; once the slice has ended, after Deno has
 * looked for others, timers and new connections. It looks only when it has nothing to do, or after 61 rounds: an
 * immediate is something to do, a timer is not.
 */
export function readLater(one: Resting, sliceHasEnded: boolean): void {
  if (!sliceHasEnded && timer === null) {
    setImmediate(readOn, one);
    return;
  }
  resting.push(one);
  timer ??= setTimeout(beginSlice, 0);
}

function readOn(one: Resting): void {
  one.readOn();
}

function beginSlice(): void {
  timer = null;
  sliceSince = 0;
  const those = resting;
  resting = [];
  for (const one of those) one.readOn();
}
