import { nodeCrypto } from "../../internal/node_crypto.ts";
import type { Bytes } from "../../internal/bytes.ts";

/** Enough for each call to be worth it, and little enough to have at hand. */
const PIECE = 256 * 1024;

/**
 * The SHA-512 of bytes, of pieces of bytes, or of the file of that name, in hexadecimal digits.
 *
 * A file is read synchronously, because the URL of a static file is asked for in the midst of a template.
 */
export function contentVersion(content: string | Bytes | Iterable<Bytes>): string {
  const hash = nodeCrypto().createHash("sha512");
  if (content instanceof Uint8Array) hash.update(content);
  else for (const piece of typeof content === "string" ? piecesOf(content) : content) hash.update(piece);
  return hash.digest("hex");
}

function* piecesOf(path: string): Generator<Bytes, void, undefined> {
  using file = Deno.openSync(path);
  const buffer = new Uint8Array(PIECE);
  for (let count = file.readSync(buffer); count !== null; count = file.readSync(buffer)) {
    yield buffer.subarray(0, count);
  }
}
