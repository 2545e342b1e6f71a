import { type Family, type Labels, labelText, MAX_SERIES, SeriesMap, type Sink } from "./family.ts";

/** The bounds that OpenTelemetry's semantic conventions name for the duration of requests, in seconds. */
export const DURATION_BUCKETS: readonly number[] = Object.freeze([
  0.005,
  0.01,
  0.025,
  0.05,
  0.075,
  0.1,
  0.25,
  0.5,
  0.75,
  1,
  2.5,
  5,
  7.5,
  10,
]);

const NO_LABELS: Labels = Object.freeze({});

/** Counts how many values fell between two bounds, for one set of labels. */
export class Distribution {
  readonly #name: string;
  readonly #buckets: readonly number[];
  readonly #labelNames: readonly string[];
  readonly #labelValues: readonly string[];
  readonly #counts: Float64Array;
  #sum = 0;
  /** The names of the samples, made when they are first written: they are long, and there are many. */
  #names: string[] | null = null;

  constructor(name: string, buckets: readonly number[], labelNames: readonly string[], values: readonly string[]) {
    this.#name = name;
    this.#buckets = buckets;
    this.#labelNames = labelNames;
    this.#labelValues = values;
    this.#counts = new Float64Array(buckets.length + 1);
  }

  observe(value: number): void {
    const buckets = this.#buckets;
    let at = 0;
    // Most values of a fast program are in the first bucket.
    while (at < buckets.length && value > (buckets[at] ?? 0)) at++;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum += value;
  }

  collect(sink: Sink): void {
    const names = this.#names ??= this.#makeNames();
    let total = 0;
    for (let i = 0; i < this.#counts.length; i++) {
      total += this.#counts[i] ?? 0;
      sink(names[i] ?? "", total);
    }
    sink(names[this.#counts.length] ?? "", this.#sum);
    sink(names[this.#counts.length + 1] ?? "", total);
  }

  #makeNames(): string[] {
    const name = this.#name;
    const text = (more: string) => labelText(this.#labelNames, this.#labelValues, more);
    const bounds = [...this.#buckets.map(boundText), "+Inf"];
    return [
      ...bounds.map((le) => `${name}_bucket${text(`le="${le}"`)}`),
      `${name}_sum${text("")}`,
      `${name}_count${text("")}`,
    ];
  }
}

/** Writes a bound with a point or an exponent, as OpenMetrics has numbers that are not whole. */
function boundText(bound: number): string {
  const text = String(bound);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** The distribution of values, such as durations. `Metrics.histogram` makes one. */
export class Histogram implements Family {
  /** The name. */
  readonly name: string;
  /** The meaning. */
  readonly help: string;
  /** The kind of metric. */
  readonly type = "histogram";
  readonly #series: SeriesMap<Distribution>;

  /** @internal */
  constructor(name: string, help: string, labels: readonly string[], buckets: readonly number[]) {
    this.name = name;
    this.help = help;
    if (labels.includes("le")) throw new RangeError(`Invalid label le of ${name}: that of the buckets has this name`);
    if (buckets.length === 0 || buckets.some((bound, i) => !(bound > (buckets[i - 1] ?? -Infinity)))) {
      throw new RangeError(`Invalid buckets of ${name}: ${Deno.inspect(buckets)} do not ascend`);
    }
    if (buckets.at(-1) === Infinity) {
      throw new RangeError(`Invalid buckets of ${name}: the last one, +Inf, is there in any case`);
    }
    this.#series = new SeriesMap(labels, MAX_SERIES, (values) => new Distribution(name, buckets, labels, values));
    if (labels.length === 0) this.#series.get(NO_LABELS);
  }

  /**
   * Counts a value for a set of labels.
   *
   * @throws {RangeError} If the value is not a number: its sum would never be one again.
   * @throws {TypeError} If the labels are not those of the histogram.
   */
  observe(value: number, labels: Labels = NO_LABELS): void {
    if (Number.isNaN(value)) throw new RangeError(`Cannot count ${value} in ${this.name}: it is not a number`);
    this.#series.get(labels).observe(value);
  }

  /** @internal */
  collect(sink: Sink): void {
    for (const series of this.#series.values()) series.collect(sink);
  }
}
