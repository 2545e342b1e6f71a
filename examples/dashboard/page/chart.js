// Line charts in SVG, by hand.
const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 150;
const TOP = 14;
const BOTTOM = 20;
const RIGHT = 8;
/** What a chart may show, in seconds: the first that there are figures for. It has three marks, so thirds are to be round. */
const SPANS = [30, 60, 180];
const MARKS = 3;
/** In milliseconds: older figures have no place in a chart. */
export const LONGEST_SPAN = SPANS.at(-1) * 1000;
/** The server measures once a second, and not at all while nobody watches: a longer pause is a gap in the line. */
const GAP = 2500;

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** One or several lines over the last minutes, each with its latest value. */
export class Chart {
  #svg;
  #title;
  #unit;
  #least;
  #series;
  #history = [];
  #width = 0;
  #span = SPANS[0];
  #cursor = svg("line", { class: "cursor" });

  /** `series` has pairs of a figure's name and its label; the axis never ends below `least`. */
  constructor(card, { unit, least, series }) {
    this.#svg = card.querySelector("svg");
    this.#title = card.querySelector("h2").textContent;
    this.#unit = unit;
    this.#least = least;
    this.#series = series.map(([key, label], i) => {
      const value = element("dd", "");
      const name = element("dt", label);
      name.className = `series-${i}`;
      const pair = element("div", "");
      pair.append(name, value);
      card.querySelector("dl").append(pair);
      return { key, label, value, className: `series-${i}` };
    });
    new ResizeObserver(([{ contentRect }]) => {
      this.#width = contentRect.width;
      this.draw(this.#history);
    }).observe(this.#svg);
  }

  /** The time of the figures nearest to a place on the screen; `null` if there are none. */
  timeAt(clientX) {
    const x = clientX - this.#svg.getBoundingClientRect().left;
    const distance = ({ time }) => Math.abs(this.#x(time) - x);
    return this.#history.reduce((best, one) => distance(one) < distance(best) ? one : best, this.#history[0])?.time ??
      null;
  }

  draw(history) {
    this.#history = history;
    this.#svg.setAttribute("viewBox", `0 0 ${this.#width} ${HEIGHT}`);
    if (history.length === 0 || this.#width === 0) return this.#svg.replaceChildren();
    const seconds = (history.at(-1).time - history[0].time) / 1000;
    this.#span = SPANS.find((span) => span >= seconds) ?? SPANS.at(-1);
    const top = roundTop(Math.max(this.#least, ...this.#series.flatMap(({ key }) => history.map((one) => one[key]))));
    const y = (value) => HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * Math.max(0, value) / top;
    this.#svg.replaceChildren(...this.#axes(top, y), ...this.#lines(y), this.#cursor);
    this.point(null);
  }

  /** Shows the values of that time, by default the latest, and marks it. */
  point(time) {
    const figures = this.#history.findLast((one) => time === null || one.time === time);
    if (figures === undefined) return;
    const texts = this.#series.map(({ key, label, value }) => {
      value.textContent = `${number.format(figures[key])}${this.#unit}`;
      return `${label} ${value.textContent}`;
    });
    this.#svg.setAttribute("aria-label", `${this.#title}: ${texts.join(", ")}`);
    const x = this.#x(figures.time);
    set(this.#cursor, { x1: x, x2: x, y1: TOP, y2: HEIGHT - BOTTOM, visibility: time === null ? "hidden" : "visible" });
  }

  #x(time) {
    return this.#width - RIGHT - (this.#history.at(-1).time - time) / 1000 / this.#span * (this.#width - RIGHT);
  }

  #axes(top, y) {
    const nodes = [];
    for (const value of [0, top / 2, top]) {
      nodes.push(svg("line", { class: "grid", x1: 0, x2: this.#width, y1: y(value), y2: y(value) }));
      if (value > 0) nodes.push(svg("text", { x: 0, y: y(value) - 3 }, `${number.format(value)}${this.#unit}`));
    }
    const last = this.#history.at(-1).time;
    for (let mark = 0; mark < MARKS; mark++) {
      const ago = mark * this.#span / MARKS;
      const attributes = { x: this.#x(last - ago * 1000), y: HEIGHT - 5, "text-anchor": mark === 0 ? "end" : "middle" };
      nodes.push(svg("text", attributes, mark === 0 ? "now" : ago < 60 ? `-${ago} s` : `-${ago / 60} min`));
    }
    return nodes;
  }

  #lines(y) {
    const runs = [];
    this.#history.forEach((one, i) => {
      if (i === 0 || one.time - this.#history[i - 1].time > GAP) runs.push([]);
      runs.at(-1).push(one);
    });
    const coordinates = (value) => value.toFixed(1);
    return this.#series.toReversed().flatMap(({ key, className }) => {
      const line = (run) => run.map((one) => `${coordinates(this.#x(one.time))} ${coordinates(y(one[key]))}`).join("L");
      const ends = (run) => [run.at(-1), run[0]].map((one) => `${coordinates(this.#x(one.time))} ${y(0)}`).join("L");
      const last = this.#history.at(-1);
      return [
        svg("path", { class: `area ${className}`, d: runs.map((run) => `M${line(run)}L${ends(run)}Z`).join("") }),
        svg("path", { class: `line ${className}`, d: runs.map((run) => `M${line(run)}`).join("") }),
        svg("circle", { class: className, r: 3.5, cx: this.#x(last.time), cy: y(last[key]) }),
      ];
    });
  }
}

/** The next of 1, 2, 4, 10, 20, 40 ...: half of it is round too. */
export function roundTop(value) {
  const unit = 10 ** Math.floor(Math.log10(value));
  return unit * [1, 2, 4, 10].find((factor) => factor * unit >= value);
}

function element(tag, text) {
  const node = document.createElement(tag);
  node.textContent = text;
  return node;
}

function svg(tag, attributes, text = "") {
  const node = document.createElementNS(SVG, tag);
  node.textContent = text;
  return set(node, attributes);
}

function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}
