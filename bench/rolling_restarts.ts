// Replaces the workers of a server, one after another and many times, while clients connect for each request, and
// counts the connections that get no answer.
//
//   deno task check:restarts [--restarts=20] [--clients=24] [--connections=50000] [--mode=processes,threads]
import { AskingClients } from "./asking_clients.ts";
import { denoPeer, listArgument, numberArgument } from "./support.ts";

const restarts = numberArgument("restarts", 20);
const clients = numberArgument("clients", 24);
const least = numberArgument("connections", 50000);
const modes = listArgument("mode", ["processes", "threads"]);

/** Reads the lines that the server prints. */
class Lines {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(output: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = output.pipeThrough(new TextDecoderStream()).getReader();
  }

  async next(): Promise<string> {
    while (!this.#text.includes("\n")) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error(`The server has ended, its output: ${this.#text}`);
      this.#text += value;
    }
    const [line = "", ...rest] = this.#text.split("\n");
    this.#text = rest.join("\n");
    return line;
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }
}

let lost = 0, made = 0;
for (const mode of modes) {
  const [program = "", ...args] = denoPeer("supervised_server.ts", mode);
  const server = new Deno.Command(program, { args, stdin: "null", stdout: "piped", stderr: "inherit" }).spawn();
  const lines = new Lines(server.stdout);
  const load = new AskingClients({
    port: Number((await lines.next()).split(" ")[1]),
    clients,
    request: "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    answer: /^HTTP\/1\.1 200 [^]*\r\n\r\nworker \d$/,
  });
  for (let i = 1; i <= restarts; i++) {
    server.kill("SIGUSR2");
    const line = await lines.next();
    if (line !== "restarted") throw new Error(`The workers were not replaced: ${line}`);
    await load.reach(least * i / restarts);
  }
  await load.stop();
  server.kill("SIGTERM");
  await lines.cancel();
  const { code } = await server.status;
  const faults = Array.from(load.faults, ([fault, count]) => `${count} times ${fault}`).join(", ");
  console.log(`${mode}: lost ${load.lost} of ${load.asked} in ${restarts} rolling restarts, exit ${code} ${faults}`);
  lost += load.lost;
  made += load.asked;
}
console.log(`lost ${lost} of ${made} connections`);
Deno.exit(lost === 0 ? 0 : 1);
