import { type Extension, formatExtension, parseExtensions } from "./extensions_header.ts";

/** The parameters that both ends have agreed on (RFC 7692, section 7.1). */
export interface DeflateParameters {
  /** `true` if each message of the server stands alone. */
  readonly serverNoContextTakeover: boolean;
  /** `true` if each message of the client stands alone. */
  readonly clientNoContextTakeover: boolean;
  /** Logarithm of the server's window, 8 to 15. */
  readonly serverMaxWindowBits: number;
  /** Logarithm of the client's window, 8 to 15. */
  readonly clientMaxWindowBits: number;
}

const NAME = "permessage-deflate";
const MAX_BITS = 15;
const WINDOW_BITS = /^(?:[89]|1[0-5])$/;

/** One offer or response: a parameter that is not there is undefined, and one without a value is `true`. */
interface Parsed {
  server_no_context_takeover?: true;
  client_no_context_takeover?: true;
  server_max_window_bits?: number;
  client_max_window_bits?: number | true;
}

/** The parameters of an element, or `null` if one is unknown, there twice, or has a value that it cannot have. */
function parse(extension: Extension): Parsed | null {
  const parsed: Parsed = {};
  for (const [name, value] of extension.params) {
    if (name in parsed) return null;
    switch (name) {
      case "server_no_context_takeover":
      case "client_no_context_takeover":
        if (value !== null) return null;
        parsed[name] = true;
        break;
      case "server_max_window_bits":
        if (value === null || !WINDOW_BITS.test(value)) return null;
        parsed[name] = Number(value);
        break;
      case "client_max_window_bits":
        if (value !== null && !WINDOW_BITS.test(value)) return null;
        parsed[name] = value === null ? true : Number(value);
        break;
      default:
        return null;
    }
  }
  return parsed;
}

/** Tells whether an offer of compression has parameters that it cannot have. */
export function isInvalidOffer(extension: Extension): boolean {
  return extension.name === NAME && parse(extension) === null;
}

/**
 * Accepts the first acceptable offer, as a server (section 5.1).
 *
 * @param wanted The limits for this server and, if the client allows it, for the client.
 * @returns The agreed parameters and the header for them; `null` if no offer is acceptable.
 */
export function acceptOffer(
  extensions: readonly Extension[],
  wanted: DeflateParameters,
): { agreed: DeflateParameters; header: string } | null {
  for (const extension of extensions) {
    const offer = extension.name === NAME ? parse(extension) : null;
    if (offer === null) continue;
    const { client_max_window_bits: clientBits } = offer;
    const agreed: DeflateParameters = {
      serverNoContextTakeover: wanted.serverNoContextTakeover || offer.server_no_context_takeover === true,
      clientNoContextTakeover: wanted.clientNoContextTakeover || offer.client_no_context_takeover === true,
      serverMaxWindowBits: Math.min(wanted.serverMaxWindowBits, offer.server_max_window_bits ?? MAX_BITS),
      // A client that does not name the parameter need not understand it (section 7.1.2.2).
      clientMaxWindowBits: clientBits === undefined
        ? MAX_BITS
        : Math.min(wanted.clientMaxWindowBits, clientBits === true ? MAX_BITS : clientBits),
    };
    const said = { ...agreed, client: clientBits !== undefined, server: offer.server_max_window_bits !== undefined };
    return { agreed, header: formatExtension({ name: NAME, params: answerParams(said) }) };
  }
  return null;
}

function answerParams(
  said: DeflateParameters & { client: boolean; server: boolean },
): [string, string | null][] {
  const params: [string, string | null][] = [];
  if (said.client && said.clientMaxWindowBits < MAX_BITS) {
    params.push(["client_max_window_bits", String(said.clientMaxWindowBits)]);
  }
  if (said.clientNoContextTakeover) params.push(["client_no_context_takeover", null]);
  // An offer's limit has to be confirmed (section 7.1.2.1).
  if (said.server || said.serverMaxWindowBits < MAX_BITS) {
    params.push(["server_max_window_bits", String(said.serverMaxWindowBits)]);
  }
  if (said.serverNoContextTakeover) params.push(["server_no_context_takeover", null]);
  return params;
}

/** Writes the header that offers compression, as a client. The server may always limit our window. */
export function makeOffer(wanted: DeflateParameters): string {
  const params: [string, string | null][] = [];
  const { clientMaxWindowBits, serverMaxWindowBits } = wanted;
  // In the order of npm's ws.
  if (wanted.serverNoContextTakeover) params.push(["server_no_context_takeover", null]);
  if (wanted.clientNoContextTakeover) params.push(["client_no_context_takeover", null]);
  if (serverMaxWindowBits < MAX_BITS) params.push(["server_max_window_bits", String(serverMaxWindowBits)]);
  params.push(["client_max_window_bits", clientMaxWindowBits < MAX_BITS ? String(clientMaxWindowBits) : null]);
  return formatExtension({ name: NAME, params });
}

/**
 * Reads the server's answer, as a client.
 *
 * @param header The Sec-WebSocket-Extensions of the response, `null` if it has none.
 * @returns The agreed parameters; `null` for no compression.
 * @throws {RangeError} If the answer is not one to the offer.
 */
export function readAnswer(header: string | null, wanted: DeflateParameters | null): DeflateParameters | null {
  if (header === null) return null;
  const extensions = parseExtensions(header);
  const [extension] = extensions ?? [];
  if (extensions === null) throw refused(header, "it is malformed");
  if (extension === undefined) return null;
  if (wanted === null || extensions.length > 1 || extension.name !== NAME) {
    throw refused(header, "it was not offered");
  }
  const answer = parse(extension);
  if (answer === null) throw refused(header, "a parameter is not valid");
  const { client_max_window_bits: clientBits, server_max_window_bits: serverBits = MAX_BITS } = answer;
  if (clientBits === true) throw refused(header, "client_max_window_bits has no value");
  if (serverBits > wanted.serverMaxWindowBits) throw refused(header, "server_max_window_bits is larger than offered");
  return {
    // Tornado does not see an offer's parameters that have no value; what it did not promise, we do not rely on.
    serverNoContextTakeover: answer.server_no_context_takeover === true,
    clientNoContextTakeover: wanted.clientNoContextTakeover || answer.client_no_context_takeover === true,
    serverMaxWindowBits: serverBits,
    clientMaxWindowBits: Math.min(wanted.clientMaxWindowBits, clientBits ?? MAX_BITS),
  };
}

function refused(header: string, why: string): RangeError {
  return new RangeError(`Cannot accept the extension: ${why}: ${JSON.stringify(header)}`);
}
