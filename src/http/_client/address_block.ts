import { isValidIp } from "../../net/netutil.ts";

/** Tells whether a host is an address of a block, such as `10.0.0.0/8` or `fd00::/8` (RFC 4632). */
export function isInBlock(host: string, block: string): boolean {
  const [start = "", prefix = ""] = block.split("/");
  const bits = bitsOf(start);
  const length = Number(prefix);
  if (bits === null || !/^\d{1,3}$/.test(prefix) || length > bits.length) return false;
  const own = bitsOf(host);
  return own !== null && own.length === bits.length && own.startsWith(bits.slice(0, length));
}

/** The bits of an IP address, or `null` for another text. */
function bitsOf(address: string): string | null {
  if (!isValidIp(address) || address.includes("%")) return null;
  if (!address.includes(":")) return address.split(".").map((part) => binary(Number(part), 8)).join("");
  // The URL writes every address in one form, without IPv4 parts.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const groups = (text = "") => text === "" ? [] : text.split(":").map((group) => binary(parseInt(group, 16), 16));
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => binary(0, 16));
  return [...before, ...zeros, ...after].join("");
}

function binary(value: number, width: number): string {
  return value.toString(2).padStart(width, "0");
}
