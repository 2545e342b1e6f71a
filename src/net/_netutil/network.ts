import { unmapIPv4 } from "./ip.ts";

/** The hexadecimal groups of the part of an IPv6 address that names one customer: the first 64 bits. */
const GROUPS = 4;

/**
 * Returns the network of an address, as limits count it: an IPv4 address itself, and the first 64 bits of an IPv6
 * address, since every customer of a provider has at least so many addresses as the other 64 can tell apart. Any other
 * text is returned unchanged.
 *
 * @example
 * ```ts
 * import { networkOf } from "@twister/twister/limits";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(networkOf("192.0.2.7"), "192.0.2.7");
 * assertEquals(networkOf("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
 * assertEquals(networkOf("2001:db8::1"), "2001:db8:0:0::/64");
 * ```
 */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const unmapped = unmapIPv4(address);
  if (unmapped !== address) return unmapped;
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    // An IPv4 address at the end stands for two groups, which are in the other half unless nothing comes before.
    const after = tail === "" ? 0 : tail.split(":").length + (tail.includes(".") ? 1 : 0);
    const zeros = 8 - groups.length - after;
    for (let i = 0; i < zeros; i++) groups.push("0");
    if (tail !== "") groups.push(...tail.split(":"));
  }
  return `${groups.slice(0, GROUPS).map(normalise).join(":")}::/64`;
}

function normalise(group: string): string {
  return group.toLowerCase().replace(/^0+(?=.)/, "");
}
