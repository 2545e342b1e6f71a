/** The value of `--name=value` on the command line, `null` if it is not there. */
export function option(name: string): string | null;
/** The value of `--name=value` on the command line, or another one. */
export function option(name: string, otherwise: string): string;
export function option(name: string, otherwise: string | null = null): string | null {
  const prefix = `--${name}=`;
  return Deno.args.find((arg) => arg.startsWith(prefix))?.slice(prefix.length) ?? otherwise;
}
