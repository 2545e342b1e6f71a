import { type ChildProcess, spawn } from "node:child_process";
import type { ReloaderOptions } from "./run_instead.ts";

/** The part of {@linkcode ReloaderOptions} that says what to run. */
export type Program = Pick<ReloaderOptions, "main" | "flags" | "args">;

/**
 * Starts a program under the control of this process.
 *
 * @param inAdvance Lets it wait until it is told to begin.
 */
export function startProgram({ main, flags, args }: Program, inAdvance: boolean): ChildProcess {
  const connect = JSON.stringify(new URL("./channel.ts", import.meta.url).href);
  const preload = `import { connect } from ${connect}; await connect(${Deno.pid}, ${inAdvance});`;
  const url = `data:text/javascript,${encodeURIComponent(preload)}`;
  const command = ["run", ...flags, "--preload", url, main, ...args];
  return spawn(Deno.execPath(), command, { stdio: ["inherit", "inherit", "inherit", "ipc"] });
}
