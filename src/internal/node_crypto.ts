import type { Hash, Hmac } from "node:crypto";
import { nodeModule } from "./node_module.ts";

/** The part of `node:crypto` that is used here. */
export interface NodeCrypto {
  createHash(algorithm: string): Hash;
  createHmac(algorithm: string, key: string | Uint8Array): Hmac;
}

let loaded: NodeCrypto | null = null;

/**
 * Returns `node:crypto`, loaded at the first call: programs that sign nothing and hash nothing long never need it.
 *
 * @throws {Error} If the runtime has no node:crypto.
 */
export function nodeCrypto(): NodeCrypto {
  return loaded ??= load();
}

function load(): NodeCrypto {
  const module = nodeModule("node:crypto");
  if (module === null || !("createHash" in module) || !("createHmac" in module)) {
    throw new Error("Cannot hash or sign: this runtime has no node:crypto");
  }
  // What was looked for is there, and its types are those of the module.
  return module as NodeCrypto;
}
