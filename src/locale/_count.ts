/** The count that a plural message needs: every form of it depends on one. */
export function requireCount(message: string, count: number | null | undefined): number {
  if (typeof count === "number") return count;
  throw new TypeError(`cannot translate ${JSON.stringify(message)}: there is a plural message but no count`);
}
