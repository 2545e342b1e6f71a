/** Blocks of IPv4 that are not for the whole Internet (RFC 6890): first part, mask of the second part, its value. */
const LOCAL: readonly (readonly [first: number, mask: number, second: number])[] = [
  [0, 0, 0],
  [10, 0, 0],
  [100, 0xc0, 64],
  [127, 0, 0],
  [169, 0xff, 254],
  [172, 0xf0, 16],
  [192, 0xff, 168],
  [198, 0xfe, 18],
];

/** Tells whether an IP address is one that anybody can reach: not one of this machine, nor of a private network. */
export function isPublic(address: string): boolean {
  const text = address.replace(/^::ffff:/i, "");
  // Global unicast, but for the ways to write an IPv4 address into one.
  if (text.includes(":")) return /^[23]/.test(text) && !/^(?:2002:|2001:0?:|2001::)/.test(text);
  const [first = 0, second = 0] = text.split(".").map(Number);
  if (first >= 224) return false;
  return !LOCAL.some(([one, mask, two]) => first === one && (second & mask) === two);
}
