import type { ChildProcess } from "node:child_process";
import { currentClock } from "../../internal/clock.ts";
import { genLog } from "../../util/log.ts";
import { START_KEY, type ToWorker, type WorkerStart } from "./messages.ts";
import type { OrphanGuard } from "./orphan_guard.ts";
import { prefixLines, prefixOf } from "./prefix_output.ts";
import type { HandleListener } from "../_transport/handle_listener.ts";
import { isFromWorker, type WorkerChannel, type WorkerListener } from "./worker_channel.ts";

/** The program of a child: a module, its arguments, and the flags of Deno. */
export interface ChildProgram {
  readonly module: string;
  readonly args: readonly string[];
  readonly flags: readonly string[];
  /** Kills the children if they outlive this process. */
  readonly guard: OrphanGuard;
}

/**
 * Milliseconds between two looks whether the parent lives: its end is not reported as the end of the channel if it dies
 * with messages that it has not read.
 */
const WATCH_MS = 300;

/**
 * Runs in the child before its program, as a module of its own, so that the sockets are there when the program begins,
 * and no environment variable has to be read. A descriptor passed in `stdio` would do as well, but `spawn` makes such a
 * socket blocking, for all processes that share it.
 */
const preloadOf = (parent: number) => `
import process from "node:process";
const child = { start: null, handles: [], early: [], send: (message) => void process.send(message), onMessage: null,
  onOrphaned: null };
// Not read here: the parent may have died while the child started.
const watch = setInterval(() => process.ppid === ${parent} || endOrphan(), ${WATCH_MS});
watch.unref();
function endOrphan() {
  clearInterval(watch);
  if (child.onOrphaned === null) process.exit(1);
  child.onOrphaned();
}
process.once("disconnect", endOrphan);
await new Promise((resolve) => {
  process.on("message", function take(message, handle) {
    if (child.start !== null) return child.onMessage === null ? child.early.push(message) : child.onMessage(message);
    if (handle !== undefined) child.handles.push(handle);
    if (child.handles.length < message.sockets) return;
    child.start = message.start;
    resolve();
  });
});
process.channel.unref();
globalThis["${START_KEY}"] = child;
`;

/** Seconds for which the last output of a child is awaited: a child of its own may keep the output open. */
const OUTPUT_PATIENCE = 0.1;

/** A worker that is a process. */
export class ProcessChannel implements WorkerChannel {
  readonly #child: ChildProcess;
  readonly #guard: OrphanGuard;
  readonly #listener: WorkerListener;
  #ended = false;

  private constructor(child: ChildProcess, guard: OrphanGuard, listener: WorkerListener) {
    this.#child = child;
    this.#guard = guard;
    this.#listener = listener;
    child.on("message", (message: unknown) => {
      if (isFromWorker(message)) listener.onMessage(message);
    });
    child.on("exit", (code: number | null, signal: string | null) => {
      const timer = currentClock().setTimer(() => this.#end(code ?? 1, signal), OUTPUT_PATIENCE);
      child.on("close", () => {
        timer.cancel();
        this.#end(code ?? 1, signal);
      });
    });
    child.on("error", (error: Error) => {
      genLog.error("A worker process cannot be started or reached: %s", error.message);
      if (child.pid === undefined) this.#end(1, null);
    });
  }

  /** Starts a child and hands it the sockets. */
  static async start(
    program: ChildProgram,
    start: WorkerStart,
    sockets: readonly HandleListener[],
    listener: WorkerListener,
  ): Promise<ProcessChannel> {
    const { spawn } = await import("node:child_process");
    const preload = `data:text/javascript,${encodeURIComponent(preloadOf(Deno.pid))}`;
    const args = ["run", "--no-prompt", ...program.flags, "--preload", preload, program.module, ...program.args];
    const output = start.prefixOutput ? "pipe" : "inherit";
    const child = spawn(Deno.execPath(), args, { stdio: ["ignore", output, output, "ipc"] });
    const channel = new ProcessChannel(child, program.guard, listener);
    if (child.pid !== undefined) program.guard.add(child.pid);
    const prefix = prefixOf(start.taskId);
    prefixLines(child.stdout, prefix, (line) => writeAll(Deno.stdout, line));
    prefixLines(child.stderr, prefix, (line) => writeAll(Deno.stderr, line));
    const message = { start, sockets: sockets.length };
    if (sockets.length === 0) child.send(message);
    for (const socket of sockets) socket.sendTo(child, message);
    return channel;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get label(): string {
    return `pid ${this.pid}`;
  }

  send(message: ToWorker): void {
    if (!this.#ended && this.#child.connected) this.#child.send(message);
  }

  kill(): void {
    if (!this.#ended) this.#child.kill("SIGKILL");
  }

  #end(code: number, signal: string | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#guard.remove(this.pid);
    this.#listener.onExit({ code, signal });
  }
}

function writeAll(output: { writeSync(data: Uint8Array): number }, line: Uint8Array): void {
  try {
    for (let sent = 0; sent < line.length;) sent += output.writeSync(line.subarray(sent));
  } catch {
    // The reader of our output is gone.
  }
}
