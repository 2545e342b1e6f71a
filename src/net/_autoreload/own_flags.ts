/** The flags of the Deno process, for another one with the same permissions and settings. */
export type OwnFlags = { readonly flags: readonly string[] } | { readonly refusal: string };

/** Returns the flags that this process was started with, or the reason for which it cannot be started again. */
export function ownFlags(): OwnFlags {
  if (Deno.build.standalone) return { refusal: "it is a compiled program" };
  if (!isGranted({ name: "run", command: Deno.execPath() })) {
    return { refusal: "it lacks the permission --allow-run for deno" };
  }
  if (!isGranted({ name: "read" })) return { refusal: "it lacks the permission --allow-read" };
  // A child with a channel gets its environment as a copy of ours.
  if (!isGranted({ name: "env" })) return { refusal: "it lacks the permission --allow-env" };
  const command = ownCommand();
  const first = command.length - Deno.args.length;
  if (command.slice(first).join("\0") !== Deno.args.join("\0")) return { refusal: "its command line cannot be read" };
  const flags = command.slice(1, Math.max(1, first - 1));
  if (flags[0] === "run") flags.shift();
  // Otherwise the first word is a subcommand, such as test.
  return flags.some((flag, index) => index === 0 && !flag.startsWith("-"))
    ? { refusal: "it is not a program of deno run" }
    : { flags };
}

function isGranted(descriptor: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(descriptor).state === "granted";
}

const READ_PROC = `Deno.stdout.writeSync(Deno.readFileSync("/proc/${Deno.pid}/cmdline"))`;
const RUN_PS =
  `const { stdout } = new Deno.Command("ps", { args: ["-ww", "-o", "args=", "-p", "${Deno.pid}"] }).outputSync();
Deno.stdout.writeSync(new TextEncoder().encode(new TextDecoder().decode(stdout).trim().replaceAll(" ", "\\0") + "\\0"));`;

/** Reads the command line of this process. Most programs may not, but what they run has all permissions. */
function ownCommand(): string[] {
  const isLinux = Deno.build.os === "linux";
  let bytes: Uint8Array;
  try {
    if (!isLinux) throw new Deno.errors.NotSupported();
    bytes = Deno.readFileSync("/proc/self/cmdline");
  } catch {
    const args = ["eval", "--no-config", "--no-lock", isLinux ? READ_PROC : RUN_PS];
    bytes = new Deno.Command(Deno.execPath(), { args, stderr: "null" }).outputSync().stdout;
  }
  return new TextDecoder().decode(bytes).split("\0").slice(0, -1);
}

/** Tells whether `deno run --watch` or the like restarts the process already. */
export function hasWatchFlag(flags: readonly string[]): boolean {
  return flags.some((flag) => /^--watch(?:-hmr)?(?:=|$)/.test(flag));
}
