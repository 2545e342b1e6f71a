import { isValidIp } from "../../net/netutil.ts";
import { parseHeader } from "../_httputil/params.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
/** A port, or the hidden name of one (RFC 7239, section 6), behind an address in brackets or without a colon. */
const NODE = /^(?:\[([^\]]*)\]|([^:]*))(?::(?:[0-9]{1,5}|_[\w.-]+))?$/;

/** An IPv4 address that is mapped to IPv6 (RFC 4291, section 2.5.5.2), in either notation. */
const MAPPED = /^(?:::|(?:0{1,4}:){5})ffff:(?:([0-9a-f]{1,4}):([0-9a-f]{1,4})|([0-9.]+))$/i;

/** The address and protocol that one proxy states for the one before it. */
export interface Hop {
  /** The address, or `null` if there is none, or none that is valid. */
  readonly ip: string | null;
  /** The protocol, or `null` if there is none that is known. */
  readonly protocol: "http" | "https" | null;
}

/**
 * Returns the address in one element of X-Forwarded-For or `for=`: alone, in quotes or brackets, or with a port. An
 * IPv4 address that is mapped to IPv6 becomes IPv4 again.
 */
export function hopAddress(node: string): string | null {
  const text = node.trim().replace(/^"(.*)"$/, "$1");
  const [, inBrackets, plain] = NODE.exec(text) ?? [];
  const ip = inBrackets ?? plain ?? text;
  const unmapped = unmap(ip);
  return isValidIp(unmapped) ? unmapped : null;
}

function unmap(ip: string): string {
  const [, high, low, dotted] = MAPPED.exec(ip) ?? [];
  if (high === undefined || low === undefined) return dotted ?? ip;
  return [high, low].flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff]).join(".");
}

/** Returns the protocol in the last element of a list, in any case; those of WebSockets count as theirs. */
export function hopProtocol(list: string | null): "http" | "https" | null {
  if (list === null) return null;
  // Only the nearest proxy is believed.
  switch (list.slice(list.lastIndexOf(",") + 1).trim().toLowerCase()) {
    case "http":
    case "ws":
      return "http";
    case "https":
    case "wss":
      return "https";
    default:
      return null;
  }
}

/** Yields the hops that X-Forwarded-For names, the nearest first. */
export function* forwardedForHops(list: string): Generator<Hop, void, undefined> {
  for (const node of elementsFromRight(list)) yield { ip: hopAddress(node), protocol: null };
}

/** Yields the hops that Forwarded (RFC 7239) names, the nearest first. */
export function* forwardedHops(list: string): Generator<Hop, void, undefined> {
  for (const element of elementsFromRight(list)) {
    const [, { for: node, proto }] = parseHeader(`;${element}`);
    yield { ip: node === undefined ? null : hopAddress(node), protocol: hopProtocol(proto ?? null) };
  }
}

/**
 * Splits a list at the commas outside quotes. It begins at the end, which the nearest proxy has written: a quote that
 * the client left open cannot swallow that.
 */
function* elementsFromRight(list: string): Generator<string, void, undefined> {
  let end = list.length;
  let quoted = false;
  for (let i = list.length - 1; i >= 0; i--) {
    const code = list.charCodeAt(i);
    if (code === QUOTE) {
      let before = i;
      while (list.charCodeAt(before - 1) === BACKSLASH) before--;
      if ((i - before) % 2 === 0) quoted = !quoted;
      i = before;
    } else if (code === COMMA && !quoted) {
      yield list.slice(i + 1, end);
      end = i;
    }
  }
  yield list.slice(0, end);
}
