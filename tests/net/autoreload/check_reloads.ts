// Edits a program over and over: the time from an edit to the answer of the new code, and the memory of the parent.
// deno run -A tests/net/autoreload/check_reloads.ts [--reloads=200]
import { sleep } from "../../../src/concurrency/gen.ts";
import { define, parseCommandLine } from "../../../src/util/options.ts";
import { ProgramFolder } from "../../support/reloaded.ts";
import { freePort } from "../../support/free_port.ts";

const MAIN = `import { Application, RequestHandler } from "twister/web/mod.ts";
import { greeting } from "./greeting.ts";
class MainHandler extends RequestHandler {
  override get(): void {
    this.write(greeting);
  }
}
const app = new Application([["/", MainHandler]], { debug: true });
app.listen(Number(Deno.args[0]), { address: "127.0.0.1" });
console.log("up");
`;

/** Seconds between two questions. */
const PAUSE_SECONDS = 0.002;

/** Reloads before the memory is first measured. */
const WARM_UP = 20;

const reloads = define("reloads", { type: "int", defaultValue: 200, help: "Number of edits" });
const pause = define("pause", { type: "float", defaultValue: 2, help: "Seconds between an answer and the next edit" });
parseCommandLine();

/** Returns the MiB of memory, and the number of descriptors, of a process of Linux. */
function usage(pid: number): { memory: number; descriptors: number } {
  const kib = /VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
  return { memory: Number(kib) / 1024, descriptors: [...Deno.readDirSync(`/proc/${pid}/fd`)].length };
}

/** Asks until the server answers with a text. */
async function answers(port: number, text: string): Promise<void> {
  while (true) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).then((response) => response.text(), () => "");
    if (answer === text) return;
    await sleep(PAUSE_SECONDS);
  }
}

using folder = new ProgramFolder();
folder.save("main.ts", MAIN);
folder.save("greeting.ts", 'export const greeting = "hello 0";\n');
const port = freePort();
await using program = folder.run("main.ts", String(port));
await program.line();
await answers(port, "hello 0");

const times: number[] = [];
let before = usage(program.pid);
for (let i = 1; i <= reloads.value; i++) {
  const start = performance.now();
  folder.save("greeting.ts", `export const greeting = "hello ${i}";\n`);
  await answers(port, `hello ${i}`);
  times.push(performance.now() - start);
  await program.line();
  await sleep(pause.value);
  if (i === WARM_UP) before = usage(program.pid);
}
const after = usage(program.pid);
times.sort((a, b) => a - b);
const at = (part: number) => `${times[Math.floor(part * (times.length - 1))]?.toFixed(0)} ms`;
console.log(`edit to answer: least ${at(0)}, median ${at(0.5)}, 90 % ${at(0.9)}, most ${at(1)}`);
console.log(
  `parent after ${WARM_UP} reloads: ${before.memory.toFixed(0)} MiB, ${before.descriptors} descriptors; ` +
    `after ${reloads.value}: ${after.memory.toFixed(0)} MiB, ${after.descriptors} descriptors`,
);
program.kill("SIGTERM");
await program.end();
