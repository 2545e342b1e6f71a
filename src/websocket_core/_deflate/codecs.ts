import type { CompressionSettings } from "../compression.ts";
import { Deflater, deflateSettings } from "../../internal/deflater.ts";
import { Inflater } from "./inflater.ts";
import type { DeflateParameters } from "./parameters.ts";

/** The codecs of one connection. */
export interface Codecs {
  readonly inflater: Inflater;
  readonly deflater: Deflater;
}

/**
 * Creates the codecs of one connection; `null` for no compression.
 *
 * @param client Whether this end is the client.
 */
export function codecsOf(
  deflate: DeflateParameters | null,
  compression: CompressionSettings | null,
  client: boolean,
): Codecs | null {
  if (deflate === null || compression === null) return null;
  const server = { bits: deflate.serverMaxWindowBits, takeover: !deflate.serverNoContextTakeover };
  const browser = { bits: deflate.clientMaxWindowBits, takeover: !deflate.clientNoContextTakeover };
  const [ours, theirs] = client ? [browser, server] : [server, browser];
  const { level, memLevel, threshold } = compression;
  return {
    inflater: new Inflater(theirs.bits, theirs.takeover),
    deflater: new Deflater(deflateSettings(level, memLevel, ours.bits), ours.takeover, threshold),
  };
}
