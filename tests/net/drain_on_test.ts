import { assertEquals, assertThrows } from "@std/assert";
import { TCPServer } from "../../src/net/tcpserver.ts";
import { projectRoot } from "../../tools/project.ts";
import { signalUntil } from "../support/signal_until.ts";
import { test } from "../support/test.ts";

/** The program `drain_on_program.ts`, which serves. */
class Drained implements AsyncDisposable {
  readonly process: Deno.ChildProcess;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #output = "";

  private constructor(process: Deno.ChildProcess) {
    this.process = process;
    this.#reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  static start(engine: string, seconds: number): Drained {
    const args = ["run", "--quiet", "--no-check", "--allow-net", "tests/net/drain_on_program.ts"];
    return new Drained(
      new Deno.Command(Deno.execPath(), {
        args: [...args, engine, String(seconds)],
        cwd: projectRoot,
        env: { NO_COLOR: "1" },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
    );
  }

  /** Resolves with the whole output so far when it has a match. */
  async printed(pattern: RegExp): Promise<RegExpMatchArray> {
    for (;;) {
      const match = this.#output.match(pattern);
      if (match !== null) return match;
      const { done, value } = await this.#reader.read();
      if (done) throw new Error(`The program ended without ${pattern}: ${this.#output}`);
      this.#output += value;
    }
  }

  async address(): Promise<string> {
    return (await this.printed(/^http:\S+\/\n/m))[0].trim();
  }

  kill(signal: Deno.Signal): void {
    this.process.kill(signal);
  }

  /** Resolves with the exit status and the output. */
  async ended(): Promise<{ code: number; output: string; errors: string }> {
    const [{ code }, errors] = await Promise.all([this.process.status, new Response(this.process.stderr).text()]);
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) return { code, output: this.#output.replace(/^http:.*\n/m, ""), errors };
      this.#output += value;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.process.status;
  }
}

for (const engine of ["listen", "serve"]) {
  test(`Server.drainOn() drains all servers at the signal and ends the process with 0, on ${engine}`, async () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      await using program = Drained.start(engine, 20);
      assertEquals(await (await fetch(await program.address())).text(), "hello");
      program.kill(signal);
      const { code, output, errors } = await program.ended();
      assertEquals([code, errors], [0, ""]);
      assertEquals(output.split("\n").sort(), ["", "after", "before", "second"]);
    }
  });

  test(`Server.drainOn() cuts what has not finished in time, and says so, on ${engine}`, async () => {
    await using program = Drained.start(engine, 0.5);
    const response = await fetch(`${await program.address()}endless`);
    program.kill("SIGTERM");
    const { code, errors } = await program.ended();
    assertEquals(code, 0);
    assertEquals(errors.split("\n").filter((line) => line.includes("had not finished after 0.5 s")).length, 1);
    await response.text().catch(() => {});
  });

  test(`Server.drainOn() ends the process immediately at a second signal, on ${engine}`, async () => {
    await using program = Drained.start(engine, 3600);
    const response = await fetch(`${await program.address()}endless`);
    program.kill("SIGINT");
    await program.printed(/before\n/);
    const { code } = await signalUntil(program.process, "SIGTERM", program.ended());
    assertEquals(code, 143);
    await response.text().catch(() => {});
  });
}

test("Server.drainOn() refuses a time that is not a number", () => {
  const server = new TCPServer();
  assertThrows(() => server.drainOn(["SIGTERM"], NaN), TypeError, "Unsupported seconds, not a number");
  // As JavaScript can call it.
  const signals = JSON.parse('"SIGTERM"');
  assertThrows(() => server.drainOn(signals, 1), TypeError, 'Cannot drain on "SIGTERM": give a list of signals');
});
