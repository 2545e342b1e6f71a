import type { UpgradedConnections } from "../http/httputil.ts";
import { Deflater, deflateSettings } from "./_deflate/deflater.ts";
import { Inflater } from "./_deflate/inflater.ts";
import type { DeflateParameters } from "./_deflate/parameters.ts";
import type { CompressionSettings } from "./compression.ts";

/** What the opening handshake settled. */
export interface WebSocketAgreement {
  /** The subprotocol, or `null`. */
  readonly subprotocol: string | null;
  /** The parameters of permessage-deflate, or `null` for no compression. */
  readonly deflate: DeflateParameters | null;
  /** How this end compresses, where it does. */
  readonly compression: CompressionSettings | null;
  /** The server's connections that have left HTTP, to which this one belongs until its end. */
  readonly upgraded?: UpgradedConnections | null;
}

/**
 * What compresses our messages and inflates the peer's, as agreed; `null` for no compression.
 *
 * @param client Whether this end is the client.
 */
export function codecsOf(
  { deflate, compression }: Pick<WebSocketAgreement, "deflate" | "compression">,
  client: boolean,
): { inflater: Inflater; deflater: Deflater } | null {
  if (deflate === null || compression === null) return null;
  const server = { bits: deflate.serverMaxWindowBits, takeover: !deflate.serverNoContextTakeover };
  const browser = { bits: deflate.clientMaxWindowBits, takeover: !deflate.clientNoContextTakeover };
  const [ours, theirs] = client ? [browser, server] : [server, browser];
  return {
    inflater: new Inflater(theirs.bits, theirs.takeover),
    deflater: new Deflater(deflateSettings(compression.level, compression.memLevel, ours.bits), ours.takeover),
  };
}
