import { logError } from "../_ioloop/callbacks.ts";
import { PipeIOStream } from "../iostream.ts";

/** Where an input or output of a {@linkcode Subprocess} leads: a stream, this program's own, or nowhere. */
export type SubprocessStdio = "stream" | "inherit" | "null";

/** A command: the path of a program, or a list of the program and its arguments. */
export type SubprocessCommand = string | URL | readonly [program: string | URL, ...args: string[]];

/** Options of {@linkcode Subprocess}. */
export interface SubprocessOptions {
  /**
   * Runs the command, a single string, by `/bin/sh`.
   * @default {false}
   */
  shell?: boolean;
  /**
   * The working directory.
   * @default {that of this program}
   */
  cwd?: string | URL;
  /**
   * Environment variables, added to those of this program.
   * @default {{}}
   */
  env?: Record<string, string>;
  /**
   * Gives the process no other environment variables than `env`.
   * @default {false}
   */
  clearEnv?: boolean;
  /**
   * Makes the process the leader of a process group, so that {@linkcode Subprocess.kill} reaches its own children too.
   * @default {false}
   */
  group?: boolean;
  /**
   * Kills the process with SIGTERM when it aborts.
   * @default {none}
   */
  signal?: AbortSignal;
  /**
   * Standard input.
   * @default {"inherit"}
   */
  stdin?: SubprocessStdio;
  /**
   * Standard output.
   * @default {"inherit"}
   */
  stdout?: SubprocessStdio;
  /**
   * Standard error.
   * @default {"inherit"}
   */
  stderr?: SubprocessStdio;
}

/** A process ended with a status other than zero. Python's `subprocess.CalledProcessError`. */
export class CalledProcessError extends Error {
  /** The name of the class. */
  override readonly name: string = "CalledProcessError";
  /** The exit status, or the negative number of the signal that ended the process. */
  readonly returncode: number;
  /** The program and its arguments. */
  readonly cmd: readonly string[];

  /** Names the command and its status. */
  constructor(returncode: number, cmd: readonly string[]) {
    const how = returncode < 0 ? `died with signal ${-returncode}` : `returned non-zero exit status ${returncode}`;
    super(`Command '${cmd.join(" ")}' ${how}`);
    this.returncode = returncode;
    this.cmd = cmd;
  }
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Exit statuses from here up stand for a signal, in the convention of the shell that Deno follows. */
const SIGNAL_BASE = 128;

/**
 * A child process with streams (`tornado.process.Subprocess`).
 *
 * An input or output given as {@linkcode Subprocess.STREAM} becomes a stream, which the caller closes. Needs
 * `--allow-run`.
 *
 * @example
 * ```ts
 * import { Subprocess } from "@twister/twister/process";
 * import { assertEquals } from "@std/assert";
 *
 * const { STREAM } = Subprocess;
 * const sort = new Subprocess(["sort", "-r"], { stdin: STREAM, stdout: STREAM });
 * await sort.stdin?.write("a\nb\n");
 * sort.stdin?.close();
 * assertEquals(await sort.stdout?.readTextUntilClose(), "b\na\n");
 * assertEquals(await sort.waitForExit(), 0);
 * ```
 */
export class Subprocess implements AsyncDisposable {
  /** The value of `stdin`, `stdout` and `stderr` that makes a stream. */
  static readonly STREAM: "stream" = "stream";

  /** The process, as Deno sees it. */
  readonly proc: Deno.ChildProcess;
  /** The number of the process. */
  readonly pid: number;
  /** The stream that writes to the standard input, or `null` if it was not asked for. */
  readonly stdin: PipeIOStream | null;
  /** The stream that reads the standard output, or `null` if it was not asked for. */
  readonly stdout: PipeIOStream | null;
  /** The stream that reads the standard error, or `null` if it was not asked for. */
  readonly stderr: PipeIOStream | null;

  readonly #command: readonly string[];
  readonly #group: boolean;
  readonly #ended: Promise<number>;
  #returncode: number | null = null;
  #exitCallback: ((returncode: number) => void) | null = null;

  /**
   * Starts a process.
   *
   * @throws {Deno.errors.NotFound} If there is no such program.
   * @throws {Deno.errors.NotCapable} If the program may not be run.
   * @throws {TypeError} If `shell` is set and the command is not a string.
   */
  constructor(command: SubprocessCommand, options: SubprocessOptions = {}) {
    const { stdin = "inherit", stdout = "inherit", stderr = "inherit", shell = false, group = false } = options;
    const { cwd, env, clearEnv, signal } = options;
    const [program, ...args] = programOf(command, shell);
    this.#command = [String(program), ...args];
    this.#group = group;
    this.proc = new Deno.Command(program, {
      args,
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
      ...(clearEnv === undefined ? {} : { clearEnv }),
      ...(signal === undefined ? {} : { signal }),
      detached: group,
      stdin: pipe(stdin),
      stdout: pipe(stdout),
      stderr: pipe(stderr),
    }).spawn();
    this.pid = this.proc.pid;
    this.stdin = stdin === "stream" ? new PipeIOStream({ writable: this.proc.stdin }) : null;
    this.stdout = stdout === "stream" ? new PipeIOStream({ readable: this.proc.stdout }) : null;
    this.stderr = stderr === "stream" ? new PipeIOStream({ readable: this.proc.stderr }) : null;
    this.#ended = this.proc.status.then((status) => this.#setReturncode(status));
  }

  /** The exit status, or the negative number of the signal that ended the process; `null` while it runs. */
  get returncode(): number | null {
    return this.#returncode;
  }

