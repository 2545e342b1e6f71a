import { currentClock } from "../../internal/clock.ts";

/**
 * Waits for a result, but not longer than so many seconds.
 *
 * If the event loop stood still, the answer may lie in the kernel: the time is up only when the loop has turned again.
 *
 * @throws {Error} If the time has passed.
 */
export function inSeconds<T>(seconds: number, result: Promise<T>, who: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const expired = () => reject(new Error(`No answer from ${who} for ${seconds} s`));
    let timer = currentClock().setTimer(
      () => {
        timer = currentClock().setTimer(expired, LAST_CHANCE, { unref: true });
      },
      seconds,
      { unref: true },
    );
    const settle = <V>(settled: (value: V) => void) => (value: V) => {
      timer.cancel();
      settled(value);
    };
    result.then(settle(resolve), settle(reject));
  });
}

/** Seconds in which an answer that lies in the kernel is read. */
const LAST_CHANCE = 0.5;
