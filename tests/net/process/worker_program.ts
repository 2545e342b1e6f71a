// A worker for supervisors inside a test: a TCP server that tells its number, and an echo of messages. It fails at its
// start while the file exists that the first argument or the query names.
import type { IOStream } from "../../../src/net/iostream.ts";
import { currentWorker } from "../../../src/net/process.ts";
import { TCPServer } from "../../../src/net/tcpserver.ts";

class NumberServer extends TCPServer {
  override async handleStream(stream: IOStream): Promise<void> {
    await stream.write(new TextEncoder().encode(`${worker?.taskId} ${life}\n`));
    stream.close();
  }
}

const worker = currentWorker();
const life = crypto.randomUUID();
const obstacle = new URL(import.meta.url).searchParams.get("obstacle");
if (obstacle !== null) {
  const exists = await Deno.stat(obstacle).then(() => true, () => false);
  if (exists) Deno.exit(9);
}
if (worker !== null) {
  worker.onMessage = (message) => worker.send({ task: worker.taskId, message });
  worker.onDrain = (seconds) => worker.send({ drains: seconds });
  worker.metrics.set("answers", 42);
  worker.metrics.set("lives_total", 1);
}
new NumberServer().listen(0);