  /**
   * Calls `callback` with the status when the process ends, in a later turn if it has ended already. A second call
   * replaces the callback. An error that it throws is logged.
   */
  setExitCallback(callback: (returncode: number) => void): void {
    const waiting = this.#exitCallback !== null;
    this.#exitCallback = callback;
    if (!waiting) void this.#ended.then((returncode) => this.#runExitCallback(returncode));
  }

  /**
   * Waits for the end of the process.
   *
   * @param raiseError Tells whether a status other than zero is an error.
   * @returns The exit status, or the negative number of the signal that ended the process.
   * @throws {CalledProcessError} If the status is not zero and `raiseError` is set.
   */
  async waitForExit(raiseError: boolean = true): Promise<number> {
    const returncode = await this.#ended;
    if (returncode !== 0 && raiseError) throw new CalledProcessError(returncode, this.#command);
    return returncode;
  }

  /**
   * Sends a signal to the process, or to its whole group if it was started with `group`. Does nothing after the end of
   * the process.
   */
  kill(signal: Deno.Signal = "SIGTERM"): void {
    try {
      if (this.#group) Deno.kill(-this.pid, signal);
      else if (this.#returncode === null) this.proc.kill(signal);
    } catch (error) {
      // It has ended, and its end is not reported yet.
      if (!(error instanceof Deno.errors.NotFound) && !(error instanceof TypeError)) throw error;
    }
  }

  /** Closes the streams, kills the process with SIGKILL if it still runs, and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const stream of [this.stdin, this.stdout, this.stderr]) stream?.close();
    if (this.#returncode === null) this.kill("SIGKILL");
    await this.#ended;
  }

  #setReturncode({ code, signal }: Deno.CommandStatus): number {
    return this.#returncode = signal === null ? code : SIGNAL_BASE - code;
  }

  #runExitCallback(returncode: number): void {
    const callback = this.#exitCallback;
    this.#exitCallback = null;
    try {
      callback?.(returncode);
    } catch (error) {
      logError("Exception in exit callback", error);
    }
  }
}

/** Options of {@linkcode callProcess}: those of {@linkcode Subprocess}, whose outputs are collected. */
export interface CallProcessOptions extends Omit<SubprocessOptions, "stdin" | "stdout" | "stderr"> {
  /**
   * The standard input of the process.
   * @default {nothing}
   */
  input?: string | Uint8Array<ArrayBuffer>;
  /**
   * Tells whether a status other than zero is an error.
   * @default {true}
   */
  raiseError?: boolean;
}

/** The output and status of a process that has ended, as {@linkcode callProcess} returns them. */
export interface CompletedProcess {
  /** The exit status, or the negative number of the signal that ended the process. */
  readonly returncode: number;
  /** The bytes that the process wrote to its standard output. */
  readonly stdout: Uint8Array<ArrayBuffer>;
  /** The bytes that the process wrote to its standard error. */
  readonly stderr: Uint8Array<ArrayBuffer>;
  /** The text of `stdout`, with U+FFFD for bytes that are not UTF-8. */
  readonly stdoutText: string;
  /** The text of `stderr`, with U+FFFD for bytes that are not UTF-8. */
  readonly stderrText: string;
}

/**
 * Runs a command to its end and returns what it wrote. It stands for Python's `subprocess.run` with `capture_output`.
 *
 * @throws {CalledProcessError} If the status is not zero and `raiseError` is not `false`.
 *
 * @example
 * ```ts
 * import { callProcess } from "@twister/twister/process";
 * import { assertEquals } from "@std/assert";
 *
 * const { stdoutText } = await callProcess(["tr", "a-z", "A-Z"], { input: "hello" });
 * assertEquals(stdoutText, "HELLO");
 * ```
 */
export async function callProcess(
  command: SubprocessCommand,
  options: CallProcessOptions = {},
): Promise<CompletedProcess> {
  const { input, raiseError = true, ...rest } = options;
  const stdin = input === undefined ? "null" : "stream";
  await using process = new Subprocess(command, { ...rest, stdin, stdout: "stream", stderr: "stream" });
  const outputs = [process.stdout, process.stderr].map((stream) => stream?.readUntilClose());
  if (input !== undefined) await feed(process.stdin, input);
  const [stdout, stderr] = await Promise.all(outputs);
  const returncode = await process.waitForExit(raiseError);
  return completed(returncode, stdout ?? new Uint8Array(), stderr ?? new Uint8Array());
}

function completed(
  returncode: number,
  stdout: Uint8Array<ArrayBuffer>,
  stderr: Uint8Array<ArrayBuffer>,
): CompletedProcess {
  return {
    returncode,
    stdout,
    stderr,
    get stdoutText() {
      return decoder.decode(stdout);
    },
    get stderrText() {
      return decoder.decode(stderr);
    },
  };
}

async function feed(stdin: PipeIOStream | null, input: string | Uint8Array<ArrayBuffer>): Promise<void> {
  try {
    await stdin?.write(typeof input === "string" ? new TextEncoder().encode(input) : input);
  } catch {
    // A process may end before it has read its input, as head does.
  }
  stdin?.close();
}

function pipe(stdio: SubprocessStdio): "piped" | "inherit" | "null" {
  return stdio === "stream" ? "piped" : stdio;
}

function programOf(command: SubprocessCommand, shell: boolean): readonly [string | URL, ...string[]] {
  if (!shell) return typeof command === "string" || command instanceof URL ? [command] : command;
  if (typeof command !== "string") throw new TypeError("Cannot run a command by the shell: it is not a single string");
  return ["/bin/sh", "-c", command];
}
