// A server whose supervised workers, processes or threads, are replaced one after another.
import type { RestartedSite } from "./restarts.ts";
import { denoPeer } from "./support.ts";

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

/** Starts it; each connection carries one request, so that every worker gets some. */
export async function startSupervised(mode: string): Promise<RestartedSite> {
  const [program = "", ...args] = denoPeer("supervised_server.ts", mode);
  const server = new Deno.Command(program, { args, stdin: "null", stdout: "piped", stderr: "inherit" }).spawn();
  const lines = new Lines(server.stdout);
  return {
    port: Number((await lines.next()).split(" ")[1]),
    request: "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    answer: /^HTTP\/1\.1 200 [^]*\r\n\r\nworker \d$/,
    async restart(): Promise<void> {
      server.kill("SIGUSR2");
      const line = await lines.next();
      if (line !== "restarted") throw new Error(`The workers were not replaced: ${line}`);
    },
    async end(): Promise<void> {
      server.kill("SIGTERM");
      await lines.cancel();
      const { code } = await server.status;
      if (code !== 0) throw new Error(`The server did not end with 0, but with ${code}`);
    },
  };
}
