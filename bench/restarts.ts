// Restarts a site again and again while clients ask without a pause, and counts the requests that do not get a whole
// 200: supervised workers (processes, threads), and two servers behind a balancer (haproxy, nginx).
//
//   deno task check:restarts [--sites=processes,threads] [--restarts=20] [--requests=50000] [--clients=24]
//   deno task check:rolling-restart [--sites=haproxy,nginx] [--restarts=6] [--requests=100000] [--clients=32]
//   The latter takes [--engine=listen,serve] as well.
import { AskingClients } from "./asking_clients.ts";
import { startBalanced } from "./balanced_site.ts";
import { listArgument, numberArgument } from "./support.ts";
import { startSupervised } from "./supervised_site.ts";

/** What is restarted. */
export interface RestartedSite {
  readonly port: number;
  /** The request of a client, with the empty line. */
  readonly request: string;
  /** What the right answer looks like, from its first byte to its last. */
  readonly answer: RegExp;
  /** @throws {Error} If what ends does not end in order. */
  restart(): Promise<void>;
  end(): Promise<void>;
}

/** Returns how many requests failed. */
async function restartUnderLoad(name: string, site: RestartedSite): Promise<number> {
  const { port, request, answer } = site;
  const restarts = numberArgument("restarts", 6);
  const requests = numberArgument("requests", 100_000);
  const clients = new AskingClients({ port, clients: numberArgument("clients", 32), request, answer });
  let done = 0;
  while (done < restarts || clients.asked < requests) {
    await site.restart();
    done++;
    // Spread over all requests; after the last of them, restarts go on without a pause.
    await clients.reach(Math.min(requests, requests * done / restarts));
  }
  await clients.stop();
  await site.end();
  console.log(`${name}: ${done} restarts, ${clients.lost} failed of ${clients.asked} requests`);
  for (const [fault, count] of clients.faults) console.log(`${count} times ${fault}`);
  return clients.lost;
}

let failed = 0;
for (const name of listArgument("sites", ["haproxy", "nginx"])) {
  if (name === "processes" || name === "threads") failed += await restartUnderLoad(name, await startSupervised(name));
  else {
    for (const engine of listArgument("engine", ["listen"])) {
      failed += await restartUnderLoad(`${name}, ${engine}`, await startBalanced(name, engine));
    }
  }
}
Deno.exit(failed === 0 ? 0 : 1);
