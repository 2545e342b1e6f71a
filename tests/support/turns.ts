/**
 * Waiting for what tells nobody when it is done.
 *
 * @module
 */
import { settled } from "./fake_clock.ts";

/** Turns of the event loop without progress after which nothing is under way: what one machine sends itself needs a few. */
const QUIET_TURNS = 1000;

/** Lets the event loop turn until the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await settled();
}

/** Lets the event loop turn until a number has stopped to change: nobody takes any more of what is offered. */
export async function stalled(progress: () => number): Promise<void> {
  let seen = progress();
  for (let turns = 0; turns < QUIET_TURNS; turns++) {
    await settled();
    if (progress() === seen) continue;
    seen = progress();
    turns = 0;
  }
}
