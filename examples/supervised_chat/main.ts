// A chat whose server is several workers:
// deno run --allow-net --allow-run --allow-env examples/supervised_chat/main.ts [--port=8888] [--workers=2]
//
// The program runs once as the supervisor and once in each worker.
import { Supervisor, taskId } from "../../src/net/process.ts";
import { makeChat } from "./app.ts";
import { WorkerBroker } from "./worker_broker.ts";

function option(name: string, otherwise: string): string {
  const prefix = `--${name}=`;
  return Deno.args.find((arg) => arg.startsWith(prefix))?.slice(prefix.length) ?? otherwise;
}

if (taskId() === null) {
  const supervisor = new Supervisor({
    workers: Number(option("workers", "2")),
    drainTimeout: 5,
    // The hub: what one worker publishes goes to all, its publisher included, who knows it again.
    onMessage: (message) => supervisor.send(message),
  });
  const port = Number(option("port", "8888"));
  try {
    supervisor.bind(port);
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    console.error(`port ${port} is in use`);
    Deno.exit(1);
  }
  supervisor.start().then(() => console.log(`http://localhost:${supervisor.port}/`), () => {});
  Deno.exit(await supervisor.run());
}

// Port 0 is the next port of the supervisor's.
makeChat(new WorkerBroker()).listen(0);
