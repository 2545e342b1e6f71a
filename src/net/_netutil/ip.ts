/** The text forms of IP addresses. */

/**
 * The most characters of an IP address: IPv6 with an embedded IPv4 address, and a zone with the name of an interface.
 */
const MAX_LENGTH = 45 + 1 + 64;

/**
 * Returns whether a string is an IPv4 address in four decimal parts, or an IPv6 address (RFC 4291, 2.2), optionally
 * with a zone (`fe80::1%eth0`, RFC 4007).
 *
 * It refuses the forms that only `inet_aton` and Tornado accept (`127.1`, `0x7f.1`, `010.0.0.1`): they mean different
 * addresses to different programs.
 *
 * @example
 * ```ts
 * import { isValidIp } from "@twister/twister/netutil";
 * import { assert } from "@std/assert";
 *
 * assert(isValidIp("::ffff:192.0.2.1"));
 * assert(!isValidIp("localhost"));
 * assert(!isValidIp("192.0.2.1 "));
 * ```
 */
export function isValidIp(ip: string): boolean {
  return familyOf(ip) !== null;
}

/** Returns the family of an address in text form, or `null` for anything else. */
export function familyOf(ip: string): "ipv4" | "ipv6" | null {
  if (ip.length > MAX_LENGTH) return null;
  if (!ip.includes(":")) return isIPv4(ip) ? "ipv4" : null;
  const percent = ip.indexOf("%");
  if (percent < 0) return isIPv6(ip) ? "ipv6" : null;
  return /^[\w.~-]+$/.test(ip.slice(percent + 1)) && isIPv6(ip.slice(0, percent)) ? "ipv6" : null;
}

const IPV4_PREFIX = "::ffff:";

/**
 * Turns `::ffff:192.0.2.1`, as a dual-stack socket reports an IPv4 peer, into `192.0.2.1`, and returns any other text
 * unchanged.
 */
export function unmapIPv4(ip: string): string {
  if (!ip.startsWith(IPV4_PREFIX)) return ip;
  const rest = ip.slice(IPV4_PREFIX.length);
  return isIPv4(rest) ? rest : ip;
}

function isIPv4(ip: string): boolean {
  const parts = ip.split(".");
  // A leading zero means octal to some programs and nothing to others.
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255);
}

function isIPv6(ip: string): boolean {
  const halves = ip.split("::");
  if (halves.length > 2) return false;
  const [head = "", tail] = halves;
  const before = countGroups(head, tail === undefined);
  if (tail === undefined) return before === 8;
  const after = countGroups(tail, true);
  // "::" stands for one group of zeros at least (RFC 5952 recommends more, RFC 4291 allows one).
  return before >= 0 && after >= 0 && before + after <= 7;
}

/**
 * The 16-bit groups of a part without "::", or -1 if it is not well formed. An IPv4 address may stand for the last two.
 */
function countGroups(text: string, mayEndInIPv4: boolean): number {
  if (text === "") return 0;
  const groups = text.split(":");
  const last = groups[groups.length - 1] ?? "";
  const embedded = mayEndInIPv4 && last.includes(".");
  if (embedded) {
    if (!isIPv4(last)) return -1;
    groups.pop();
  }
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return -1;
  return groups.length + (embedded ? 2 : 0);
}
