/** Milliseconds between two signals. The first one may come so early that it counts as the same keystroke. */
const PAUSE = 100;

/** Sends a signal to a process again and again, until `end` is settled or the process has ended. */
export async function signalUntil<T>(process: Deno.ChildProcess, signal: Deno.Signal, end: Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    try {
      process.kill(signal);
    } catch {
      clearInterval(timer);
    }
  }, PAUSE);
  return await end.finally(() => clearInterval(timer));
}
