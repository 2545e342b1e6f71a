// Many WebSockets that listen to one topic, over several servers which a hub joins, and several clients.
import { WorkersHub } from "../src/pubsub/workers.ts";
import { compiled, denoPeer, residentMemory, type ServerProcess, startServer, withFiles } from "./support.ts";

/** What `listen` lets connections take of the descriptors of a process, less a little for those that come and go. */
const SHARE = 0.86;
/** Descriptors that a process needs beside its connections. */
export const SPARE_FILES = 1000;
const SETTLE_SECONDS = 5;
const PROGRESS_SECONDS = 10;

/** A process with many clients, and what it says. */
export class Listeners implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  #text = "";

  constructor(command: readonly string[]) {
    const [program = "", ...args] = command;
    this.#child = new Deno.Command(program, { args, stdin: "piped", stdout: "piped" }).spawn();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#input = this.#child.stdin.getWriter();
  }

  async line(): Promise<string> {
    while (!this.#text.includes("\n")) {
      const { done, value } = await this.#lines.read();
      if (done) throw new Error("A client has lost its connections");
      this.#text += value;
    }
    const [line = "", ...others] = this.#text.split("\n");
    this.#text = others.join("\n");
    return line;
  }

  /** Lets each connection send a message every so many seconds. */
  async talk(interval: number): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${interval}\n`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close();
    await this.#lines.cancel();
    await this.#child.status;
  }
}

/** What all servers have, together. */
export interface State {
  readonly open: number;
  readonly heard: number;
}

/** The descriptors that a process may have, whoever starts it. */
async function hardLimit(): Promise<number> {
  const { stdout } = await new Deno.Command("bash", { args: ["-c", "ulimit -Hn"] }).output();
  const text = new TextDecoder().decode(stdout).trim();
  return Number(text === "unlimited" ? Deno.readTextFileSync("/proc/sys/fs/nr_open") : text);
}

/** The servers and clients, all of whose connections are open. Needs cc. */
export class ManyListeners implements AsyncDisposable {
  readonly servers: readonly ServerProcess[];
  readonly clients: readonly Listeners[];
  /** The seconds in which all but the first tenth have come. */
  readonly seconds: number;
  readonly #later: { readonly count: number; readonly before: number };
  readonly #stack: AsyncDisposableStack;

  private constructor(
    servers: readonly ServerProcess[],
    clients: readonly Listeners[],
    seconds: number,
    later: { readonly count: number; readonly before: number },
    stack: AsyncDisposableStack,
  ) {
    this.servers = servers;
    this.clients = clients;
    this.seconds = seconds;
    this.#later = later;
    this.#stack = stack;
  }

  /** Opens so many connections, or a few less: each of the servers, of which there are two or more, has as many. */
  static async open(count: number): Promise<ManyListeners> {
    const limit = await hardLimit();
    const pairs = Math.max(2, Math.ceil(count / Math.floor(limit * SHARE)));
    const perPair = Math.floor(count / pairs);
    console.log(`${limit} descriptors a process (ulimit -Hn): ${pairs} servers and ${pairs} clients of ${perPair}`);
    await using stack = new AsyncDisposableStack();
    const scratch = await Deno.makeTempDir();
    stack.defer(() => Deno.remove(scratch, { recursive: true }));
    const load = await compiled(scratch, "websocket_load.c");
    // Final, text, masked with zeros, 8 characters.
    const frame = `${scratch}/frame`;
    await Deno.writeFile(frame, new Uint8Array([0x81, 0x88, 0, 0, 0, 0, ...new TextEncoder().encode("I listen")]));
    stack.use(new WorkersHub({ path: `${scratch}/hub` }));
    const command = withFiles(limit - SPARE_FILES, denoPeer("scale_server.ts", `--hub=${scratch}/hub`));
    const servers = await Promise.all(
      Array.from({ length: pairs }, async () => stack.use(await startServer(command))),
    );
    const clients: Listeners[] = [];
    const connect = async (perServer: number) => {
      const come = servers.map(({ port }) => {
        const command = [load, "listen", String(port), "/listen", String(perServer), frame, ""];
        const client = stack.use(new Listeners(withFiles(limit - SPARE_FILES, command)));
        clients.push(client);
        return client.line();
      });
      const progress = setInterval(
        async () => console.log(`held ${(await stateOf(servers)).open}`),
        PROGRESS_SECONDS * 1000,
      );
      await Promise.all(come).finally(() => clearInterval(progress));
      await new Promise((resolve) => setTimeout(resolve, SETTLE_SECONDS * 1000));
    };
    const some = Math.ceil(perPair / 10);
    await connect(some);
    const later = { count: pairs * (perPair - some), before: residentBytes(servers) };
    const begun = performance.now();
    await connect(perPair - some);
    const seconds = (performance.now() - begun) / 1000 - SETTLE_SECONDS;
    return new ManyListeners(servers, clients, seconds, later, stack.move());
  }

  /**
   * The resident bytes that each connection beyond the first tenth adds to the servers. The first tenth loads their
   * code and fills their pools.
   */
  get bytes(): number {
    const { count, before } = this.#later;
    return (residentBytes(this.servers) - before) / count;
  }

  /** What all servers have, together. */
  state(): Promise<State> {
    return stateOf(this.servers);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

function residentBytes(servers: readonly ServerProcess[]): number {
  return servers.reduce((all, { pid }) => all + residentMemory(pid), 0);
}

async function stateOf(servers: readonly ServerProcess[]): Promise<State> {
  const states: State[] = await Promise.all(
    servers.map(async ({ port }) => await (await fetch(`http://127.0.0.1:${port}/state`)).json()),
  );
  return {
    open: states.reduce((all, { open }) => all + open, 0),
    heard: states.reduce((all, { heard }) => all + heard, 0),
  };
}
