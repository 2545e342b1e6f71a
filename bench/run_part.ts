// Runs one part of docs/benchmarks.md and stores its result, for all.ts.
//
//   run_part.ts NAME --rounds=4 --seconds=2
import { PARTS } from "./parts/parts.ts";
import { storeResult } from "./report.ts";
import { numberArgument } from "./support.ts";

const part = PARTS.find(({ name }) => name === Deno.args[0]);
if (part === undefined) throw new Error(`No such part: ${Deno.args[0]}`);
const options = { rounds: numberArgument("rounds", 4), seconds: numberArgument("seconds", 2) };
await storeResult(part.name, await part.run(options));
