/**
 * Starts `tests/net/process/supervised_program.ts` and asks it.
 *
 * @module
 */
import type { WorkerAnswer } from "../net/process/supervised_program.ts";
import type { SupervisorOptions } from "../../src/net/process.ts";
import { projectRoot } from "../../tools/project.ts";

/** A supervised server in a process of its own. */
export class Supervised implements AsyncDisposable {
  /** The process of the supervisor. */
  readonly process: Deno.ChildProcess;
  /** What it has printed so far, with its log. */
  output = "";
  readonly #pumps: Promise<void>[];
  #ended = false;
  /** Resolves when the program prints something, or ends. */
  #news = Promise.withResolvers<void>();

  private constructor(process: Deno.ChildProcess) {
    this.process = process;
    this.#pumps = [process.stdout, process.stderr].map((stream) => this.#pump(stream));
    void this.status().then(() => {
      this.#ended = true;
      this.#news.resolve();
    });
  }

  /** Starts the program, and waits until it listens unless `waits` is `false`. */
  static async start(
    options: SupervisorOptions & { crash?: boolean },
    { waits = true }: { readonly waits?: boolean } = {},
  ): Promise<Supervised> {
    const supervised = new Supervised(
      new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "-A", "tests/net/process/supervised_program.ts", JSON.stringify(options)],
        cwd: projectRoot,
        env: { NO_COLOR: "1" },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
    );
    if (waits) await supervised.printed(/^listening \d+$/m);
    return supervised;
  }

  /** The port that the program has named. */
  get port(): number {
    return Number(/^listening (\d+)$/m.exec(this.output)?.[1]);
  }

  /**
   * Waits until the program has printed something, so many times.
   *
   * @throws {Error} It has ended without that.
   */
  async printed(pattern: RegExp, times: number = 1): Promise<void> {
    while ((this.output.match(new RegExp(pattern, "gm"))?.length ?? 0) < times) {
      if (this.#ended) throw new Error(`The program has ended and not printed ${pattern}, but:\n${this.output}`);
      await this.#news.promise;
    }
  }

  /** Asks the program until the answer is as wanted. */
  async until(holds: () => Promise<boolean>): Promise<void> {
    while (!await holds());
  }

  /** Requests a path on a connection of its own. @throws {Error} The worker did not answer. */
  async get(path: string, signal: AbortSignal | null = null): Promise<string> {
    using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, { client, signal });
    return await response.text();
  }

  /** Which worker answers. */
  async ask(): Promise<WorkerAnswer> {
    return JSON.parse(await this.get("/"));
  }

  /** Asks until workers of all these tasks have answered, and returns their answers by task. */
  async askAll(tasks: number): Promise<Map<number, WorkerAnswer>> {
    const answers = new Map<number, WorkerAnswer>();
    await this.until(async () => {
      // One after another would all go to the same worker.
      for (const answer of await Promise.all(Array.from({ length: 2 * tasks }, () => this.ask()))) {
        if (answer.task !== null) answers.set(answer.task, answer);
      }
      return answers.size >= tasks;
    });
    return answers;
  }

  /** Sends a request that is allowed to fail, since it ends its worker. */
  async attack(path: string, signal: AbortSignal | null = null): Promise<void> {
    await this.get(path, signal).catch(() => {});
  }

  /** Sends a signal to the supervisor. */
  kill(signal: Deno.Signal): void {
    this.process.kill(signal);
  }

  /** Waits for the end, and returns the exit status. */
  async status(): Promise<number> {
    const { code } = await this.process.status;
    await Promise.all(this.#pumps);
    return code;
  }

  /** Ends the supervisor; its workers follow it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) this.process.kill("SIGTERM");
    await this.status();
  }

  async #pump(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.output += text;
      this.#news.resolve();
      this.#news = Promise.withResolvers();
    }
  }
}

/** Tells whether a process exists and is not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return stat[stat.lastIndexOf(")") + 2] !== "Z";
  } catch {
    return false;
  }
}
