// What the load comparisons share: a server in a process of its own, its memory, and medians.

/** A server process that has printed `listening PORT`, or the address it listens on. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
}

export interface StartOptions {
  cwd?: string;
  /** The processor that the process is bound to; any by default. */
  cpu?: number;
  /** For a program that does not print `listening PORT`: what it prints instead, and its port. */
  sign?: { readonly pattern: RegExp; readonly port: number };
}

/** Prefixes a command so that it runs on one processor, where there are several. */
export function pinned(command: readonly string[], cpu: number | undefined): string[] {
  return cpu === undefined || navigator.hardwareConcurrency < 2
    ? [...command]
    : ["taskset", "-c", String(cpu), ...command];
}

/** A command that may hold so many connections open, and what else it needs. */
export function withFiles(connections: number, command: readonly string[]): string[] {
  // A server keeps an eighth for other things.
  const files = Math.ceil(connections * 8 / 7) + 1000;
  return ["bash", "-c", `ulimit -n ${files} 2>&- || ulimit -n "$(ulimit -Hn)"; exec "$@"`, "bash", ...command];
}

/** Whether a command can be run, and succeeds. */
export async function succeeds(program: string, ...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args, stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

/** Compiles a C program of this folder into a directory, and returns its path. It needs cc. */
export async function compiled(directory: string, source: string): Promise<string> {
  const program = `${directory}/${source.replace(".c", "")}`;
  if (await succeeds("cc", "-O2", "-o", program, new URL(source, import.meta.url).pathname)) return program;
  throw new Error(`Cannot compile ${source}`);
}

/** The command that runs a program of `peers/` on Deno. */
export function denoPeer(name: string, ...args: string[]): string[] {
  return plainDeno(peerFile(name), ...args);
}

/** The command that runs a program on Deno. */
export function plainDeno(program: string, ...args: string[]): string[] {
  return [Deno.execPath(), "run", "--quiet", "--no-check", "--no-lock", "-A", program, ...args];
}

/** The path of a file of `peers/`. */
export function peerFile(name: string): string {
  return new URL(`./peers/${name}`, import.meta.url).pathname;
}

/** The path of a certificate or key of the tests, which is for 127.0.0.1. */
export function certificateFile(name: string): string {
  return new URL(`../tests/support/certs/${name}`, import.meta.url).pathname;
}

/** Starts a server and waits until it says where it listens. */
export async function startServer(command: readonly string[], options: StartOptions = {}): Promise<ServerProcess> {
  const [program = "", ...args] = pinned(command, options.cpu);
  const child = new Deno.Command(program, {
    args,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const { pattern, port: known } = options.sign ??
    { pattern: /^(?:listening |http:\/\/localhost:)(\d+)\/?\n/m, port: null };
  let port: number | string | undefined;
  while ((port = pattern.test(text) ? known ?? text.match(pattern)?.[1] : undefined) === undefined) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`${command.join(" ")} ended without listening, its output: ${text}`);
    text += value;
  }
  return {
    pid: child.pid,
    port: Number(port),
    async [Symbol.asyncDispose](): Promise<void> {
      await reader.cancel();
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended by itself.
      }
      await child.status;
    },
  };
}

/** Resident memory of a process in bytes. */
export function residentMemory(pid: number): number {
  return statusBytes(pid, "VmRSS");
}

/** The most resident memory that a process has ever had, in bytes. */
export function mostResidentMemory(pid: number): number {
  return statusBytes(pid, "VmHWM");
}

function statusBytes(pid: number, field: string): number {
  const kib = Deno.readTextFileSync(`/proc/${pid}/status`).match(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m"))?.[1];
  if (kib === undefined) throw new Error(`/proc/${pid}/status has no ${field}`);
  return Number(kib) * 1024;
}

/** The ticks that the kernel counts processor time in: `sysconf(_SC_CLK_TCK)` on every Linux there is. */
const TICKS_PER_SECOND = 100;

/** How long the processors have worked for a process, in user mode and in the kernel, in seconds. */
export function processorTime(pid: number): number {
  return workedTime(`/proc/${pid}/stat`);
}

/** How long the processors have worked for each thread of a process and of its children, in seconds. */
export function threadTimes(pid: number): Map<string, number> {
  const times = new Map<string, number>();
  const children = [...Deno.readDirSync("/proc")].filter(({ name }) => /^\d+$/.test(name) && parentOf(name) === pid);
  for (const process of [String(pid), ...children.map(({ name }) => name)]) {
    for (const { name } of Deno.readDirSync(`/proc/${process}/task`)) {
      times.set(name, workedTime(`/proc/${process}/task/${name}/stat`));
    }
  }
  return times;
}

/** The parent of a process, `null` if the process has ended meanwhile. */
function parentOf(pid: string): number | null {
  try {
    return Number(statFields(`/proc/${pid}/stat`)[1]);
  } catch {
    return null;
  }
}

function workedTime(path: string): number {
  // User mode and kernel.
  const fields = statFields(path);
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function statFields(path: string): string[] {
  const stat = Deno.readTextFileSync(path);
  // The name of the program, in parentheses, may contain anything; what is behind it is split.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** Samples a process's resident memory while a piece of work runs; the result is the highest value, in bytes. */
export async function peakMemory<T>(pid: number, work: () => Promise<T>): Promise<{ result: T; peak: number }> {
  let peak = residentMemory(pid);
  const timer = setInterval(() => peak = Math.max(peak, residentMemory(pid)), 50);
  try {
    return { result: await work(), peak };
  } finally {
    clearInterval(timer);
  }
}

/** The middle value, the mean of the two middle ones where their number is even. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? NaN) + (sorted[Math.floor(half)] ?? NaN)) / 2;
}

/** The value of `--name=value` on the command line; the last one counts, since a task may name one as well. */
export function argument(name: string, fallback: string): string {
  return Deno.args.findLast((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback;
}

/**
 * The number of `--name=number` on the command line.
 *
 * @throws {Error} If it is no number.
 */
export function numberArgument(name: string, fallback: number): number {
  const value = argument(name, String(fallback));
  const number = Number(value);
  if (value.trim() === "" || Number.isNaN(number)) throw new Error(`--${name} must be a number, not "${value}"`);
  return number;
}

/** The names of `--name=first,second` on the command line. */
export function listArgument(name: string, fallback: readonly string[] = []): string[] {
  return argument(name, fallback.join(",")).split(",").filter((part) => part !== "");
}

/** The transport that `--transport` names; the default of `listen` if there is none. */
export function transportArgument(): "auto" | "deno" | "handle" {
  const name = argument("transport", "auto");
  return name === "handle" || name === "deno" ? name : "auto";
}

/** Prints rows under a heading, numbers to the right. */
export function printTable(heading: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = heading.map((cell, i) => Math.max(cell.length, ...rows.map((row) => (row[i] ?? "").length)));
  for (const row of [heading, ...rows]) {
    console.log(row.map((cell, i) => i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)).join("  "));
  }
}
