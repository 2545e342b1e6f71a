// Replaces the workers of a server, one after another and many times, while clients connect for each request, and
// counts the connections that get no answer.
//
//   deno task check:restarts [--restarts=20] [--clients=24] [--connections=50000] [--mode=processes,threads]
import { denoPeer, listArgument, numberArgument } from "./support.ts";

const restarts = numberArgument("restarts", 20);
const clients = numberArgument("clients", 24);
const least = numberArgument("connections", 50000);
const modes = listArgument("mode", ["processes", "threads"]);

const REQUEST = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
/** Milliseconds after which a client that has no answer will not get one. */
const PATIENCE_MS = 20_000;

/** Clients that connect, ask, read the answer to the end, and begin again. */
class Clients {
  made = 0;
  lost = 0;
  readonly faults: Map<string, number> = new Map();
  readonly #port: number;
  readonly #ended: Promise<unknown>;
  #stopped = false;

  constructor(port: number) {
    this.#port = port;
    this.#ended = Promise.all(Array.from({ length: clients }, () => this.#run()));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
  }

  async reach(count: number): Promise<void> {
    while (this.made < count) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.made++;
      const fault = await this.#ask();
      if (fault === null) continue;
      this.lost++;
      this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
    }
  }

  async #ask(): Promise<string | null> {
    let connection: Deno.TcpConn | null = null;
    const timer = setTimeout(() => connection?.close(), PATIENCE_MS);
    try {
      connection = await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
      await connection.write(REQUEST);
      let text = "";
      const buffer = new Uint8Array(4096);
      for (let count = await connection.read(buffer); count !== null; count = await connection.read(buffer)) {
        text += new TextDecoder().decode(buffer.subarray(0, count));
      }
      connection.close();
      return /^HTTP\/1\.1 200 [^]*\r\n\r\nworker \d$/.test(text) ? null : `an answer of ${text.length} bytes`;
    } catch (error) {
      return String(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

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
  const load = new Clients(Number((await lines.next()).split(" ")[1]));
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
  console.log(`${mode}: lost ${load.lost} of ${load.made} in ${restarts} rolling restarts, exit ${code} ${faults}`);
  lost += load.lost;
  made += load.made;
}
console.log(`lost ${lost} of ${made} connections`);
Deno.exit(lost === 0 ? 0 : 1);
