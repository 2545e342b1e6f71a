import { isValidIp } from "../../net/netutil.ts";
import { unmapIPv4 } from "../../net/internal.ts";
import type { ProxyOptions } from "../proxy_handler.ts";

/** `ProxyOptions` without gaps. */
export interface ProxySettings {
  readonly trustedDownstream: ReadonlySet<string>;
  readonly changeHost: boolean;
  readonly maxBodySize: number;
  readonly streamCloseDelay: number;
  readonly via: string;
}

/** The settings of a rule, which all its requests share. */
const completed = new WeakMap<ProxyOptions, ProxySettings>();

/** A name of this process, which no other proxy of a chain has. */
let ownName: string | null = null;

/**
 * Completes the options of a proxy.
 *
 * @throws {TypeError} If `via` is not a token, or a trusted proxy has no address.
 * @throws {RangeError} If a number is out of range.
 */
export function settingsOf(options: ProxyOptions): ProxySettings {
  let settings = completed.get(options);
  if (settings === undefined) completed.set(options, settings = complete(options));
  return settings;
}

function complete(options: ProxyOptions): ProxySettings {
  const { trustedDownstream, changeHost = false, maxBodySize = Number.MAX_SAFE_INTEGER - 1 } = options;
  const { streamCloseDelay = 5, via = ownName ??= `twister-${crypto.randomUUID().slice(0, 8)}` } = options;
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+(?::\d+)?$/.test(via)) {
    throw new TypeError(`The name of a proxy must be a token, not ${JSON.stringify(via)}`);
  }
  if (!(maxBodySize >= 0 && maxBodySize < Number.MAX_SAFE_INTEGER)) {
    throw new RangeError(`maxBodySize must be a number of bytes, not ${maxBodySize}`);
  }
  if (!(streamCloseDelay >= 0)) {
    throw new RangeError(`streamCloseDelay must not be negative, as ${streamCloseDelay} is`);
  }
  return {
    trustedDownstream: new Set(Array.from(trustedDownstream ?? [], peerName)),
    changeHost,
    maxBodySize,
    streamCloseDelay,
    via,
  };
}

/** Returns a trusted address as those of connections are written, without a zone: any other would never be met. */
function peerName(text: string): string {
  if (text === "unix") return text;
  if (!isValidIp(text)) {
    throw new TypeError(`trustedDownstream takes IP addresses and "unix", not ${JSON.stringify(text)}`);
  }
  const ip = unmapIPv4(text.toLowerCase().replace(/%.*/, ""));
  return ip.includes(":") ? new URL(`http://[${ip}]/`).hostname.slice(1, -1) : ip;
}
