/**
 * Waiting for what tells nobody when it is done.
 *
 * @module
 */
import { settled } from "./fake_clock.ts";

/** Turns of the event loop without progress after which nothing is under way: data on one machine needs a few. */
const QUIET_TURNS = 1000;

/** Seconds after which {@linkcode until} gives up: well before the test's own deadline, which knows less. */
const PATIENCE = 60;

/**
 * Lets the event loop turn until the condition holds.
 *
 * @throws {Error} It did not hold within `seconds` of real time.
 */
export async function until(condition: () => boolean, seconds: number = PATIENCE): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`Not true within ${seconds} s: ${condition}`);
    await settled();
  }
}

/** Lets the event loop turn until a number stops changing: nobody takes any more of what is offered. */
export async function stalled(progress: () => number): Promise<void> {
  let seen = progress();
  for (let turns = 0; turns < QUIET_TURNS; turns++) {
    await settled();
    if (progress() === seen) continue;
    seen = progress();
    turns = 0;
  }
}
