// Tornado's process_test.py, ProcessTest.test_multi_process: two servers that are made to exit by a third process.
import { forkProcesses, taskId } from "../../../src/net/process.ts";
import { currentWorker } from "../../../src/net/process.ts";
import { HTTPServer } from "../../../src/http/httpserver.ts";
import { enablePrettyLogging } from "../../../src/util/log.ts";
import { Application, RequestHandler } from "../../../src/web/mod.ts";

class ProcessHandler extends RequestHandler {
  override get(): void {
    const status = this.getArgument("exit", null);
    if (status !== null) Deno.exit(Number(status));
    this.write(String(Deno.pid));
  }
}

/** Asks one of the servers, and waits for the restart if there is none. */
async function ask(path: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${currentWorker()?.ports[0]}${path}`, {
    headers: { Connection: "close" },
  });
  return await response.text();
}

async function makeExit(status: number): Promise<void> {
  await ask(`/?exit=${status}`).then(() => Promise.reject(new Error("There was an answer")), () => {});
}

enablePrettyLogging({ logging: "info", logToStderr: true });
if (taskId() === null) console.log("before the fork");
const id = await forkProcesses(3, { maxRestarts: 3, ports: [{ port: 0, address: "127.0.0.1" }] });
if (id !== taskId()) throw new Error(`The task is ${taskId()}, not ${id}`);
if (id < 2) {
  const server = new HTTPServer(new Application([["/", ProcessHandler]]));
  server.listen(0);
} else {
  // Two processes exit abnormally.
  await makeExit(2);
  await makeExit(3);
  // They have been restarted.
  Number(await ask("/"));
  // One ends normally, and is not restarted; the process of the other one changes.
  await makeExit(0);
  const pid = Number(await ask("/"));
  await makeExit(4);
  const after = Number(await ask("/"));
  if (!(pid > 0 && after > 0 && pid !== after)) throw new Error(`The processes are ${pid} and ${after}`);
  await makeExit(0);
  console.log("all is well");
  Deno.exit(0);
}
