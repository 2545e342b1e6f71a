// Small GETs, so many in flight, and what they cost this process: on Deno and on Node.
import process from "node:process";

const IN_FLIGHT = 64;

/** Prints the microseconds of the processor for a request, and the requests of a second. */
export async function measure(fetchOne, count) {
  // As many before it: the engine compiles on other threads meanwhile, and their time counts.
  await run(fetchOne, count);
  const before = process.cpuUsage();
  const start = performance.now();
  await run(fetchOne, count);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ cpu: (user + system) / count, rate: count / seconds }));
  process.exit(0);
}

async function run(fetchOne, count) {
  let begun = 0;
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    while (begun++ < count) await fetchOne();
  }));
}
