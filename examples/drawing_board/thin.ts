// Leaves out the points of a line that nobody would miss (the algorithm of Ramer, Douglas and Peucker).

/** The algorithm takes quadratic time where no point can be left out, so it gets a line in pieces of so many points. */
const PIECE = 32;

/**
 * The points without those that lie closer than `tolerance` to the line between their neighbours that stay.
 *
 * @param points x and y in turn; the first and the last point stay.
 */
export function thin(points: readonly number[], tolerance: number): Uint16Array {
  const last = points.length / 2 - 1;
  const keep = new Uint8Array(last + 1);
  keep[0] = 1;
  for (let from = 0; from < last; from += PIECE) keepPiece(points, keep, from, Math.min(from + PIECE, last), tolerance);
  return Uint16Array.from(points.filter((_, i) => keep[i >> 1] === 1));
}

function keepPiece(points: readonly number[], keep: Uint8Array, from: number, to: number, tolerance: number): void {
  keep[to] = 1;
  let farthest = from;
  let distance = tolerance;
  for (let i = from + 1; i < to; i++) {
    const d = distanceToSpan(points, i, from, to);
    if (d > distance) [farthest, distance] = [i, d];
  }
  if (farthest === from) return;
  keepPiece(points, keep, from, farthest, tolerance);
  keepPiece(points, keep, farthest, to, tolerance);
}

/** To the span, not to the line through it: a stroke that turns back on itself turns at a point beyond the ends. */
function distanceToSpan(points: readonly number[], i: number, from: number, to: number): number {
  const x1 = points[2 * from] ?? 0;
  const y1 = points[2 * from + 1] ?? 0;
  const x = (points[2 * i] ?? 0) - x1;
  const y = (points[2 * i + 1] ?? 0) - y1;
  const x2 = (points[2 * to] ?? 0) - x1;
  const y2 = (points[2 * to + 1] ?? 0) - y1;
  const length = x2 ** 2 + y2 ** 2;
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, (x * x2 + y * y2) / length));
  return Math.hypot(x - along * x2, y - along * y2);
}
