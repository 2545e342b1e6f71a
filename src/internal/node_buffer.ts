import type { Buffer } from "node:buffer";

/** The class `Buffer` of `node:buffer`. */
export type NodeBuffer = typeof Buffer;

let loaded: NodeBuffer | null = null;

/**
 * Returns the class `Buffer`, loaded at the first call, which costs 10 ms and 4 MiB: programs on `Deno.serve` with
 * small answers never need it.
 *
 * @throws {Error} If the runtime has no Buffer.
 */
export function nodeBuffer(): NodeBuffer {
  return loaded ??= load();
}

function load(): NodeBuffer {
  // The global loads less than process.getBuiltinModule, which loads the whole of process first.
  const { Buffer } = globalThis as { Buffer?: NodeBuffer };
  if (Buffer === undefined) throw new Error("Cannot hold bytes: this runtime has no Buffer");
  return Buffer;
}
