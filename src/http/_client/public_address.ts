import { isValidIp } from "../../net/netutil.ts";
import { isInBlock } from "./address_block.ts";

/** Blocks of IPv4 that are not those of hosts on the Internet (IANA's registry of special-purpose addresses). */
const SPECIAL = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
];

/** The only block of IPv6 with such hosts, and what is special in it: tunnels among others, whose end is IPv4. */
const GLOBAL_IPV6 = "2000::/3";
const SPECIAL_IPV6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

/**
 * Tells whether an IP address is one of a host on the Internet: not of this machine, a private network, a link, a
 * group, or a use of its own. An `allowAddress` for URLs that users enter.
 *
 * @example
 * ```ts
 * import { isPublicAddress } from "@twister/twister/httpclient";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(["9.9.9.9", "10.0.0.1", "::ffff:127.0.0.1"].map(isPublicAddress), [true, false, false]);
 * ```
 */
export function isPublicAddress(address: string): boolean {
  const plain = unmapped(address);
  if (!isValidIp(plain)) return false;
  if (!plain.includes(":")) return !SPECIAL.some((block) => isInBlock(plain, block));
  return isInBlock(plain, GLOBAL_IPV6) && !SPECIAL_IPV6.some((block) => isInBlock(plain, block));
}

/** The address itself, or the one of IPv4 that it stands for (RFC 4291, section 2.5.5.2). */
export function unmapped(address: string): string {
  if (!isValidIp(address) || !isInBlock(address, "::ffff:0:0/96")) return address;
  // The URL writes every address in one form: two groups behind ::ffff.
  const [high = "", low = ""] = new URL(`http://[${address}]`).hostname.slice(1, -1).split(":").slice(-2);
  const [first, second] = [parseInt(high, 16), parseInt(low, 16)];
  return [first >> 8, first & 255, second >> 8, second & 255].join(".");
}
