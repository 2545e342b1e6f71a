/**
 * What programs with workers print and answer.
 *
 * @module
 */
import type { Subprocess } from "../../src/net/process.ts";
import { latin1, latin1Bytes } from "./bytes.ts";

/** Resolves with the next line that a process prints. */
export async function line(process: Subprocess): Promise<string> {
  const read = await process.stdout?.readUntil(latin1Bytes("\n"));
  return latin1(read ?? new Uint8Array()).trimEnd();
}

/** Asks a server on a new connection. */
export async function ask(port: number): Promise<string> {
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  return await (await fetch(`http://127.0.0.1:${port}/`, { client })).text();
}

/** Asks until both workers have answered, and resolves with their numbers in order. */
export async function askBoth(port: number): Promise<string[]> {
  const seen = new Set<string>();
  while (seen.size < 2) for (const task of await Promise.all([ask(port), ask(port), ask(port)])) seen.add(task);
  return [...seen].sort();
}
