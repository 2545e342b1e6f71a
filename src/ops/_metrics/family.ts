/** The label sets that a family of an application keeps; those beyond it are counted together, which bounds memory. */
export const MAX_SERIES = 1000;

/** The value of every label of the series that takes what comes beyond the limit. */
const OVERFLOW = "other";

/** Values of labels, by name. */
export type Labels = Readonly<Record<string, string>>;

/** The kinds of metrics that there are. */
export type MetricType = "counter" | "gauge" | "histogram";

/** Takes the samples of a family, one after another. */
export type Sink = (name: string, value: number) => void;

/** Metrics of one name: a series for each set of labels. */
export interface Family {
  /** The name, which ends in `_total` for a counter. */
  readonly name: string;
  /** The meaning, in one line. */
  readonly help: string;
  /** The kind of metric. */
  readonly type: MetricType;
  /** Reports all samples, in the order in which they are written; names are complete, with their labels. */
  collect(sink: Sink): void;
}

const NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** @throws {RangeError} If the name is not one of Prometheus. */
export function checkName(name: string, what: string): void {
  if (NAME.test(name)) return;
  throw new RangeError(`Invalid ${what} ${JSON.stringify(name)}: it must consist of letters, digits and underscores`);
}

/** Writes labels in the order of their names: `{a="1",b="2"}`, or nothing. */
export function labelText(names: readonly string[], values: readonly string[], more: string = ""): string {
  const pairs = names.map((name, i) => `${name}="${escapeLabel(values[i] ?? "")}"`);
  if (more !== "") pairs.push(more);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return /[\\"\n]/.test(value)
    ? value.replace(/[\\"\n]/g, (special) => special === "\n" ? "\\n" : `\\${special}`)
    : value;
}

/** The series of a family by their labels, as many as there may be. */
export class SeriesMap<Series> {
  readonly #names: readonly string[];
  readonly #make: (labels: readonly string[]) => Series;
  readonly #series = new Map<string, Series>();
  readonly #most: number;

  constructor(names: readonly string[], most: number, make: (labels: readonly string[]) => Series) {
    for (const name of names) checkName(name, "label");
    const wrong = names.find((name, i) => name.startsWith("__") || names.indexOf(name) !== i);
    if (wrong !== undefined) {
      throw new RangeError(`Invalid label ${wrong}: it is repeated, or begins with "__", which Prometheus reserves`);
    }
    this.#names = names;
    this.#most = most;
    this.#make = make;
  }

  /**
   * Returns the series of a set of labels.
   *
   * @throws {TypeError} If a label is missing, or is not one of the family's.
   */
  get(labels: Labels): Series {
    const names = this.#names;
    const isMissing = (name: string) => !Object.hasOwn(labels, name) || labels[name] === undefined;
    if (Object.keys(labels).length !== names.length || names.some(isMissing)) {
      throw new TypeError(`Wrong labels ${Deno.inspect(labels)}: expected ${names.join(", ") || "none"}`);
    }
    // What UTF-8 cannot tell apart is one series: Prometheus refuses a scrape that has two of the same text.
    const values = names.map((name) => String(labels[name]).toWellFormed());
    const key = keyOf(values);
    return this.#series.get(key) ?? this.#add(key, values);
  }

  values(): IterableIterator<Series> {
    return this.#series.values();
  }

  #add(key: string, values: readonly string[]): Series {
    if (this.#series.size >= this.#most) {
      const all = this.#names.map(() => OVERFLOW);
      key = keyOf(all);
      const other = this.#series.get(key);
      if (other !== undefined) return other;
      values = all;
    }
    const made = this.#make(values);
    this.#series.set(key, made);
    return made;
  }
}

/** Joins values so that no two lists of them give the same text: any character may be in a value. */
function keyOf(values: readonly string[]): string {
  return values.length < 2 ? values[0] ?? "" : JSON.stringify(values);
}
