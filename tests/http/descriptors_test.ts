import { assert, assertEquals } from "@std/assert";
import { projectRoot } from "../../tools/project.ts";
import { latin1, latin1Bytes } from "../support/bytes.ts";
import { settled } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

const DESCRIPTORS = 128;
const CLIENTS = 140;
const LEAVING = 60;

/** A server process that may have {@linkcode DESCRIPTORS} descriptors. */
class SmallProcess implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #errors: Promise<string>;
  #port = 0;

  constructor(engine: string, permissions: readonly string[]) {
    const program = "tests/support/descriptors_server.ts";
    const command = [Deno.execPath(), "run", "--quiet", "--no-prompt", "--no-check", ...permissions, program, engine];
    this.#process = new Deno.Command("sh", {
      args: ["-c", `ulimit -n ${DESCRIPTORS}; exec "$@"`, "sh", ...command],
      cwd: projectRoot,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#errors = new Response(this.#process.stderr).text();
  }

  /** Waits for the server, and returns its port. */
  async listening(): Promise<number> {
    let text = "";
    for await (const piece of this.#process.stdout.pipeThrough(new TextDecoderStream())) {
      text += piece;
      const port = /localhost:(\d+)\/\n/.exec(text)?.[1];
      if (port !== undefined) return this.#port = Number(port);
    }
    throw new Error(`The server has ended: ${await this.#errors}`);
  }

  /** Connects, again and again if the server refuses it at the moment. */
  async connect(patience: number): Promise<Deno.Conn | null> {
    const end = performance.now() + patience;
    do {
      try {
        return await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
      } catch {
        await settled();
      }
    } while (performance.now() < end);
    return null;
  }

  /** Ends the process; returns its log, and whether it was still alive. */
  async end(): Promise<{ alive: boolean; log: string }> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended, which the status tells.
    }
    const { signal } = await this.#process.status;
    return { alive: signal === "SIGKILL", log: await this.#errors };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

async function get(connection: Deno.Conn): Promise<string> {
  await connection.write(latin1Bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  const buffer = new Uint8Array(4096);
  return latin1(buffer.subarray(0, await connection.read(buffer) ?? 0)).split("\r\n")[0] ?? "";
}

for (
  const [engine, what, permissions] of [
    ["listen", "all permissions", ["-A"]],
    ["listen", "the permission to read", ["--allow-net", "--allow-read"]],
    ["listen", "the network alone", ["--allow-net"]],
    ["handle", "all permissions", ["-A"]],
    ["handle", "the permission to read", ["--allow-net", "--allow-read"]],
    ["handle", "the network alone", ["--allow-net"]],
    ["serve", "all permissions", ["-A"]],
  ] as const
) {
  test(`a server without descriptors lives on and serves: ${engine}, ${what}`, async () => {
    await using server = new SmallProcess(engine, permissions);
    await server.listening();
    const clients: Deno.Conn[] = [];
    for (let i = 0; i < CLIENTS; i++) {
      const client = await server.connect(0);
      if (client !== null) clients.push(client);
    }
    assertEquals(await Promise.all(clients.slice(0, 10).map(get)), Array(10).fill("HTTP/1.1 200 OK"));
    for (const client of clients.splice(10, LEAVING)) client.close();
    const late = await server.connect(10_000);
    if (late === null) throw new Error("The server accepts nobody");
    assertEquals(await get(late), "HTTP/1.1 200 OK");
    assertEquals(await Promise.all(clients.slice(0, 10).map(get)), Array(10).fill("HTTP/1.1 200 OK"));
    for (const client of [late, ...clients]) client.close();
    const { alive, log } = await server.end();
    assertEquals([alive, log.includes("panicked")], [true, false]);
    assert(/Accepting no more connections|Cannot accept a connection/.test(log));
  });
}
