// What the parts that run programs of their own share.
import { pinned } from "../support.ts";

/** Runs a program, on one processor if it is named, and returns what it printed. */
export async function outputOf(command: readonly string[], cpu?: number): Promise<string> {
  const [program = "", ...args] = pinned(command, cpu);
  const { success, stdout } = await new Deno.Command(program, { args, stderr: "inherit" }).output();
  if (!success) throw new Error(`${command.join(" ")} failed`);
  return new TextDecoder().decode(stdout);
}
