// Two supervised workers of one HTTP server. SIGUSR1 replaces them all, one after another, and prints `restarted`.
//
//   deno run -A supervised_server.ts [processes|threads] [number of workers]
import { Supervisor, taskId } from "../../src/net/process.ts";
import { enablePrettyLogging } from "../../src/util/log.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";

const [mode = "processes", workers = "2"] = Deno.args;

class MainHandler extends RequestHandler {
  override get(): void {
    this.write(`worker ${taskId()}`);
  }
}

if (taskId() === null) {
  const supervisor = new Supervisor({ mode: mode === "threads" ? "threads" : "processes", workers: Number(workers) });
  supervisor.bind(0, { address: "127.0.0.1" });
  const ended = supervisor.run();
  await supervisor.start();
  Deno.addSignalListener("SIGUSR1", async () => {
    console.log(await supervisor.restart() ? "restarted" : "not restarted");
  });
  console.log(`listening ${supervisor.port}`);
  Deno.exit(await ended);
}
enablePrettyLogging({ logging: "error" });
new Application([["/", MainHandler]]).listen(0);
