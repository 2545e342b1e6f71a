// Line charts as SVG, with logarithmic axes, since what grows is asked at a few, ten, a hundred.

/** A line of a chart: what was asked, and what it took. */
export interface Series {
  readonly title: string;
  readonly unit: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

const WIDTH = 640;
const HEIGHT = 320;
const LEFT = 56;
const RIGHT = 16;
const TOP = 36;
const BOTTOM = 44;

/** Draws one line, with a mark and the value at each point. */
export function lineChart({ title, unit, points }: Series): string {
  const xs = points.map(([x]) => Math.log10(Math.max(1, x)));
  const ys = points.map(([, y]) => Math.log10(y));
  const bottom = Math.floor(Math.min(...ys));
  const top = Math.max(bottom + 1, Math.ceil(Math.max(...ys)));
  const last = Math.max(1, ...xs);
  const across = (x: number) => LEFT + x / last * (WIDTH - LEFT - RIGHT);
  const up = (y: number) => HEIGHT - BOTTOM - (y - bottom) / (top - bottom) * (HEIGHT - TOP - BOTTOM);
  const places = xs.map((x, i) => [across(x).toFixed(1), up(ys[i] ?? 0).toFixed(1)] as const);
  const decades = Array.from({ length: top - bottom + 1 }, (_, i) => bottom + i);
  const grid = decades.map((y) =>
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${up(y)}" y2="${up(y)}" stroke="#ddd"/>` +
    `<text x="${LEFT - 6}" y="${up(y) + 4}" text-anchor="end">${Number((10 ** y).toPrecision(3))}</text>`
  );
  const marks = places.map(([x, y], i) =>
    `<circle cx="${x}" cy="${y}" r="3" fill="#06c"/>` +
    `<text x="${x}" y="${Number(y) - 8}" text-anchor="middle">${Number((points[i]?.[1] ?? 0).toPrecision(3))}</text>` +
    `<text x="${x}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${points[i]?.[0]}</text>`
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${LEFT}" y="18" font-size="13">${title}: us of processor</text>`,
    ...grid,
    `<polyline points="${
      places.map((place) => place.join(",")).join(" ")
    }" fill="none" stroke="#06c" stroke-width="2"/>`,
    ...marks,
    `<text x="${(LEFT + WIDTH) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${unit}</text>`,
    "</svg>",
    "",
  ].join("\n");
}
