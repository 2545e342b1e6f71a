import type { Hash, Hmac } from "node:crypto";

/** The part of `node:crypto` that is used here. */
export interface NodeCrypto {
  createHash(algorithm: string): Hash;
  createHmac(algorithm: string, key: string | Uint8Array): Hmac;
}

let loaded: NodeCrypto | null = null;

/**
 * `node:crypto`, loaded when it is first needed: an import would cost every program 10 ms and 4 MiB at its start, also
 * those that sign nothing and hash nothing long.
 */
export function nodeCrypto(): NodeCrypto {
  return loaded ??= load();
}

function load(): NodeCrypto {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  const module = process?.getBuiltinModule?.("node:crypto");
  if (module === null || typeof module !== "object" || !("createHash" in module) || !("createHmac" in module)) {
    throw new Error("Cannot hash or sign: this runtime has no node:crypto");
  }
  // What was looked for is there, and its types are those of the module.
  return module as NodeCrypto;
}
