import type { ChildProcess } from "node:child_process";
import { dirname, join } from "node:path";
import type { ReloadingMessage, ReloadMessage, WatchMessage } from "./channel.ts";
import { OrphanGuard } from "../_process/orphan_guard.ts";
import { FileWatch } from "./file_watch.ts";
import { type ModuleGraph, moduleGraph } from "./module_graph.ts";
import type { ReloaderOptions } from "./run_instead.ts";
import { Standby } from "./standby.ts";
import { startProgram } from "./start_program.ts";

/** Time for a program to answer that it has heard; a busy one, or one whose channel has failed, is killed. */
const ANSWER_MS = 1000;

/** Time for the hooks of a program; then it is killed. */
const HOOKS_MS = 5000;

/** Reading the imports and starting the next process take the time of a processor, which a start needs itself. */
const PREPARE_DELAY_MS = 500;

/** Signals that are passed on to the program. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"] as const;

/** Exit code of a shell for a program that a signal ended, without the signal's number. */
const SIGNALLED = 128;
/** Exit code for a program that its terminal has left. To one that handles SIGHUP, it may mean something else. */
const HUNG_UP = SIGNALLED + 1;
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** Runs a program, and restarts it whenever one of its files changes. */
export class Reloader {
  readonly #options: ReloaderOptions;
  readonly #watch: FileWatch;
  readonly #guard: OrphanGuard = new OrphanGuard();
  #child: ChildProcess | null = null;
  /** The process for the next start. */
  #standby: Standby | null = null;
  /** The modules of the program, when they are known. */
  #graph: ModuleGraph | null = null;
  /** Counts the starts. */
  #generation = 0;
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
    try {
      return await Promise.race([this.#stop.promise, this.#loop()]);
    } finally {
      this.#standby?.[Symbol.dispose]();
    }
  }

  async #loop(): Promise<number> {
    const { until, waits, watched, beforeStart } = this.#options;
    await this.#watch.add([...watched, ...this.#configFiles()]);
    if (waits) {
      // This process has read its modules at its start.
      await this.#addModules(performance.timeOrigin);
      await beforeStart?.(await this.#watch.next());
    }
    for (let files: readonly string[] = [];; this.#generation++) {
      await this.#watch.settle();
      const end = this.#start(files);
      const begun = Date.now();
      const timer = setTimeout(() => this.#prepare(begun), PREPARE_DELAY_MS);
      const changes = this.#watch.next();
      const code = await Promise.race([end, changes.then(() => null)]);
      clearTimeout(timer);
      if (code !== null) {
        const ends = this.#isStopping || code === HUNG_UP || (until === "first" && this.#generation === 0) ||
          (until !== "never" && code === 0);
        if (ends) return code;
        this.#prepare(begun);
        console.error(`[autoreload] The program has ended with exit code ${code}; waiting for a change`);
      }
      files = await changes;
      if (code === null) await this.#reload(end, files);
      else console.error(`[autoreload] ${files.join(", ")} modified; starting the program`);
      if (this.#isStopping) return await end;
    }
  }

  /**
   * Starts the program and resolves with its exit code.
   *
   * @param changed Paths of the files that were changed.
   */
  #start(changed: readonly string[]): Promise<number> {
    const child = this.#standby?.begin(changed) ?? startProgram(this.#options, false);
    this.#standby = null;
    child.on("message", (message: WatchMessage | ReloadingMessage) => {
      if ("watch" in message) this.#watch.add(message.watch, message.since);
      // The message of a program that has ended since must not kill the next one.
      else if (child === this.#child) this.#killAfter(HOOKS_MS);
    });
    this.#child = child;
    const { pid = 0 } = child;
    if (pid > 0) this.#guard.add(pid);
    return new Promise((resolve) => {
      child.on("exit", (code, signal) => {
        this.#child = null;
        this.#guard.remove(pid);
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

  /** Watches the modules of the program that has begun then, and starts the process for the next one. */
  async #prepare(begun: number): Promise<void> {
    const generation = this.#generation;
    // Most changes leave the imports as they are, so it is ready sooner with those that are known.
    if (this.#graph !== null) this.#standby ??= Standby.of(this.#options, this.#graph, this.#configFiles());
    this.#graph = await this.#addModules(begun);
    if (generation !== this.#generation || this.#isStopping) return;
    this.#standby ??= Standby.of(this.#options, this.#graph, this.#configFiles());
  }

  /**
   * Watches the modules of the program, and returns them. One that was changed after `since` counts as changed: it may
   * not have been read.
   */
  async #addModules(since: number): Promise<ModuleGraph> {
    const { main, flags } = this.#options;
    const graph = await moduleGraph(main, flags);
    await this.#watch.add(graph.files, since);
    return graph;
  }

  /** Returns the nearest config file of Deno, or the place beside the program where one may appear. */
  #configFiles(): string[] {
    const own = dirname(this.#options.main);
    for (let folder = own;; folder = dirname(folder)) {
      const files = configFilesIn(folder);
      if (files.some(isFile)) return files;
      if (folder === dirname(folder)) return configFilesIn(own);
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

function configFilesIn(folder: string): string[] {
  return ["deno.json", "deno.jsonc"].map((name) => join(folder, name));
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
