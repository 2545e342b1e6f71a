/**
 * An nginx of a test's own: in the foreground, in a directory that goes away with it, without privileges.
 *
 * @module
 */
import { TempDir } from "./temp_dir.ts";

/** Somebody else may take a port between the look for a free one and nginx's start. */
const ATTEMPTS = 5;

/** A running nginx. */
export interface Nginx extends AsyncDisposable {
  /** Where its servers listen, in their order. */
  readonly ports: readonly number[];
}

/**
 * Starts an nginx, and waits until it listens.
 *
 * @param servers What each `server` block says besides `listen`.
 * @param http What the `http` block says besides, such as upstreams.
 * @param listen What each `listen` says behind the address, such as `ssl`.
 * @throws {Error} If it refuses the configuration, or finds no port.
 */
export async function startNginx(servers: readonly string[], http: string = "", listen: string = ""): Promise<Nginx> {
  for (let attempt = 1;; attempt++) {
    const directory = new TempDir();
    const ports = freePorts(servers.length);
    directory.write("nginx.conf", configuration(directory.path, http, servers, ports, listen));
    const nginx = new Process(directory, ports);
    const said = await nginx.started();
    if (said === null) return nginx;
    await nginx[Symbol.asyncDispose]();
    if (!said.includes("Address already in use") || attempt === ATTEMPTS) throw new Error(`No nginx: ${said}`);
  }
}

/** Ports that nobody has at the moment; nginx does not tell which one it got for port 0. */
function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const ports = listeners.map(({ addr }) => addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}

function configuration(
  path: string,
  http: string,
  servers: readonly string[],
  ports: readonly number[],
  listen: string,
): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) =>
    `${name}_temp_path ${path}/${name};`
  );
  return `
    daemon off;
    master_process off;
    pid ${path}/pid;
    error_log stderr notice;
    events {}
    http {
      access_log off;
      ${temporary.join("\n")}
      ${http}
      ${servers.map((server, i) => `server { listen 127.0.0.1:${ports[i]} ${listen}; ${server} }`).join("\n")}
    }`;
}

class Process implements Nginx {
  readonly ports: readonly number[];
  readonly #directory: TempDir;
  readonly #child: Deno.ChildProcess;
  readonly #errors: ReadableStreamDefaultReader<string>;
  #drained: Promise<void> = Promise.resolve();

  constructor(directory: TempDir, ports: readonly number[]) {
    this.ports = ports;
    this.#directory = directory;
    const { path } = directory;
    this.#child = new Deno.Command("/usr/sbin/nginx", {
      args: ["-p", path, "-e", "stderr", "-c", `${path}/nginx.conf`],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#errors = this.#child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** `null` as soon as it listens, or what it says instead. */
  async started(): Promise<string | null> {
    let text = "";
    while (!text.includes("[emerg]")) {
      const { done, value } = await this.#errors.read();
      if (done) return text;
      text += value;
      // It names the system once its sockets are bound.
      if (text.includes(" OS: ")) {
        this.#drained = this.#drain();
        return null;
      }
    }
    return text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#drained;
    await this.#errors.cancel();
    await this.#child.status;
    this.#directory[Symbol.dispose]();
  }

  /** It would stand still if nobody took what it says. */
  async #drain(): Promise<void> {
    while (!(await this.#errors.read()).done);
  }
}
