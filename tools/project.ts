// What the project's own programs (documentation, checks, tests) need to know of its layout.
import config from "../deno.json" with { type: "json" };
import { fileURLToPath } from "node:url";

/** The folder that holds deno.json. */
export const projectRoot: string = fileURLToPath(new URL("..", import.meta.url));

/** Sub-path (`.`, `./web`) to file (`./mod.ts`, `./src/web/mod.ts`), as published. */
export const entries: Readonly<Record<string, string>> = config.exports;

/** The files of all entries, relative to {@linkcode projectRoot}. */
export function entryFiles(): string[] {
  return Object.values(entries);
}

/** Every TypeScript file below a folder, as sorted paths relative to {@linkcode projectRoot}. */
export function sourceFiles(folder: string): string[] {
  const found: string[] = [];
  for (const entry of Deno.readDirSync(`${projectRoot}/${folder}`)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) found.push(...sourceFiles(path));
    else if (path.endsWith(".ts")) found.push(path);
  }
  return found.sort();
}

/** Runs this Deno with arguments and returns what it printed; throws with its error output when it fails. */
export async function deno(args: string[], options: { cwd?: string } = {}): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: options.cwd ?? projectRoot,
    env: { NO_COLOR: "1" },
  }).output();
  if (!success) throw new Error(`deno ${args.join(" ")} failed: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
