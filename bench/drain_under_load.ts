// Sends SIGTERM to a server under the load of 200 clients, and counts the requests that get no answer.
//
//   deno task check:drain [--runs=10] [--clients=200] [--engine=listen] [--root=ABSOLUTE PATH OF ANOTHER CHECKOUT]
import { Load } from "../tests/support/load.ts";
import { argument, denoPeer, listArgument, numberArgument, startServer } from "./support.ts";

const runs = numberArgument("runs", 10);
const clients = numberArgument("clients", 200);
const engines = listArgument("engine", ["listen", "serve"]);
const root = argument("root", "../..");

const WORK_MS = [0, 1, 3];
const LOAD_MS = 600;
/** Milliseconds after which a client that has no answer will not get one. */
const PATIENCE_MS = 30_000;

let lostAtAll = 0;
for (const engine of engines) {
  for (const work of WORK_MS) {
    let lost = 0, sent = 0;
    for (let run = 0; run < runs; run++) {
      await using server = await startServer(denoPeer("drain_server.ts", engine, String(work), root));
      const load = new Load(server.port, clients);
      await new Promise((resolve) => setTimeout(resolve, LOAD_MS + run * 7));
      Deno.kill(server.pid, "SIGTERM");
      await Promise.race([load.ended, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
      lost += load.lost;
      sent += load.sent;
    }
    console.log(`${engine}, ${work} ms of work: lost ${lost} of ${sent} requests in ${runs} runs`);
    lostAtAll += lost;
  }
}
Deno.exit(lostAtAll === 0 ? 0 : 1);
