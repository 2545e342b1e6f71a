// Supervised workers of one HTTP server, which hash so many KiB for each request. SIGUSR2 replaces them all,
// one after another, and prints `restarted`.
//
//   deno run -A supervised_server.ts [processes|threads] [number of workers] [KiB]
import { createHash } from "node:crypto";
import { Supervisor, taskId } from "../../src/net/process.ts";
import { enablePrettyLogging } from "../../src/util/log.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";

const [mode = "processes", workers = "2", work = "0"] = Deno.args;

const data = new Uint8Array(Number(work) * 1024);

class MainHandler extends RequestHandler {
  override get(): void {
    if (data.length > 0) this.setHeader("X-Hash", createHash("sha256").update(data).digest("hex"));
    this.write(`worker ${taskId()}`);
  }
}

if (taskId() === null) {
  const supervisor = new Supervisor({ mode: mode === "threads" ? "threads" : "processes", workers: Number(workers) });
  supervisor.bind(0, { address: "127.0.0.1" });
  const ended = supervisor.run();
  await supervisor.start();
  Deno.addSignalListener("SIGUSR2", async () => {
    console.log(await supervisor.restart() ? "restarted" : "not restarted");
  });
  console.log(`listening ${supervisor.port}`);
  Deno.exit(await ended);
}
enablePrettyLogging({ logging: "error" });
new Application([["/", MainHandler]]).listen(0);
