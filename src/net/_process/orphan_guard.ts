/** Seconds that a child process has left when its parent has died, before it is killed. */
const PATIENCE = 3;

/**
 * Reads `+` and the number of each child that starts, and `-` and the number of each that has ended. Its input ends
 * with the parent, however that ends.
 */
const SCRIPT = `
trap '' INT TERM HUP
children=' '
while read -r sign pid; do
  case $sign in
    +) children="$children$pid " ;;
    *) children="\${children%% $pid *} \${children#* $pid }" ;;
  esac
done
[ "$children" = ' ' ] && exit
sleep ${PATIENCE}
kill -9 $children
`;

/**
 * Kills the child processes that outlive this one. They end by themselves when it dies, unless they are in a loop that
 * never ends, and a process that is killed cannot kill others: a shell waits for that.
 *
 * Without the permission `--allow-run` for `sh`, and on Windows, it does nothing.
 */
export class OrphanGuard {
  readonly #children: Set<number> = new Set();
  #shellEnded: Promise<Deno.CommandStatus | null> = Promise.resolve(null);
  #writer: WritableStreamDefaultWriter<Uint8Array> | null = null;

  /** Adds a child. */
  add(pid: number): void {
    if (!isPossible()) return;
    this.#children.add(pid);
    this.#writer ??= this.#start();
    this.#send(`+ ${pid}\n`);
  }

  /** Removes a child that has ended. With the last one the shell ends. */
  remove(pid: number): void {
    if (!this.#children.delete(pid)) return;
    this.#send(`- ${pid}\n`);
    if (this.#children.size > 0) return;
    this.#writer?.close().catch(() => {});
    this.#writer = null;
  }

  /** Resolves when the shell has ended, after the last child; `null` if there was none. */
  get ended(): Promise<Deno.CommandStatus | null> {
    return this.#shellEnded;
  }

  #start(): WritableStreamDefaultWriter<Uint8Array> {
    const shell = new Deno.Command("sh", { args: ["-c", SCRIPT], stdin: "piped", stdout: "null", stderr: "null" })
      .spawn();
    shell.unref();
    this.#shellEnded = shell.status;
    return shell.stdin.getWriter();
  }

  #send(line: string): void {
    // If somebody has killed the shell, the children are without it.
    this.#writer?.write(new TextEncoder().encode(line)).catch(() => {});
  }
}

function isPossible(): boolean {
  return Deno.build.os !== "windows" &&
    Deno.permissions.querySync({ name: "run", command: "sh" }).state === "granted";
}
