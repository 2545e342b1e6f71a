import type { Family, Sink } from "./family.ts";

/** The text format 0.0.4 of Prometheus, or OpenMetrics 1.0. */
export type ExpositionFormat = "prometheus" | "openmetrics";

/** Writes families as text. One without a sample is left out. */
export function exposition(families: readonly Family[], format: ExpositionFormat): string {
  const open = format === "openmetrics";
  let text = "";
  for (const family of families) {
    let lines = "";
    family.collect((name, value) => lines += `${name} ${numberText(value)}\n`);
    if (lines === "") continue;
    // OpenMetrics names the family of a counter without the suffix of its samples.
    const name = open && family.type === "counter" ? family.name.slice(0, -"_total".length) : family.name;
    text += `# HELP ${name} ${escapeHelp(family.help, open)}\n# TYPE ${name} ${family.type}\n${lines}`;
  }
  return open ? `${text}# EOF\n` : text;
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

function escapeHelp(help: string, open: boolean): string {
  const text = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return open ? text.replaceAll('"', '\\"') : text;
}

/** Gives the families the samples of other processes, by the names that their own samples have. */
export function familiesOfSums(families: readonly Family[], sums: Readonly<Record<string, number>>): Family[] {
  const byName = new Map<string, [string, number][]>(families.map(({ name }) => [name, []]));
  for (const [sample, value] of Object.entries(sums)) {
    const end = sample.indexOf("{");
    const name = end < 0 ? sample : sample.slice(0, end);
    const samples = byName.get(name) ?? byName.get(name.replace(/_(?:bucket|sum|count)$/, ""));
    samples?.push([sample, value]);
  }
  return families.map(({ name, help, type }) => ({
    name,
    help,
    type,
    collect: (sink: Sink) => {
      for (const [sample, value] of byName.get(name) ?? []) sink(sample, value);
    },
  }));
}
