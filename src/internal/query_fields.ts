const AMPERSAND = 0x26;

/**
 * Tells whether a query or form body has more than `most` fields, without a look at any of them. Empty fields count, as
 * in Python's `parse_qs`: there is one more than there are separators.
 */
export function hasMoreFields(qs: string | Uint8Array, most: number): boolean {
  // A text that is shorter has not enough separators.
  if (qs.length === 0 || qs.length < most) return false;
  let count = 1;
  const next = (from: number) => typeof qs === "string" ? qs.indexOf("&", from) : qs.indexOf(AMPERSAND, from);
  for (let at = next(0); at !== -1 && count <= most; at = next(at + 1)) count++;
  return count > most;
}
