/** The options that the program has asked for. */
const names = new Set<string>();

/** The value of `--name=value` on the command line, `null` if it is not there. */
export function option(name: string): string | null;
/** The value of `--name=value` on the command line, or another one. */
export function option(name: string, otherwise: string): string;
export function option(name: string, otherwise: string | null = null): string | null {
  names.add(name);
  const prefix = `--${name}=`;
  return Deno.args.find((arg) => arg.startsWith(prefix))?.slice(prefix.length) ?? otherwise;
}

/**
 * Shows the options of the program and ends it, if `--help` asks for that. Whatever binds a port calls this first.
 *
 * @param options Those that {@linkcode option} does not read, as they are written.
 */
export function answerHelp(options: Iterable<string> = Array.from(names, (name) => `--${name}=...`)): void {
  if (!Deno.args.includes("--help")) return;
  console.log(`Options: ${[...options].join(" ")}`);
  Deno.exit(0);
}
