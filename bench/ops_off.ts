// What the event seam costs where nothing listens: copies of the project with and without its comparisons, in turn in
// one process. How V8 places and inlines the code of a copy makes some percent of difference, between equal copies,
// too; so many processes are compared, and a copy with the seam is compared with another one for the error.
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

/** 95 of 100 intervals of so many standard errors around a mean have the true one. */
const STANDARD_ERRORS = 1.96;

/** Copies the source of the project, and takes the seam out of the copy if told to. */
async function copyProject(folder: string, hasSeam: boolean): Promise<string> {
  const source = new URL("../src", import.meta.url).pathname;
  await Deno.mkdir(folder);
  if (!await succeeds("cp", "-r", source, folder)) throw new Error(`Cannot copy ${source} to ${folder}`);
  for (const [file, code, without] of hasSeam ? [] : SEAM) {
    const text = await Deno.readTextFile(`${folder}/${file}`);
    if (!text.includes(code)) throw new Error(`${file} has no ${code}`);
    await Deno.writeTextFile(`${folder}/${file}`, text.replace(code, without));
  }
  return folder;
}

/** Lets one process ask two copies; returns by how much a request of the first takes longer, as a part of it. */
async function compare(
  first: string,
  second: string,
  isFirstLoadedFirst: boolean,
): Promise<{ more: number; us: number }> {
  const folders = isFirstLoadedFirst ? [first, second] : [second, first];
  const [program = "", ...args] = plainDeno(new URL("peers/event_seam.ts", import.meta.url).pathname, ...folders);
  const { success, stdout } = await new Deno.Command(program, { args, stdin: "null", stderr: "inherit" }).output();
  if (!success) throw new Error("The comparison has failed");
  const rounds: [number, number][] = JSON.parse(new TextDecoder().decode(stdout));
  const work = rounds.map((round) => isFirstLoadedFirst ? round : [round[1], round[0]] as const);
  const us = middle(work.map(([one]) => one));
  return { more: middle(work.map(([one, other]) => one / other)) - 1, us };
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** The mean of values and half of the interval that has the true one with a probability of 95 %, in percent. */
function interval(values: readonly number[]): string {
  const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
  const variance = values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (values.length - 1);
  const half = STANDARD_ERRORS * Math.sqrt(variance / values.length);
  return `${(100 * mean).toFixed(2)} +- ${(100 * half).toFixed(2)} %`;
}

/** Prints what the seam costs, by so many processes for each comparison. */
export async function measureOff(processes: number): Promise<void> {
  const scratch = await Deno.makeTempDir();
  try {
    const seam = await copyProject(`${scratch}/a`, true);
    const control = await copyProject(`${scratch}/b`, true);
    const bare = await copyProject(`${scratch}/c`, false);
    const outcomes: Record<"seam" | "control", { more: number; us: number }[]> = { seam: [], control: [] };
    for (let i = 0; i < processes; i++) {
      outcomes.seam.push(await compare(seam, bare, i % 2 === 0));
      outcomes.control.push(await compare(seam, control, i % 2 === 0));
    }
    console.log(`A GET of 12 bytes without sockets, ${processes} processes for each comparison`);
    printTable(
      ["comparison", "processor us/request", "more, 95 of 100 intervals", "by process, %"],
      Object.entries(outcomes).map(([name, all]) => [
        name,
        middle(all.map(({ us }) => us)).toFixed(2),
        interval(all.map(({ more }) => more)),
        all.map(({ more }) => (100 * more).toFixed(1)).join(" "),
      ]),
    );
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}
