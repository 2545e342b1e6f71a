// A chat whose server is several workers:
// deno run --allow-net --allow-run --allow-env examples/supervised_chat/main.ts [--port=8888] [--workers=2]
//
// The program runs once as the supervisor and once in each worker.
import { Supervisor, taskId } from "../../src/net/process.ts";
import { bind } from "../shared/listen.ts";
import { option } from "../shared/option.ts";
import { makeChat } from "./app.ts";
import { WorkerBroker } from "./worker_broker.ts";

if (taskId() === null) {
  const supervisor = new Supervisor({
    workers: Number(option("workers", "2")),
    drainTimeout: 5,
    // The hub: what one worker publishes goes to all, its publisher included, who knows it again.
    onMessage: (message) => supervisor.send(message),
  });
  const port = Number(option("port", "8888"));
  bind(port, () => supervisor.bind(port));
  supervisor.start().then(() => console.log(`http://localhost:${supervisor.port}/`), () => {});
  Deno.exit(await supervisor.run());
}

// Port 0 is the next port of the supervisor's.
makeChat(new WorkerBroker()).listen(0);
