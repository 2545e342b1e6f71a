// A server with supervised workers: [options of the supervisor as JSON]. It prints `listening PORT` when all are ready,
// and answers /, /crash, /leave, /freeze, /hang and /metrics.
import { currentWorker, Supervisor, type SupervisorOptions, taskId } from "../../../src/net/process.ts";
import { sleep } from "../../../src/concurrency/gen.ts";
import { enablePrettyLogging } from "../../../src/util/log.ts";
import { Application, RequestHandler } from "../../../src/web/mod.ts";

/** What the program answers at `/`. */
export interface WorkerAnswer {
  readonly task: number | null;
  readonly pid: number;
  /** Tells one life of a worker from another, for threads too. */
  readonly life: string;
}

const life = crypto.randomUUID();

class MainHandler extends RequestHandler {
  override get(): void {
    const answer: WorkerAnswer = { task: taskId(), pid: Deno.pid, life };
    this.write({ ...answer });
  }
}

class CrashHandler extends RequestHandler {
  override get(): void {
    Deno.exit(3);
  }
}

class LeaveHandler extends RequestHandler {
  override get(): void {
    Deno.exit(0);
  }
}

class FreezeHandler extends RequestHandler {
  override get(): void {
    for (;;);
  }
}

class HangHandler extends RequestHandler {
  override async get(): Promise<void> {
    await this.flush();
    await sleep(Number(this.getArgument("seconds")));
    this.write("done");
  }
}

async function supervise(options: SupervisorOptions): Promise<never> {
  const supervisor = new Supervisor({
    ...options,
    onMessage: (message, from) => supervisor.send(message === "metrics" ? supervisor.metrics : message, from),
  });
  supervisor.bind(0, { address: "127.0.0.1" });
  const ended = supervisor.run();
  supervisor.start().then(() => console.log(`listening ${supervisor.port}`), () => {});
  return Deno.exit(await ended);
}

class MetricsHandler extends RequestHandler {
  override async get(): Promise<void> {
    const worker = currentWorker();
    if (worker === null) return;
    const reply = new Promise((resolve) => worker.onMessage = resolve);
    worker.send("metrics");
    this.write(JSON.stringify(await reply));
  }
}

if (import.meta.main) {
  enablePrettyLogging({ logging: "info" });
  const options: SupervisorOptions & { crash?: boolean } = JSON.parse(Deno.args[0] ?? "{}");
  if (taskId() === null) await supervise(options);
  if (options.crash) Deno.exit(7);
  currentWorker()?.metrics.set("starts_total", 1);
  new Application([
    ["/", MainHandler],
    ["/crash", CrashHandler],
    ["/leave", LeaveHandler],
    ["/freeze", FreezeHandler],
    ["/hang", HangHandler],
    ["/metrics", MetricsHandler],
  ]).listen(0);
}
