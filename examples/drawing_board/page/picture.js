// The strokes of a board and the canvas they are drawn on.
import { SHEET_HEIGHT, SHEET_WIDTH } from "./format.js";

/** The width of a stroke counts in this part of the sheet's width. */
const WIDTHS = 1600;

/**
 * Strokes lie on each other in the order in which they began at the server, wherever that was. So those before the first that is
 * still being drawn are kept as pixels, and only the others are drawn for each frame.
 */
export class Picture {
  #canvas;
  #pixels = document.createElement("canvas");
  #kept = 0;
  #strokes = [];
  #byKey = new Map();
  /** Own strokes that the server has not confirmed: their place in the order is not known yet. */
  #pending = new Map();
  #asked = false;

  constructor(canvas) {
    this.#canvas = canvas;
    new ResizeObserver(() => this.#resize()).observe(canvas);
    this.#resize();
  }

  get size() {
    return this.#strokes.length;
  }

  has({ person, number }) {
    const key = keyOf(person, number);
    return this.#byKey.has(key) || this.#pending.has(key);
  }

  /** Shows a stroke of one's own at once. */
  begin(stroke) {
    this.#pending.set(keyOf(stroke.person, stroke.number), stroke);
    this.#ask();
  }

  /** A stroke has begun, says the server; one's own has more points here already. */
  add(stroke) {
    const key = keyOf(stroke.person, stroke.number);
    const own = this.#pending.get(key);
    this.#pending.delete(key);
    this.#strokes.push(own ?? stroke);
    this.#byKey.set(key, own ?? stroke);
    this.#ask();
  }

  extend(person, number, points, finished) {
    const key = keyOf(person, number);
    const stroke = this.#byKey.get(key) ?? this.#pending.get(key);
    if (stroke === undefined) return;
    stroke.points.push(...points);
    stroke.finished = finished;
    this.#ask();
  }

  /** Somebody has gone: nothing comes any more to what they were drawing. */
  finish(person) {
    for (const stroke of this.#strokes) if (stroke.person === person) stroke.finished = true;
    this.#ask();
  }

  remove(keys) {
    const gone = new Set(keys.map(([person, number]) => keyOf(person, number)));
    this.#set(this.#strokes.filter(({ person, number }) => !gone.has(keyOf(person, number))));
  }

  /** All strokes go. Pending ones stay: the server has them after that. */
  clear() {
    this.#set([]);
  }

  /** The whole picture anew, after a connection was lost. */
  replace(strokes) {
    this.#pending.clear();
    this.#set(strokes);
  }

  #set(strokes) {
    this.#strokes = strokes;
    this.#byKey = new Map(strokes.map((stroke) => [keyOf(stroke.person, stroke.number), stroke]));
    this.#forgetPixels();
  }

  #resize() {
    const width = Math.max(1, Math.round(this.#canvas.clientWidth * devicePixelRatio));
    if (width === this.#pixels.width && width === this.#canvas.width) return;
    for (const canvas of [this.#canvas, this.#pixels]) {
      canvas.width = width;
      canvas.height = Math.round(width * SHEET_HEIGHT / SHEET_WIDTH);
    }
    this.#kept = 0;
    // At once: a canvas that has a new size is empty, and would flicker until the next frame.
    this.#draw();
  }

  #forgetPixels() {
    this.#kept = 0;
    this.#pixels.getContext("2d").clearRect(0, 0, this.#pixels.width, this.#pixels.height);
    this.#ask();
  }

  #ask() {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      this.#draw();
    });
  }

  #draw() {
    const pixels = this.#pixels.getContext("2d");
    for (; this.#strokes[this.#kept]?.finished; this.#kept++) drawStroke(pixels, this.#strokes[this.#kept]);
    const context = this.#canvas.getContext("2d");
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    context.drawImage(this.#pixels, 0, 0);
    for (const stroke of this.#strokes.slice(this.#kept)) drawStroke(context, stroke);
    for (const stroke of this.#pending.values()) drawStroke(context, stroke);
  }
}

function keyOf(person, number) {
  return `${person}/${number}`;
}

function drawStroke(context, { ink, points }) {
  const scale = context.canvas.width / SHEET_WIDTH;
  const color = `#${ink.color.toString(16).padStart(6, "0")}`;
  context.beginPath();
  // A line of no length is not drawn; this one is nearly so, and its round ends make a dot of a single point.
  context.moveTo(points[0] * scale + 0.01, points[1] * scale);
  for (let i = 0; i < points.length; i += 2) context.lineTo(points[i] * scale, points[i + 1] * scale);
  context.lineWidth = ink.width * context.canvas.width / WIDTHS;
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = color;
  context.stroke();
}
