// The results of the benchmarks as files, one for each part, and the page that is made of them.
import type { Part } from "./parts/part.ts";
import { median } from "./support.ts";
import type { Measured, Sample } from "./wrk.ts";

/** A table of the page. */
export interface Table {
  readonly title: string;
  readonly heading: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A ratio that a part is held to. */
export interface Target {
  readonly text: string;
  /** The ratio of each round. */
  readonly ratios: readonly number[];
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** The result of a part, as its file has it. */
export interface PartResult {
  readonly title: string;
  readonly text: string;
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
  /** The names of pictures beside the page. */
  readonly pictures: readonly string[];
}

/** The result of a part, with the circumstances. */
interface StoredResult extends PartResult {
  readonly measured: string;
  /** Why the part has failed since. */
  readonly failed?: string;
  readonly versions: string;
  readonly machine: string;
}

const RESULTS = new URL("./results/", import.meta.url);
const PAGE = new URL("../docs/benchmarks.md", import.meta.url);

const INTRODUCTION = `# Benchmarks

\`deno task bench:all\` makes this page. It runs the servers of each table in turns, every other round backwards, each
server on one processor and the load on another. **Processor time for each operation**, of the whole process of the
server and its kernel work, is the measure. Rates and delays are shown beside it: they depend on what else the
machine does. Figures are medians of the rounds, with the lowest and the highest in brackets; a ratio is that of two
servers in the same round.

A target is *met* or *missed* by the median of its ratios. It is *open* if the rounds lie on both sides of it. Below
those that are not met stands why, with the commit at which that was looked at.

\`deno task bench:all --only=PART\` runs one part and keeps the results of the others, which are in \`bench/results\`.
`;

/** A median with the lowest and the highest value, such as `7.1 (6.9-7.4)`. */
export function spread(values: readonly number[], digits = 1): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const middle = median(values).toFixed(digits);
  return values.length < 2 ? middle : `${middle} (${low.toFixed(digits)}-${high.toFixed(digits)})`;
}

/** The ratios of one figure of two servers, round by round. */
export function ratios({ samples }: Measured, above: string, below: string, key: keyof Sample = "work"): number[] {
  const others = samples.get(below) ?? [];
  return (samples.get(above) ?? []).map((sample, round) => sample[key] / (others[round]?.[key] ?? NaN));
}

/** The table of one case, whose work is also given relative to a yardstick. */
export function loadTable(measured: Measured, yardstick: string): Table {
  const { one, samples } = measured;
  return {
    title: `${one.name}, ${one.connections} connections`,
    heading: ["server", "us of processor", `times ${yardstick}`, "requests/s", "p50 ms", "p99 ms", "p99.9 ms", "MiB"],
    rows: Array.from(samples, ([name, rounds]) => {
      const all = (key: keyof Sample) => rounds.map((sample) => sample[key]);
      const middle = (key: keyof Sample, divisor: number, digits: number) =>
        (median(all(key)) / divisor).toFixed(digits);
      return [
        name,
        spread(all("work")),
        spread(ratios(measured, name, yardstick), 2),
        middle("rate", 1, 0),
        middle("p50", 1000, 2),
        middle("p99", 1000, 2),
        middle("p999", 1000, 2),
        middle("memory", 2 ** 20, 0),
      ];
    }),
  };
}

/** Says whether a target is met. */
export function verdict({ ratios, atLeast = -Infinity, atMost = Infinity }: Target): string {
  const meets = (ratio: number) => ratio >= atLeast && ratio <= atMost;
  const met = ratios.filter(meets).length;
  if (met > 0 && met < ratios.length) return meets(median(ratios)) ? "open, rather met" : "open, rather missed";
  return met > 0 ? "met" : "missed";
}

/** Keeps the result of a part in a file of its own. */
export async function storeResult(name: string, result: PartResult): Promise<void> {
  const stored: StoredResult = {
    measured: new Date().toISOString().slice(0, 10),
    versions: `Deno ${Deno.version.deno}, V8 ${Deno.version.v8}`,
    machine: await machine(),
    ...result,
  };
  await writeResult(name, stored);
}

/** Keeps the note that a part has failed; the result of an earlier run stays. */
export async function storeFailure(name: string, why: string): Promise<void> {
  const earlier = await storedResult(name) ?? {
    title: name,
    text: "Not measured yet.",
    tables: [],
    targets: [],
    pictures: [],
    measured: "no day",
    versions: `Deno ${Deno.version.deno}`,
    machine: await machine(),
  };
  await writeResult(name, { ...earlier, failed: `${new Date().toISOString().slice(0, 10)}: ${why}` });
}

async function writeResult(name: string, result: StoredResult): Promise<void> {
  await Deno.mkdir(RESULTS, { recursive: true });
  await Deno.writeTextFile(new URL(`${name}.json`, RESULTS), `${JSON.stringify(result, null, 2)}\n`);
}

/** Returns the verdicts of a part that has been measured. */
export async function storedVerdicts(name: string): Promise<string[]> {
  return (await storedResult(name))?.targets.map(verdict) ?? [];
}

/** Writes the page of all stored results, in the order of the parts. */
export async function writePage(parts: readonly Pick<Part, "name" | "missed">[]): Promise<void> {
  let page = INTRODUCTION;
  for (const part of parts) {
    const result = await storedResult(part.name);
    if (result !== null) page += section(part, result);
  }
  await Deno.writeTextFile(PAGE, page);
  const written = [PAGE.pathname, pictureFile(".").pathname, RESULTS.pathname];
  const { success } = await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", ...written] }).output();
  if (!success) throw new Error("deno fmt failed");
}

/** The place of a picture of the page. */
export function pictureFile(name: string): URL {
  return new URL(`./benchmarks/${name}`, PAGE);
}

async function storedResult(name: string): Promise<StoredResult | null> {
  try {
    return JSON.parse(await Deno.readTextFile(new URL(`${name}.json`, RESULTS)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function section({ name, missed = [] }: Pick<Part, "name" | "missed">, result: StoredResult): string {
  const { title, text, tables, targets, pictures, measured, versions, machine, failed } = result;
  let page = `\n## ${title}\n\n${text}\n\n\`--only=${name}\`, measured on ${measured}: ${versions}; ${machine}.\n`;
  if (failed !== undefined) page += `\n**Failed** on ${failed}. The figures are those of an earlier run.\n`;
  for (const { title, heading, rows } of tables) page += `\n### ${title}\n\n${markdownTable(heading, rows)}`;
  for (const picture of pictures) page += `\n![${picture}](benchmarks/${picture})\n`;
  if (targets.length === 0) return page;
  const rows = targets.map((target) => [
    target.text,
    target.atLeast === undefined ? `at most ${target.atMost}x` : `at least ${target.atLeast}x`,
    `${spread(target.ratios, 2)}x`,
    verdict(target),
  ]);
  page += `\n${markdownTable(["target", "", "measured", "verdict"], rows)}`;
  const reasons = targets.every((target) => verdict(target) === "met") ? [] : missed;
  return page + reasons.map((reason, i) => `\n${i === 0 ? "**Missed, and why.** " : ""}${reason}\n`).join("");
}

/** A table as `deno fmt` writes it: the columns as wide as their widest cell. */
function markdownTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heading.map((cell, i) => Math.max(3, cell.length, ...rows.map((row) => (row[i] ?? "").length)));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, i) => (cells[i] ?? "").padEnd(width)).join(" | ")} |\n`;
  return [heading, widths.map((width) => "-".repeat(width)), ...rows].map(line).join("");
}

async function machine(): Promise<string> {
  const info = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const model = /^model name\s*:\s*(.+)$/m.exec(info)?.[1] ?? "unknown processor";
  // Taken after the last round, when the load of the part itself is in it.
  const load = (Deno.loadavg()[0] ?? NaN).toFixed(1);
  return `${navigator.hardwareConcurrency} processors, ${model}, ${Deno.build.os}, load average ${load}`;
}
