/** What comes before the path of a target in absolute form (RFC 9112, section 3.2.2). */
const AUTHORITY = /^https?:\/\/[^/?]*/i;

/** Returns the path of a request target, neither decoded nor normalised, which is what rules look at. */
export function pathOf(target: string): string {
  const query = target.indexOf("?");
  const path = query < 0 ? target : target.slice(0, query);
  return path.startsWith("/") ? path : path.replace(AUTHORITY, "") || "/";
}
