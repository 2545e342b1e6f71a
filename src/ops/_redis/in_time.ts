import { currentClock } from "../../internal/clock.ts";

/** Redis has not answered in time; it may still do so. */
export class NoAnswerError extends Error {
  override name = "NoAnswerError";

  constructor(seconds: number) {
    super(`no answer from Redis within ${seconds} s`);
  }
}

/** @throws {NoAnswerError} If a promise has not settled after so many seconds. */
export async function inTime<T>(result: Promise<T>, seconds: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = currentClock().setTimer(() => reject(new NoAnswerError(seconds)), seconds);
  try {
    return await Promise.race([promise, result]);
  } finally {
    timer.cancel();
  }
}
