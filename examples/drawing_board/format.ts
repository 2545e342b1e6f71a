// The binary messages of a board; README.md has the table. Numbers are in network byte order.

/** Kinds of messages: the first byte. */
export const BEGIN = 1;
export const MORE = 2;
export const END = 3;
export const CURSOR = 4;
export const PICTURE = 5;

/** A sheet is 16:10 and has the same unit in both directions, so 16 bits do for its width and fewer for its height. */
export const SHEET_WIDTH = 65535;
export const SHEET_HEIGHT = 40959;
/** A frame of the screen brings a few points of a pointer; this is for a page that was busy for a while. */
export const MAX_MESSAGE_POINTS = 500;

const STROKE_HEAD = 9;
const BEGIN_HEAD = 13;
const CURSOR_HEAD = 5;
const PICTURE_HEAD = 16;
const POINT = 4;

/** The longest message that a page sends. */
export const MAX_MESSAGE_BYTES: number = BEGIN_HEAD + MAX_MESSAGE_POINTS * POINT;

/** A message is none of a page's; the client is told why, and closed. */
export class RefusedError extends Error {
  override readonly name: string = "RefusedError";
}

/** How a stroke looks. */
export interface Ink {
  /** 0xRRGGBB. */
  readonly color: number;
  /** In 1/1600 of the width of the sheet, 1 to 255. */
  readonly width: number;
}

/** What a page may send; `points` has x and y in turn. */
export type DrawMessage =
  | { readonly kind: typeof BEGIN; readonly number: number; readonly ink: Ink; readonly points: number[] }
  | { readonly kind: typeof MORE | typeof END; readonly number: number; readonly points: number[] }
  | { readonly kind: typeof CURSOR };

/** A stroke as it is in a picture. */
export interface PictureStroke {
  readonly person: number;
  readonly number: number;
  readonly ink: Ink;
  readonly finished: boolean;
  readonly points: ArrayLike<number>;
}

/** @throws {RefusedError} The bytes are no such message. */
export function readDrawMessage(bytes: Uint8Array): DrawMessage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = bytes[0];
  if (kind === CURSOR) {
    if (readPoints(view, CURSOR_HEAD).length > 2) throw new RefusedError("A cursor has one point");
    return { kind };
  }
  if (kind === MORE || kind === END) {
    return { kind, points: readPoints(view, STROKE_HEAD), number: view.getUint32(5) };
  }
  if (kind !== BEGIN) throw new RefusedError(`Unknown kind of message: ${kind}`);
  const points = readPoints(view, BEGIN_HEAD);
  if (points.length === 0) throw new RefusedError("A stroke begins with a point");
  const width = view.getUint8(12);
  if (width === 0) throw new RefusedError("A stroke has a width");
  return { kind, points, number: view.getUint32(5), ink: { color: view.getUint32(9) >>> 8, width } };
}

/** Writes who has sent a message into it: a page leaves that to the server. */
export function signMessage(bytes: Uint8Array, person: number): void {
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(1, person);
}

/** All strokes as one message, for somebody who comes late. */
export function pictureMessage(strokes: Iterable<PictureStroke>): Uint8Array {
  const all = [...strokes];
  const length = all.reduce((sum, { points }) => sum + PICTURE_HEAD + points.length * 2, 1);
  const view = new DataView(new ArrayBuffer(length));
  view.setUint8(0, PICTURE);
  let at = 1;
  for (const { person, number, ink, finished, points } of all) {
    view.setUint32(at, person);
    view.setUint32(at + 4, number);
    view.setUint32(at + 8, (ink.color << 8 | ink.width) >>> 0);
    view.setUint16(at + 12, finished ? 1 : 0);
    view.setUint16(at + 14, points.length / 2);
    at += PICTURE_HEAD;
    for (let i = 0; i < points.length; i++, at += 2) view.setUint16(at, points[i] ?? 0);
  }
  return new Uint8Array(view.buffer);
}

function readPoints(view: DataView, from: number): number[] {
  const length = view.byteLength - from;
  if (length < 0 || length % POINT !== 0) throw new RefusedError(`No message has ${view.byteLength} bytes`);
  if (length > MAX_MESSAGE_POINTS * POINT) throw new RefusedError(`Too many points: ${length / POINT}`);
  const points: number[] = [];
  for (let at = from; at < view.byteLength; at += POINT) {
    const y = view.getUint16(at + 2);
    if (y > SHEET_HEIGHT) throw new RefusedError(`A point lies below the sheet: ${y}`);
    points.push(view.getUint16(at), y);
  }
  return points;
}
