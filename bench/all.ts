// Runs the benchmarks whose tables are in docs/benchmarks.md, and writes that page. Needs wrk, taskset, npm for busboy,
// and Tornado (Debian package python3-tornado) for its rows. A part takes at most four minutes.
//
//   deno task bench:all [--only=hello,work,...] [--rounds=4] [--seconds=2]
import { closing } from "./parts/closing.ts";
import { compressed } from "./parts/compressed.ts";
import { connections } from "./parts/connections.ts";
import { cookies } from "./parts/cookies.ts";
import { echo } from "./parts/echo.ts";
import { files } from "./parts/files.ts";
import { growth } from "./parts/growth.ts";
import { hello } from "./parts/hello.ts";
import type { Part } from "./parts/part.ts";
import { pings } from "./parts/pings.ts";
import { routes } from "./parts/routes.ts";
import { start } from "./parts/start.ts";
import { tls } from "./parts/tls.ts";
import { topics } from "./parts/topics.ts";
import { uploads } from "./parts/uploads.ts";
import { bodies, work } from "./parts/work.ts";
import { storeResult, writePage } from "./report.ts";
import { listArgument, numberArgument } from "./support.ts";

/** The parts in the order of the page. */
const PARTS: readonly Part[] = [
  hello,
  connections,
  closing,
  tls,
  work,
  bodies,
  cookies,
  compressed,
  files,
  uploads,
  echo,
  routes,
  topics,
  pings,
  start,
  growth,
];

const only = listArgument("only");
const options = { rounds: numberArgument("rounds", 4), seconds: numberArgument("seconds", 2) };
const unknown = only.filter((name) => !PARTS.some((part) => part.name === name));
if (unknown.length > 0) throw new Error(`No such part: ${unknown.join(", ")}`);

const names = PARTS.map(({ name }) => name);
for (const part of PARTS) {
  if (only.length > 0 && !only.includes(part.name)) continue;
  console.log(`\n== ${part.name}`);
  await storeResult(part.name, await part.run(options));
  await writePage(names);
}
await writePage(names);
