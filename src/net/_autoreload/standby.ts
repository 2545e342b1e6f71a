import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { BeginMessage, PrepareMessage } from "./channel.ts";
import type { ModuleGraph } from "./module_graph.ts";
import { type Program, startProgram } from "./start_program.ts";

/** A module of all programs that have a server. */
const SERVERS = new URL("../_transport/handle_binding.ts", import.meta.url).href;

/** Flags with which a process does something before the program begins, or which two processes cannot share. */
const EAGER = /^--(?:coverage|cpu-prof|env|env-file|heap-prof|import|inspect[\w-]*|preload|require)(?:=|$)/;

/**
 * A process that waits for the next start and has loaded this library, so that the start takes only the time of the
 * program's own modules.
 */
export class Standby implements Disposable {
  readonly #child: ChildProcess;
  /** Paths of files that it has read. */
  readonly #files: ReadonlySet<string>;
  #ended = false;

  private constructor(child: ChildProcess, files: readonly string[]) {
    this.#child = child;
    this.#files = new Set(files);
    child.once("exit", () => this.#ended = true);
    child.once("error", () => this.#ended = true);
  }

  /**
   * Starts a process, or returns `null` if the program must not be started in advance.
   *
   * @param graph The modules of the program.
   * @param files Paths of files that a process reads at its start.
   */
  static of(program: Program, { library, entries }: ModuleGraph, files: readonly string[]): Standby | null {
    if (program.flags.some((flag) => EAGER.test(flag))) return null;
    const child = startProgram(program, true);
    child.send({ prepare: entries, serves: library.includes(SERVERS) } satisfies PrepareMessage, () => {});
    const own = library.filter((url) => url.startsWith("file:")).map((url) => fileURLToPath(url));
    return new Standby(child, [...files, ...own]);
  }

  /** Lets the program begin, and returns its process; `null` if the process has ended or knows an old file. */
  begin(changed: readonly string[]): ChildProcess | null {
    if (this.#ended) return null;
    if (changed.some((path) => this.#files.has(path))) {
      this[Symbol.dispose]();
      return null;
    }
    this.#child.send({ begin: true } satisfies BeginMessage, () => {});
    return this.#child;
  }

  /** Ends the process. */
  [Symbol.dispose](): void {
    if (!this.#ended) this.#child.kill("SIGKILL");
  }
}
