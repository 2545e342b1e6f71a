import type { WorkerRun } from "./worker_run.ts";

/** Connections above the mean that are not worth a move, and the part of the mean that is not. */
const SPARE = 2;
const SPARE_PART = 1 / 8;

/** The most that move at a time, in parts of those that a worker has: their clients all connect again. */
const MOST_PART = 1 / 4;
const MOST_AT_LEAST = 16;

/** The name under which a server counts the connections that it could end after their next response. */
export const KEPT = "connections_kept";

/**
 * Returns how many kept connections a worker should end, so that their clients come to the others.
 *
 * @param own The number that it has.
 * @param all The numbers of all workers, its own among them.
 */
export function surplusOf(own: number, all: readonly number[]): number {
  const mean = all.reduce((sum, count) => sum + count, 0) / all.length;
  if (own - mean <= Math.max(SPARE, mean * SPARE_PART)) return 0;
  return Math.floor(Math.min(own - mean, Math.max(MOST_AT_LEAST, own * MOST_PART)));
}

/**
 * Tells a worker to end kept connections if it has more than its share: a burst of new ones falls on the worker that
 * looks first, and they would stay there.
 */
export function balance(run: WorkerRun, runs: Iterable<WorkerRun>): void {
  const others = [...runs].filter(({ isReady, draining }) => isReady && !draining);
  if (others.length < 2 || !others.includes(run)) return;
  const countOf = ({ metrics }: WorkerRun) => metrics[KEPT] ?? 0;
  const surplus = surplusOf(countOf(run), others.map(countOf));
  if (surplus > 0) run.retire(surplus);
}
