// What the event seam costs where nothing listens: copies of the project with and without its comparisons, in turn in
// one process. How V8 places and inlines the code of a copy makes some percent of difference, between equal copies,
// too; so many processes are compared, and a copy with the seam is compared with another one for the error.
//
// That error is larger than the cost. So one more copy has each comparison 21 times, each time of another object, which
// the compiler cannot join: what that copy takes longer, divided by the 20 that it has more, is the cost of the seam
// with a 20th of the error. It says nothing of code that the compiler could make better without the seam; the copy
// without it does.
import { plainDeno, printTable, succeeds } from "./support.ts";

/** The comparisons on the way of a request, and what the code would be without them. */
const SEAM: readonly (readonly [file: string, code: string, without: string])[] = [
  [
    "src/http/_http1/request_loop.ts",
    "const refusal = gates === null ? null : refusalOf(gates, parser);",
    "const refusal: Refusal | null = null;",
  ],
  ["src/http/_http1/request_loop.ts", "const { gates } = events;", ""],
  ["src/http/_http1/request_loop.ts", "if (refusal === null) this.#begin(parser);", "this.#begin(parser);"],
  ["src/http/_http1/request_loop.ts", "else this.#turnAway(parser, refusal);", ""],
  ["src/http/_adapters/request_chain.ts", "const listeners = events.requests;", "const listeners = null;"],
  ["src/http/_adapters/request_chain.ts", "let delegate = listeners === null\n", "let delegate = true\n"],
  [
    "src/web/routing.ts",
    "if (delegate !== null && events.requests !== null) noteRoute(request, rule);",
    "",
  ],
];

/** The comparisons that are added for each one of the seam. */
const ADDED = 20;
/** The places of the comparisons, and what is compared there, of the module `events` of a number. */
const PLACES: readonly (readonly [file: string, before: string, member: "gates" | "requests"])[] = [
  ["src/http/_http1/request_loop.ts", "    const { gates } = events;", "gates"],
  ["src/http/_adapters/request_chain.ts", "    const listeners = events.requests;", "requests"],
  [
    "src/web/routing.ts",
    "    if (delegate !== null && events.requests !== null) noteRoute(request, rule);",
    "requests",
  ],
];

/** 95 of 100 intervals of so many standard errors around a mean have the true one. */
const STANDARD_ERRORS = 1.96;

/** What the rows of the table are called. */
const NAMES: Readonly<Record<string, string>> = {
  seam: "the seam",
  control: "nothing (two equal copies)",
  many: `the seam, by ${ADDED} more of it`,
};

/** The copies of the project, in the order of the results of a process. */
const COPIES = ["seam", "bare", "control", "many"] as const;
type Copy = typeof COPIES[number];

/** Copies the source of the project, and changes the seam of the copy. */
async function copyProject(folder: string, copy: Copy): Promise<void> {
  const source = new URL("../src", import.meta.url).pathname;
  if (!await succeeds("cp", "-r", source, `${folder}/`)) throw new Error(`Cannot copy ${source} to ${folder}`);
  if (copy === "bare") { for (const [file, code, without] of SEAM) await replace(`${folder}/${file}`, code, without); }
  if (copy === "many") await multiplySeam(folder);
}

/** Adds further comparisons to those of the seam, each of an object of its own. */
async function multiplySeam(folder: string): Promise<void> {
  const numbers = Array.from({ length: ADDED }, (_, i) => i);
  for (const i of numbers) {
    await Deno.copyFile(`${folder}/src/internal/events.ts`, `${folder}/src/internal/events${i}.ts`);
  }
  for (const [file, before, member] of PLACES) {
    const tests = numbers.map((i) => `    if (events${i}.${member} !== null) throw new Error("${i}");\n`).join("");
    await replace(`${folder}/${file}`, before, tests + before);
    const imports = numbers.map((i) =>
      `import { events as events${i} } from "${folder}/src/internal/events${i}.ts";\n`
    );
    const text = await Deno.readTextFile(`${folder}/${file}`);
    await Deno.writeTextFile(`${folder}/${file}`, imports.join("") + text);
  }
}

async function replace(path: string, code: string, other: string): Promise<void> {
  const text = await Deno.readTextFile(path);
  if (!text.includes(code)) throw new Error(`${path} has no ${code}`);
  await Deno.writeTextFile(path, text.replace(code, () => other));
}

/** Lets one process ask the copies; returns the microseconds of a request of each, round by round. */
async function ask(folders: readonly string[]): Promise<number[][]> {
  const [program = "", ...args] = plainDeno(new URL("peers/event_seam.ts", import.meta.url).pathname, ...folders);
  const { success, stdout } = await new Deno.Command(program, { args, stdin: "null", stderr: "inherit" }).output();
  if (!success) throw new Error("The comparison has failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** The mean of values and half of the interval that has the true one with a probability of 95 %. */
function interval(values: readonly number[]): { mean: number; half: number } {
  const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
  const variance = values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (values.length - 1);
  return { mean, half: STANDARD_ERRORS * Math.sqrt(variance / values.length) };
}

/**
 * Prints what the seam costs, by so many processes.
 *
 * @param wire The microseconds that the processor works for the same request over a socket.
 */
export async function measureOff(processes: number, wire: number): Promise<void> {
  const scratch = await Deno.makeTempDir();
  try {
    for (const copy of COPIES) {
      await Deno.mkdir(`${scratch}/${copy}`);
      await copyProject(`${scratch}/${copy}`, copy);
    }
    const costs: Record<"seam" | "control" | "many", number[]> = { seam: [], control: [], many: [] };
    const bases: number[] = [];
    for (let i = 0; i < processes; i++) {
      // Each copy is loaded first in one process of four.
      const order = COPIES.map((_, at) => COPIES[(at + i) % COPIES.length] ?? "seam");
      const rounds = await ask(order.map((copy) => `${scratch}/${copy}`));
      const more = (one: Copy, other: Copy) =>
        middle(rounds.map((round) => (round[order.indexOf(one)] ?? NaN) - (round[order.indexOf(other)] ?? NaN)));
      costs.seam.push(1000 * more("seam", "bare"));
      costs.control.push(1000 * more("control", "seam"));
      costs.many.push(1000 * more("many", "seam") / ADDED);
      bases.push(middle(rounds.map((round) => round[order.indexOf("bare")] ?? NaN)));
    }
    const base = middle(bases);
    console.log(
      `A GET of 12 bytes takes ${base.toFixed(2)} us of the processor in one process without sockets, ` +
        `${wire.toFixed(1)} us over a socket; ${processes} processes, 95 of 100 intervals`,
    );
    printTable(
      ["more than without", "ns/request", "% without sockets", "% over a socket", "ns by process"],
      Object.entries(costs).map(([name, all]) => {
        const { mean, half } = interval(all);
        const percent = (us: number) => `${(mean / us / 10).toFixed(2)} +- ${(half / us / 10).toFixed(2)}`;
        return [
          NAMES[name] ?? name,
          `${mean.toFixed(1)} +- ${half.toFixed(1)}`,
          percent(base),
          percent(wire),
          all.map((one) => one.toFixed(0)).join(" "),
        ];
      }),
    );
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}
