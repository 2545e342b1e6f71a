import { nodeModule } from "./node_module.ts";

/** The part of `node:zlib` that is used here. */
export type NodeZlib = Pick<
  typeof import("node:zlib"),
  | "brotliCompressSync"
  | "brotliDecompressSync"
  | "constants"
  | "crc32"
  | "createBrotliDecompress"
  | "createDeflateRaw"
  | "createGunzip"
  | "createInflate"
  | "createInflateRaw"
  | "createZstdDecompress"
  | "deflateRawSync"
  | "gunzipSync"
  | "gzipSync"
  | "inflateRawSync"
  | "inflateSync"
  | "zstdCompressSync"
  | "zstdDecompressSync"
>;

let loaded: NodeZlib | null = null;

/**
 * Returns `node:zlib`, loaded at the first call: programs that compress nothing never need it.
 *
 * @throws {Error} If the runtime has no node:zlib with zstd.
 */
export function nodeZlib(): NodeZlib {
  return loaded ??= load();
}

function load(): NodeZlib {
  const module = nodeModule("node:zlib");
  if (module === null || !("zstdCompressSync" in module)) {
    throw new Error("Cannot compress: this runtime has no node:zlib, or none with zstd");
  }
  // The newest of its functions is there, and its types are those of the module.
  return module as NodeZlib;
}
