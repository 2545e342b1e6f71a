/**
 * Milliseconds after a signal in which another one does not mean that the user asks twice. At Ctrl-C the terminal sends
 * SIGINT to all its processes; `deno task`, which is one of them, sends it to its child once more, some milliseconds
 * later.
 */
const SAME_KEYSTROKE = 250;

/** Tells whether a signal that comes now repeats the one that came at `first`, a time of `performance.now()`. */
export function isSameKeystroke(first: number): boolean {
  return performance.now() - first < SAME_KEYSTROKE;
}
