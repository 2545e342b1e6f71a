/**
 * The clock that users get, with a view of the timers of connections.
 *
 * @module
 */
import { currentClock } from "../../src/internal/clock.ts";
import type { TimerWheel } from "../../src/internal/timer_wheel.ts";
import { FakeClock as TestingClock } from "../../src/testing/fake_clock.ts";

export { settled } from "../../src/testing/fake_clock.ts";

/** A clock that stands still until it is told to advance. */
export class FakeClock extends TestingClock {
  /** The coarse timers of all connections, once the clock is installed. */
  get wheel(): TimerWheel {
    return currentClock().wheel;
  }
}
