import { type ChildProcess, spawn } from "node:child_process";
import { dirname, join } from "node:path";
import type { ReloadingMessage, ReloadMessage, WatchMessage } from "./channel.ts";
import { FileWatch } from "./file_watch.ts";
import { moduleGraph } from "./module_graph.ts";
import type { ReloaderOptions } from "./run_instead.ts";

/** Time for a program to answer that it has heard; a busy one, or one whose channel has failed, is killed. */
const ANSWER_MS = 1000;

/** Time for the hooks of a program; then it is killed. */
const HOOKS_MS = 5000;

/** Reading the imports takes the time of a processor, which a program that starts needs itself. */
const GRAPH_DELAY_MS = 500;

/** Signals that are passed on to the program. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"] as const;

/** Exit code of a shell for a program that a signal ended, without the signal's number. */
const SIGNALLED = 128;
/** Exit code for a program that its terminal has left. To one that handles SIGHUP, it may mean something else. */
const HUNG_UP = SIGNALLED + 1;
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** Runs a program, and starts it anew whenever one of its files changes. */
export class Reloader {
  readonly #options: ReloaderOptions;
  readonly #watch: FileWatch;
  #child: ChildProcess | null = null;
  #stop = Promise.withResolvers<number>();
  #isStopping = false;
  #killTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ReloaderOptions) {
    this.#options = options;
    this.#watch = new FileWatch(options.checkTime);
  }

  /** Resolves with the exit code for this process when the program must not be started again. */
  async run(): Promise<number> {
    using _watch = this.#watch;
    for (const signal of SIGNALS) Deno.addSignalListener(signal, () => this.#forward(signal));
    return await Promise.race([this.#stop.promise, this.#loop()]);
  }

  async #loop(): Promise<number> {
    const { until, waits, watched, beforeStart } = this.#options;
    await this.#watch.add([...watched, ...this.#configFiles()]);
    if (waits) {
      // This process has read its modules at its start.
      await this.#addModules(performance.timeOrigin);
      await beforeStart?.(await this.#watch.next());
    }
    for (let generation = 0;; generation++) {
      await this.#watch.settle();
      const end = this.#start();
      const begun = Date.now();
      const timer = setTimeout(() => this.#addModules(begun), GRAPH_DELAY_MS);
      const changes = this.#watch.next();
      const code = await Promise.race([end, changes.then(() => null)]);
      if (code !== null) this.#addModules(begun);
      clearTimeout(timer);
      if (code !== null) {
        const ends = this.#isStopping || code === HUNG_UP || (until === "first" && generation === 0) ||
          (until !== "never" && code === 0);
        if (ends) return code;
        console.error(`[autoreload] The program has ended with exit code ${code}; waiting for a change`);
      }
      const files = await changes;
      if (code === null) await this.#reload(end, files);
      else console.error(`[autoreload] ${files.join(", ")} modified; starting the program`);
      if (this.#isStopping) return await end;
    }
  }

  /** Starts the program and resolves with its exit code. */
  #start(): Promise<number> {
    const { main, flags, args } = this.#options;
    const connect = new URL("./channel.ts", import.meta.url).href;
    const preload = `import { connect } from ${JSON.stringify(connect)}; await connect(${Deno.pid});`;
    const command = [
      "run",
      ...flags,
      "--preload",
      `data:text/javascript,${encodeURIComponent(preload)}`,
      main,
      ...args,
    ];
    const child = spawn(Deno.execPath(), command, { stdio: ["inherit", "inherit", "inherit", "ipc"] });
    child.on("message", (message: WatchMessage | ReloadingMessage) => {
      if ("watch" in message) this.#watch.add(message.watch, message.since);
      else this.#killAfter(HOOKS_MS);
    });
    this.#child = child;
    return new Promise((resolve) => {
      child.on("exit", (code, signal) => {
        this.#child = null;
        resolve(code ?? SIGNALLED + (SIGNAL_NUMBERS[signal ?? ""] ?? 0));
      });
    });
  }

  /** Has the program run its hooks and end, and kills it if it does not. */
  async #reload(end: Promise<number>, files: readonly string[]): Promise<void> {
    const child = this.#child;
    child?.send({ reload: files } satisfies ReloadMessage, () => {});
    this.#killAfter(ANSWER_MS);
    await end;
    clearTimeout(this.#killTimer);
  }

  #killAfter(milliseconds: number): void {
    clearTimeout(this.#killTimer);
    this.#killTimer = setTimeout(() => this.#child?.kill("SIGKILL"), milliseconds);
  }

  /**
   * Watches the modules of the program. One that was changed after `since` may not have been read, and counts as
   * changed.
   */
  async #addModules(since: number): Promise<void> {
    const { main, flags } = this.#options;
    const { files } = await moduleGraph(main, flags);
    await this.#watch.add(files, since);
  }

  /** Returns the nearest config file of Deno, or the place where one may appear. */
  #configFiles(): string[] {
    for (let folder = dirname(this.#options.main);; folder = dirname(folder)) {
      const files = ["deno.json", "deno.jsonc"].map((name) => join(folder, name));
      if (files.some(isFile)) return files;
      if (folder === dirname(folder)) return [];
    }
  }

  #forward(signal: typeof SIGNALS[number]): void {
    // What a terminal sends reaches the program without our help.
    const isFromTerminal = (signal === "SIGINT" || signal === "SIGHUP") && Deno.stdin.isTerminal();
    if (signal === "SIGINT" || signal === "SIGTERM") this.#isStopping = true;
    if (this.#child === null) {
      if (signal !== "SIGUSR2") this.#stop.resolve(SIGNALLED + (SIGNAL_NUMBERS[signal] ?? 0));
    } else if (!isFromTerminal) {
      // Not child.kill(): with that, the child seems to have ended by the signal whatever its exit code is.
      Deno.kill(this.#child.pid ?? 0, signal);
    }
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
