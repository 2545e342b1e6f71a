const NAMES = ["read", "write", "net", "env", "run", "sys", "ffi", "import"] as const;
type Name = typeof NAMES[number];

/** What a permission of one kind is about, by the name that a descriptor gives it. */
const SUBJECTS: Readonly<Record<Name, string>> = {
  read: "path",
  write: "path",
  net: "host",
  env: "variable",
  run: "command",
  sys: "kind",
  ffi: "path",
  import: "host",
};

/** Values that stand for several: subnets, subdomains, and variables by the beginning of their names. */
const PATTERNS: Readonly<Partial<Record<Name, RegExp>>> = { net: /[*/]/, env: /\*/, import: /[*/]/ };

const ONE_PORT = /^(?:[^:]+|\[[^\]]+\]):\d+$/;

/**
 * The flags that give a child the permissions of this program, or those of them that were named.
 *
 * Deno tells which kinds of permission are granted as a whole, but does not list the paths and hosts of a kind that is
 * granted in part: a program that wants to pass those on names them.
 *
 * @param named Flags such as `--allow-net=127.0.0.1:8888`, or `null` for all kinds that are granted as a whole.
 * @throws {TypeError} If a named permission is not one of this program, or a flag is not about a permission.
 */
export function permissionFlags(named: readonly string[] | null): string[] {
  if (named !== null) return named.map(check);
  const whole = NAMES.filter(isWhole);
  return whole.length === NAMES.length ? ["--allow-all"] : whole.map((name) => `--allow-${name}`);
}

function isWhole(name: Name): boolean {
  const { state, partial } = query(name);
  return state === "granted" && !partial;
}

function check(flag: string): string {
  if (flag.startsWith("--deny-")) return flag;
  const [, kind, values] = /^--allow-(\w+)(?:=(.+))?$/.exec(flag) ?? [];
  const name = NAMES.find((name) => name === kind);
  if (name === undefined) throw new TypeError(`Cannot pass on a permission: the flag is not --allow-NAME: ${flag}`);
  const granted = isWhole(name) || (values !== undefined && values.split(",").every((value) => isGranted(name, value)));
  if (!granted) throw new TypeError(`Cannot pass on a permission that this program does not have: ${flag}`);
  return flag;
}

function isGranted(name: Name, value: string): boolean {
  // Deno calls a pattern granted although a part of it is denied, and a host of which a port is denied.
  if (PATTERNS[name]?.test(value)) return false;
  if (name === "net" && query(name).partial && !ONE_PORT.test(value)) return false;
  const { state, partial } = query(name, value);
  return state === "granted" && !partial;
}

function query(name: Name, value?: string): Deno.PermissionStatus {
  return Deno.permissions.querySync(Object.assign({ name }, value === undefined ? {} : { [SUBJECTS[name]]: value }));
}

/**
 * Looks whether this program can start itself again: later it would be a failure of every worker.
 *
 * @throws {TypeError} If it cannot.
 */
export function checkSpawning(): void {
  if (Deno.build.standalone) {
    throw new TypeError('Cannot start worker processes: the program is compiled, use the mode "threads"');
  }
  const run = Deno.permissions.querySync({ name: "run", command: Deno.execPath() });
  const env = Deno.permissions.querySync({ name: "env" });
  if (run.state !== "granted" || env.state !== "granted") {
    throw new TypeError("Cannot start worker processes: it takes --allow-run and --allow-env");
  }
}

/** Workers that bind with `reusePort` need the flag that this process was given for it. */
export function unstableFlags(): string[] {
  return "listenDatagram" in Deno ? ["--unstable-net"] : [];
}
