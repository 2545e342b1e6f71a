/**
 * The servers that brokers connect to, as processes of a test's own which can be killed, frozen and started again.
 *
 * @module
 */
import { projectRoot } from "../../tools/project.ts";
import { TempDir } from "./temp_dir.ts";
import { freePort } from "./free_port.ts";

/** The kinds of servers. */
export type BrokerKind = "redis" | "nats" | "workers";

/** The kinds, in the order in which they are checked. */
export const BROKER_KINDS: readonly BrokerKind[] = ["workers", "redis", "nats"];

/** Another program may take the port between the look for a free one and the start. */
const ATTEMPTS = 5;

/** Options of {@linkcode BrokerServer.start}. */
export interface BrokerServerOptions {
  /** More arguments of the program. */
  readonly args?: readonly string[];
  /** Has Redis speak TLS on its port. */
  readonly tls?: boolean;
}

/** A server that listens on a port of the loopback interface. */
export class BrokerServer implements AsyncDisposable {
  readonly kind: BrokerKind;
  readonly port: number;
  readonly #args: readonly string[];
  readonly #tls: boolean;
  readonly #directory = new TempDir();
  #child: Deno.ChildProcess | null = null;
  #rest: Promise<void> = Promise.resolve();

  private constructor(kind: BrokerKind, port: number, { args = [], tls = false }: BrokerServerOptions) {
    this.kind = kind;
    this.port = port;
    this.#args = args;
    this.#tls = tls;
  }

  /** Starts a server on a free port, and waits until it listens. */
  static async start(kind: BrokerKind, options: BrokerServerOptions = {}): Promise<BrokerServer> {
    for (let attempt = 1;; attempt++) {
      const server = new BrokerServer(kind, freePort(), options);
      try {
        await server.restart();
        return server;
      } catch (error) {
        await server[Symbol.asyncDispose]();
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Starts it again on the same port, and waits until it listens. */
  async restart(): Promise<void> {
    const [program, args] = this.#command();
    const child = new Deno.Command(program, { args, stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
    this.#child = child;
    const { promise: ready, resolve } = Promise.withResolvers<void>();
    let said = "";
    const read = async (output: ReadableStream<Uint8Array<ArrayBuffer>>) => {
      for await (const text of output.pipeThrough(new TextDecoderStream())) {
        said = (said + text).slice(-4000);
        if (/Ready to accept connections|Server is ready|hub is ready/.test(said)) resolve();
      }
    };
    this.#rest = Promise.all([read(child.stdout), read(child.stderr)]).then(() => {});
    const ended = child.status.then(() => {
      throw new Error(`${program} has ended: ${said}`);
    });
    ended.catch(() => {});
    await Promise.race([ready, ended]);
  }

  /** Kills it, as `kill -9` does. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null) return;
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await child.status;
    await this.#rest;
  }

  /** Stops it where it is: it answers nothing, and its connections stay open. */
  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  /** Lets it go on. */
  resume(): void {
    this.#child?.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.#directory[Symbol.dispose]();
  }

  #command(): [string, string[]] {
    const port = String(this.port);
    const { path } = this.#directory;
    switch (this.kind) {
      case "redis":
        return ["redis-server", [
          ...(this.#tls ? ["--port", "0", "--tls-port", port] : ["--port", port]),
          "--bind",
          "127.0.0.1",
          "--save",
          "",
          "--dir",
          path,
          ...this.#args,
        ]];
      case "nats":
        Deno.writeTextFileSync(`${path}/nats.conf`, "max_payload: 8MB\n");
        return ["nats-server", [
          "-a",
          "127.0.0.1",
          "-p",
          port,
          "-js",
          "-sd",
          path,
          "-c",
          `${path}/nats.conf`,
          ...this.#args,
        ]];
      case "workers":
        return [Deno.execPath(), [
          "run",
          "-A",
          "--no-lock",
          "--no-check",
          `${projectRoot}/tests/support/hub_program.ts`,
          port,
        ]];
    }
  }
}
