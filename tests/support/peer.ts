/**
 * Servers of other makes for the client, each in a process of its own.
 *
 * @module
 */
import { nextTurn } from "../../src/internal/clock.ts";
import { TempDir } from "./temp_dir.ts";

/** A server that listens. */
export interface Peer extends AsyncDisposable {
  readonly port: number;
}

/** What starts a server. */
interface PeerCommand {
  readonly command: readonly string[];
  /** Matches what it prints once it listens; the first group is its port, unless that was given to it. */
  readonly sign: RegExp;
  /** What it takes its configuration from. */
  readonly directory?: TempDir;
}

/** Somebody else may take a port between the look for a free one and the start. */
const ATTEMPTS = 5;

/** Starts a program of Python that prints its port. */
export function startPython(program: string): Promise<Peer> {
  return startOnce(() => ({ command: ["/usr/bin/python3", "-W", "ignore", "-c", program], sign: /^(\d+)$/m }));
}

/** Starts a haproxy with what its configuration says besides its frontend, which leads to the backend `site`. */
export function startHaproxy(site: string): Promise<Peer> {
  return startOnce((port) => {
    const directory = new TempDir();
    const path = directory.write(
      "haproxy.cfg",
      `
defaults
  mode http
  timeout connect 30s
  timeout client 30s
  timeout server 30s
  retries 0
frontend all
  bind 127.0.0.1:${port}
  default_backend site
backend site
  ${site}
`,
    );
    return { command: ["/usr/sbin/haproxy", "-W", "-db", "-f", path], sign: /Loading success/, directory };
  });
}

/** Starts a Prometheus that scrapes `/metrics` of a port of this machine, five times a second. */
export function startPrometheus(target: number): Promise<Peer> {
  return startOnce((port) => {
    const directory = new TempDir();
    const job = { job_name: "site", static_configs: [{ targets: [`127.0.0.1:${target}`] }] };
    const config = { global: { scrape_interval: "200ms" }, scrape_configs: [job] };
    return {
      command: [
        "prometheus",
        `--config.file=${directory.write("prometheus.yml", JSON.stringify(config))}`,
        `--storage.tsdb.path=${directory.path}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      sign: /Server is ready to receive web requests/,
      directory,
    };
  });
}

/** Starts a squid, which only a user `me` with the password `secret` may use. */
export function startSquid(): Promise<Peer> {
  return startOnce((port) => {
    const directory = new TempDir();
    // Squid gives its privileges up, and reads then.
    Deno.chmodSync(directory.path, 0o755);
    // "secret", as crypt(3) hashes it.
    const users = directory.write("users", "me:$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1\n");
    const path = directory.write(
      "squid.conf",
      `
http_port 127.0.0.1:${port}
auth_param basic program /usr/lib/squid/basic_ncsa_auth ${users}
auth_param basic children 1 startup=1 idle=1
auth_param basic realm peers
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
cache deny all
access_log none
cache_log /dev/null
cache_store_log none
pid_filename none
pinger_enable off
shutdown_lifetime 0 seconds
visible_hostname localhost
`,
    );
    return {
      command: ["/usr/sbin/squid", "-N", "-d", "1", "-f", path],
      sign: /Accepting HTTP Socket connections/,
      directory,
    };
  });
}

async function startOnce(describe: (port: number) => PeerCommand): Promise<Peer> {
  for (let attempt = 1;; attempt++) {
    const port = freePort();
    const { command, sign, directory } = describe(port);
    const [program = "", ...args] = command;
    const child = new Deno.Command(program, { args, stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
    const running = new Running(child, directory ?? null);
    const found = await running.said(sign);
    if (found !== null) {
      const listening = Object.assign(running, { port: Number(found[1] ?? port) });
      await untilAccepts(listening.port);
      return listening;
    }
    await running[Symbol.asyncDispose]();
    if (attempt === ATTEMPTS) throw new Error(`${program} does not listen: ${running.output}`);
  }
}

/** A port that nobody has at the moment. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Squid says that it listens just before it does. */
async function untilAccepts(port: number): Promise<void> {
  for (;;) {
    try {
      return (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await nextTurn();
    }
  }
}

class Running implements AsyncDisposable {
  /** What it has printed, up to the sign. */
  output = "";
  readonly #child: Deno.ChildProcess;
  readonly #directory: TempDir | null;
  readonly #pumps: Promise<void>[];
  #news = Promise.withResolvers<void>();
  #hasEnded = false;

  constructor(child: Deno.ChildProcess, directory: TempDir | null) {
    this.#child = child;
    this.#directory = directory;
    this.#pumps = [child.stdout, child.stderr].map((stream) => this.#pump(stream));
    Promise.all(this.#pumps).then(() => {
      this.#hasEnded = true;
      this.#news.resolve();
    });
  }

  /** Waits until it has printed something; `null` if it has ended without that. */
  async said(sign: RegExp): Promise<RegExpExecArray | null> {
    for (;;) {
      const found = sign.exec(this.output);
      if (found !== null || this.#hasEnded) return found;
      await this.#news.promise;
      this.#news = Promise.withResolvers();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // So that it ends its own children as well.
    if (!this.#hasEnded) this.#child.kill("SIGTERM");
    await this.#child.status;
    await Promise.all(this.#pumps);
    this.#directory?.[Symbol.dispose]();
  }

  async #pump(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.output += text;
      this.#news.resolve();
    }
  }
}
