// The processor time, the time and the memory of `deno check` for 200 routes: typed handlers beside plain ones that use
// the same schemas by hand. Needs /usr/bin/time.
//
//   deno task bench:types [--rounds=5] [--routes=200]
import { routesProgram } from "../tests/support/typed_routes.ts";
import { median, numberArgument, printTable } from "./support.ts";

const rounds = numberArgument("rounds", 5);
const routes = numberArgument("routes", 200);

const samples = {
  plain: { work: [] as number[], seconds: [] as number[], mebibytes: [] as number[] },
  typed: { work: [] as number[], seconds: [] as number[], mebibytes: [] as number[] },
};
const folder = await Deno.makeTempDir();
try {
  await Deno.writeTextFile(`${folder}/deno.json`, "{}");
  for (let round = 0; round < rounds; round++) {
    for (const kind of ["plain", "typed"] as const) {
      // Deno does not check again what it has checked, so that each program has a number of its own.
      const file = `${folder}/${kind}.ts`;
      await Deno.writeTextFile(file, `// ${crypto.randomUUID()}\n${routesProgram(kind, routes)}`);
      const { success, stderr } = await new Deno.Command("/usr/bin/time", {
        args: ["-f", "%U %S %e %M", Deno.execPath(), "check", "--no-lock", "--config", `${folder}/deno.json`, file],
      }).output();
      const text = new TextDecoder().decode(stderr);
      const [, user = "", system = "", elapsed = "", kibibytes = ""] =
        text.match(/([\d.]+) ([\d.]+) ([\d.]+) (\d+)\n$/) ?? [];
      if (!success || kibibytes === "") throw new Error(`The check of ${kind} failed: ${text}`);
      samples[kind].work.push(Number(user) + Number(system));
      samples[kind].seconds.push(Number(elapsed));
      samples[kind].mebibytes.push(Number(kibibytes) / 1024);
    }
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}

const { plain, typed } = samples;
printTable(
  [`${routes} routes`, "seconds of the processor", "seconds", "MiB"],
  Object.entries(samples).map(([kind, { work, seconds, mebibytes }]) => [
    kind,
    median(work).toFixed(2),
    median(seconds).toFixed(2),
    median(mebibytes).toFixed(0),
  ]),
);
/** What the typed program takes more than the plain one of the same round. */
const more = (key: "work" | "seconds") => median(typed[key].map((value, i) => value - (plain[key][i] ?? NaN)));
const memory = median(typed.mebibytes.map((value, i) => value / (plain.mebibytes[i] ?? NaN) - 1));
console.log(
  `typed routes add ${more("work").toFixed(2)} s of the processor, ${more("seconds").toFixed(2)} s and ` +
    `${(memory * 100).toFixed(1)} % memory`,
);
