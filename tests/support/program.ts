/**
 * Runs one of the programs under `examples/` as its user would.
 *
 * @module
 */
import { projectRoot } from "../../tools/project.ts";

/** A program that has printed the address it listens on. */
export interface Program extends AsyncDisposable {
  /** `http://localhost:PORT`, without a slash at the end. */
  readonly address: string;
  readonly port: number;
  /** What it has printed until then. */
  readonly output: string;
  /** Sends the signal of Ctrl-C and resolves with the exit code. */
  interrupt(): Promise<number>;
}

/**
 * Starts a program on the given port, by default a free one; it gets the permission to use the network, and no other
 * but those named.
 *
 * @throws {Error} The program ended without printing an address.
 */
export async function startProgram(
  path: string,
  options: { port?: number; permissions?: readonly string[]; args?: readonly string[] } = {},
): Promise<Program> {
  const { port: wanted = 0, permissions = [], args = [] } = options;
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-lock",
      "--quiet",
      "--no-prompt",
      "--allow-net",
      ...permissions,
      path,
      `--port=${wanted}`,
      ...args,
    ],
    cwd: projectRoot,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let port: string | undefined;
  while ((port = text.match(/^http:\/\/localhost:(\d+)\/\n/m)?.[1]) === undefined) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`${path} ended without an address, its output: ${text}`);
    text += value;
  }
  let ended = false;
  const end = async (signal: Deno.Signal) => {
    if (!ended) process.kill(signal);
    ended = true;
    await reader.cancel();
    return (await process.status).code;
  };
  return {
    address: `http://localhost:${port}`,
    port: Number(port),
    output: text,
    interrupt: () => end("SIGINT"),
    async [Symbol.asyncDispose](): Promise<void> {
      await end("SIGKILL");
    },
  };
}
