// The points of a fast pen lie far apart; a line straight from one to the next would have corners.

/** About ten pixels of a wide screen: the curve between two points is sent as straight pieces of this length. */
const STEP = 400;

/** Makes a curve of the points of one pen: it goes through the middle of each two of them, and bends towards what is between. */
export class Smoother {
  #corner;
  #end;

  constructor(point) {
    this.#corner = this.#end = point;
  }

  /** The next piece of the curve, up to halfway to the point; x and y in turn. */
  add(point) {
    const from = this.#end;
    const corner = this.#corner;
    if (point[0] === corner[0] && point[1] === corner[1]) return [];
    const to = this.#end = [(corner[0] + point[0]) / 2, (corner[1] + point[1]) / 2];
    this.#corner = point;
    const steps = Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / STEP);
    const points = [];
    for (let i = 1; i <= steps; i++) {
      const t = i / steps;
      for (const axis of [0, 1]) {
        // A quadratic Bézier curve, whose control point is the corner.
        points.push(Math.round((1 - t) ** 2 * from[axis] + 2 * (1 - t) * t * corner[axis] + t ** 2 * to[axis]));
      }
    }
    return points;
  }

  /** The rest of the curve, where the pen was lifted. */
  finish() {
    return this.#end === this.#corner ? [] : this.#corner;
  }
}
