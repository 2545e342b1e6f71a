import { toError } from "../../internal/promises.ts";
import { appLog } from "../../util/log.ts";
import { type Family, type Labels, labelText, MAX_SERIES, SeriesMap, type Sink } from "./family.ts";

interface Value {
  readonly labels: string;
  value: number;
}

const NO_LABELS: Labels = Object.freeze({});

/** A number that goes up and down: what is now. `Metrics.gauge` makes one. */
export class Gauge implements Family {
  /** The name. */
  readonly name: string;
  /** The meaning. */
  readonly help: string;
  /** The kind of metric. */
  readonly type = "gauge";
  readonly #series: SeriesMap<Value>;
  readonly #read: (() => number) | null;

  /** @internal */
  constructor(name: string, help: string, labels: readonly string[], read: (() => number) | null) {
    this.name = name;
    this.help = help;
    this.#read = read;
    this.#series = new SeriesMap(labels, MAX_SERIES, (values) => ({ labels: labelText(labels, values), value: 0 }));
    if (labels.length === 0) this.#series.get(NO_LABELS);
  }

  /**
   * Sets the gauge of a set of labels.
   *
   * @throws {TypeError} If the labels are not those of the gauge, or a function reads its value.
   */
  set(value: number, labels: Labels = NO_LABELS): void {
    this.#checkIsSet();
    this.#series.get(labels).value = value;
  }

  /**
   * Adds to the gauge of a set of labels; a negative amount takes away.
   *
   * @throws {TypeError} If the labels are not those of the gauge, or a function reads its value.
   */
  add(amount: number, labels: Labels = NO_LABELS): void {
    this.#checkIsSet();
    this.#series.get(labels).value += amount;
  }

  /** @internal */
  collect(sink: Sink): void {
    if (this.#read !== null) return this.#collectRead(this.#read, sink);
    for (const { labels, value } of this.#series.values()) sink(this.name + labels, value);
  }

  #checkIsSet(): void {
    if (this.#read !== null) throw new TypeError(`Cannot set ${this.name}: a function reads its value`);
  }

  /** One that cannot be read must not hide all others. */
  #collectRead(read: () => number, sink: Sink): void {
    let value: number;
    try {
      value = read();
      if (typeof value !== "number") throw new TypeError(`not a number: ${Deno.inspect(value)}`);
    } catch (error) {
      appLog.error("Cannot read the metric %s: %s", this.name, toError(error).message);
      return;
    }
    sink(this.name, value);
  }
}
