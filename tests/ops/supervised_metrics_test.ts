// What a scrape of the supervisor shows of its workers.
import { assertEquals, assertNotEquals } from "@std/assert";
import type { SupervisorMode } from "../../src/net/process.ts";
import { projectRoot } from "../../tools/project.ts";
import { test } from "../support/test.ts";

const REQUESTS = 40;

/** The running program. */
class Site implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #output: ReadableStreamDefaultReader<string>;
  #ports: readonly string[] = [];

  constructor(mode: SupervisorMode) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-A", "tests/ops/supervised_metrics_program.ts", mode],
      cwd: projectRoot,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#output = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  async listens(): Promise<void> {
    let text = "";
    while (this.#ports.length === 0) {
      const { done, value } = await this.#output.read();
      if (done) throw new Error(`The program has ended: ${text}`);
      text += value;
      this.#ports = /^listening (\d+) (\d+)\n/.exec(text)?.slice(1) ?? [];
    }
  }

  /** Asks a worker, on a connection of its own; returns which life of which worker has answered. */
  async ask(): Promise<string> {
    using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    return await (await fetch(`http://127.0.0.1:${this.#ports[0]}/`, { client })).text();
  }

  async scrape(): Promise<string> {
    return await (await fetch(`http://127.0.0.1:${this.#ports[1]}/metrics`)).text();
  }

  /** Scrapes until there is such a line. */
  async shows(line: string): Promise<string> {
    for (;;) {
      const text = await this.scrape();
      if (text.includes(`\n${line}\n`)) return text;
    }
  }

  /** Replaces all workers. */
  restart(): void {
    this.#process.kill("SIGHUP");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#output.cancel();
    await this.#process.status;
  }
}

for (const mode of ["processes", "threads"] as const) {
  test(
    `Metrics of ${mode}: a scrape has the sums of all workers, and loses nothing when they are replaced`,
    async () => {
      await using site = new Site(mode);
      await site.listens();
      const before = await Promise.all(Array.from({ length: REQUESTS }, () => site.ask()));
      // The last requests are in no report yet.
      site.restart();
      let asked = REQUESTS;
      for (let life = before[0] ?? "", kept = 0; kept < 2; asked++) {
        life = await site.ask();
        kept = before.includes(life) ? 0 : kept + 1;
      }
      const text = await site.shows(`orders_total{kind="book"} ${asked}`);
      const count = `http_server_request_duration_seconds_count{method="GET",route="/",code="2xx"} ${asked}`;
      await site.shows(count);
      const shown = await site.shows("http_server_active_requests 0");
      assertEquals(
        shown.match(/^http_server_request_duration_seconds_bucket\{.*le="\+Inf"\} (\d+)$/m)?.[1],
        `${asked}`,
      );
      assertEquals(text.match(/^# TYPE orders_total counter$/gm)?.length, 1);
      // A sum of times of day means nothing.
      assertNotEquals(text.includes("process_start_time_seconds"), true);
      assertEquals(text.includes("process_resident_memory_bytes"), true);
    },
  );
}
