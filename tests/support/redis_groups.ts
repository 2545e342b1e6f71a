/**
 * Groups of Redis servers: a master with a replica and a sentinel, and a cluster.
 *
 * @module
 */
import { BrokerServer } from "./broker_server.ts";
import { lines } from "./lines.ts";
import { TempDir } from "./temp_dir.ts";

/** The name of the master, as the sentinel knows it. */
export const MASTER = "main";

/** Sends a command as an operator would, and returns the answer. */
export async function redisCli(port: number, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("redis-cli", { args: ["-p", String(port), ...args] })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** A sentinel that watches a master and its replica, and needs nobody's agreement. */
export class Sentinel implements AsyncDisposable {
  readonly port: number;
  readonly #directory: TempDir;
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;

  private constructor(port: number, directory: TempDir, child: Deno.ChildProcess, reading: Promise<void>) {
    this.port = port;
    this.#directory = directory;
    this.#child = child;
    this.#reading = reading;
  }

  /** Starts one, and waits until it knows the replica of the server on `master`. */
  static async start(master: number): Promise<Sentinel> {
    const directory = new TempDir();
    const port = freePort();
    const conf = `${directory.path}/sentinel.conf`;
    Deno.writeTextFileSync(
      conf,
      [
        `port ${port}`,
        "bind 127.0.0.1",
        `dir ${directory.path}`,
        `sentinel monitor ${MASTER} 127.0.0.1 ${master} 1`,
        `sentinel down-after-milliseconds ${MASTER} 500`,
        `sentinel failover-timeout ${MASTER} 5000`,
        "",
      ].join("\n"),
    );
    const args = [conf, "--sentinel"];
    const child = new Deno.Command("redis-server", { args, stdin: "null", stdout: "piped", stderr: "null" }).spawn();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const reading = (async () => {
      for await (const line of lines(child.stdout)) if (line.includes("+slave")) resolve();
      reject(new Error("The sentinel has ended before it knew the replica"));
    })();
    const sentinel = new Sentinel(port, directory, child, reading);
    try {
      await promise;
      return sentinel;
    } catch (error) {
      await sentinel[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#child.status;
    await this.#reading;
    this.#directory[Symbol.dispose]();
  }
}

/** Starts a replica, and waits until it has what its master has. */
export async function startReplica(master: BrokerServer): Promise<BrokerServer> {
  const replica = await BrokerServer.start("redis", { args: ["--replicaof", "127.0.0.1", String(master.port)] });
  while (!(await redisCli(replica.port, "info", "replication")).includes("master_link_status:up"));
  return replica;
}

/** Three servers that share the keys. */
export class RedisCluster implements AsyncDisposable {
  readonly servers: readonly BrokerServer[];

  private constructor(servers: readonly BrokerServer[]) {
    this.servers = servers;
  }

  /** Starts the servers, and waits until each knows the others. */
  static async start(): Promise<RedisCluster> {
    const servers: BrokerServer[] = [];
    const cluster = new RedisCluster(servers);
    try {
      for (let i = 0; i < 3; i++) {
        const args = ["--cluster-enabled", "yes", "--cluster-port", String(freePort())];
        servers.push(await BrokerServer.start("redis", { args }));
      }
      const [first] = servers;
      const addresses = servers.map(({ port }) => `127.0.0.1:${port}`);
      await redisCli(first.port, "--cluster", "create", ...addresses, "--cluster-yes");
      for (const { port } of servers) {
        while (!(await redisCli(port, "cluster", "info")).includes("cluster_state:ok"));
      }
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map((server) => server[Symbol.asyncDispose]()));
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
