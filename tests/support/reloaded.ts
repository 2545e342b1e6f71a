/**
 * Programs that restart themselves, for the tests of autoreload.
 *
 * @module
 */
import { projectRoot } from "../../tools/project.ts";
import { TempDir } from "./temp_dir.ts";

/** The program that runs another one. */
export const AUTORELOAD: string = `${projectRoot}src/net/autoreload.ts`;

/** A folder with the files of a program, which may import Twister as `"twister/..."`. */
export class ProgramFolder extends TempDir {
  /** Writes a file of the program. */
  save(name: string, text: string): string {
    return this.write(name, text.replaceAll('"twister/', `"file://${projectRoot}src/`), { age: 0 });
  }

  /** Starts `deno run -A` with further arguments. */
  run(...args: string[]): RunningProgram {
    return new RunningProgram(this.path, ["run", "--quiet", "-A", ...args]);
  }
}

/** The lines of a stream. */
class Lines {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Resolves with the next line, or `null` at the end. */
  async next(): Promise<string | null> {
    while (!this.#text.includes("\n")) {
      const { done, value } = await this.#reader.read();
      if (done) return null;
      this.#text += value;
    }
    const end = this.#text.indexOf("\n");
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return line;
  }

  async rest(): Promise<string[]> {
    const lines: string[] = [];
    for (let line = await this.next(); line !== null; line = await this.next()) lines.push(line);
    return lines;
  }
}

/** A program that runs, with the lines that it and the programs that it starts have printed. */
export class RunningProgram implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #output: Lines;
  readonly #errors: Lines;

  /** Starts Deno in a folder. */
  constructor(folder: string, args: readonly string[]) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: [...args],
      cwd: folder,
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#output = new Lines(this.#process.stdout);
    this.#errors = new Lines(this.#process.stderr);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Resolves with the next line of standard output. */
  async line(): Promise<string> {
    const line = await this.#output.next();
    if (line === null) throw new Error(`The program has ended: ${(await this.#errors.rest()).join("\n")}`);
    return line;
  }

  /** Resolves when a line of standard error matches. */
  async error(pattern: RegExp): Promise<void> {
    for (let line = await this.#errors.next(); line !== null; line = await this.#errors.next()) {
      if (pattern.test(line)) return;
    }
    throw new Error(`The program has ended without an error ${pattern}`);
  }

  /** Writes to standard input. */
  async type(text: string): Promise<void> {
    const writer = this.#process.stdin.getWriter();
    await writer.write(new TextEncoder().encode(text));
    writer.releaseLock();
  }

  /** Sends a signal to the first process. */
  kill(signal: Deno.Signal): void {
    this.#process.kill(signal);
  }

  /** Resolves with the exit code and the lines that were not read, when all processes have ended. */
  async end(): Promise<{ code: number; output: string[] }> {
    const [output, { code }] = await Promise.all([this.#output.rest(), this.#process.status, this.#errors.rest()]);
    return { code, output };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#process.stdin.close().catch(() => {});
    await this.end();
  }
}
