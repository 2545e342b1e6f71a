import { type Family, type Labels, labelText, MAX_SERIES, SeriesMap, type Sink } from "./family.ts";

interface Value {
  readonly labels: string;
  value: number;
}

const NO_LABELS: Labels = Object.freeze({});

/** A number that only grows: what happened so far. `Metrics.counter` makes one. */
export class Counter implements Family {
  /** The name. */
  readonly name: string;
  /** The meaning. */
  readonly help: string;
  /** The kind of metric. */
  readonly type = "counter";
  readonly #series: SeriesMap<Value>;

  /** @internal */
  constructor(name: string, help: string, labels: readonly string[]) {
    this.name = name;
    this.help = help;
    this.#series = new SeriesMap(labels, MAX_SERIES, (values) => ({ labels: labelText(labels, values), value: 0 }));
    if (labels.length === 0) this.#series.get(NO_LABELS);
  }

  /**
   * Adds to the counter of a set of labels.
   *
   * @throws {RangeError} If `amount` is negative, infinite or not a number.
   * @throws {TypeError} If the labels are not those of the counter.
   */
  add(amount: number = 1, labels: Labels = NO_LABELS): void {
    if (!(amount >= 0 && amount < Infinity)) {
      throw new RangeError(`Cannot add ${amount} to ${this.name}: a counter only grows`);
    }
    this.#series.get(labels).value += amount;
  }

  /** @internal */
  collect(sink: Sink): void {
    for (const { labels, value } of this.#series.values()) sink(this.name + labels, value);
  }
}
