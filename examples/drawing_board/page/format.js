// The page's half of the binary messages: what it sends, and what it is told.
export const BEGIN = 1;
export const MORE = 2;
export const END = 3;
export const CURSOR = 4;
export const PICTURE = 5;

export const SHEET_WIDTH = 65535;
export const SHEET_HEIGHT = 40959;
export const MAX_MESSAGE_POINTS = 500;

/** BEGIN, with the ink, or MORE or END; `points` has x and y in turn. Who sends it is for the server to fill in. */
export function strokeMessage(kind, number, points, ink) {
  const head = kind === BEGIN ? 13 : 9;
  const view = new DataView(new ArrayBuffer(head + points.length * 2));
  view.setUint8(0, kind);
  view.setUint32(5, number);
  if (kind === BEGIN) view.setUint32(9, (ink.color << 8 | ink.width) >>> 0);
  points.forEach((value, i) => view.setUint16(head + i * 2, value));
  return view.buffer;
}

/** Where the cursor is; no points say that it is nowhere. */
export function cursorMessage(points) {
  const view = new DataView(new ArrayBuffer(5 + points.length * 2));
  view.setUint8(0, CURSOR);
  points.forEach((value, i) => view.setUint16(5 + i * 2, value));
  return view.buffer;
}

export function readMessage(buffer) {
  const view = new DataView(buffer);
  const kind = view.getUint8(0);
  if (kind === PICTURE) return { kind, strokes: readPicture(view) };
  const person = view.getUint32(1);
  if (kind === CURSOR) return { kind, person, points: readPoints(view, 5, view.byteLength) };
  const number = view.getUint32(5);
  if (kind !== BEGIN) return { kind, person, number, points: readPoints(view, 9, view.byteLength) };
  return { kind, person, number, ink: readInk(view, 9), points: readPoints(view, 13, view.byteLength) };
}

function readPicture(view) {
  const strokes = [];
  for (let at = 1; at < view.byteLength;) {
    const end = at + 16 + view.getUint16(at + 14) * 4;
    strokes.push({
      person: view.getUint32(at),
      number: view.getUint32(at + 4),
      ink: readInk(view, at + 8),
      finished: view.getUint16(at + 12) === 1,
      points: readPoints(view, at + 16, end),
    });
    at = end;
  }
  return strokes;
}

function readInk(view, at) {
  const value = view.getUint32(at);
  return { color: value >>> 8, width: value & 0xff };
}

function readPoints(view, from, to) {
  const points = [];
  for (let at = from; at < to; at += 2) points.push(view.getUint16(at));
  return points;
}
