/** The most characters of a `next`, so that a cookie with it stays below the 4 KiB that browsers keep. */
const MAX_LENGTH = 1024;

/** Characters that browsers remove from a URL, or read as a slash. */
// deno-lint-ignore no-control-regex -- it refuses them
const NOT_IN_PATH = /[\x00-\x20\\\x7f]/;

const BASE = "http://twister.invalid";

/**
 * Returns where to go after a login: the given URL if it is a path of this site, `/` for anything else, which a forged
 * link may have asked for.
 *
 * @param origin Scheme and host of this site, whose absolute URLs are taken as well.
 */
export function nextPath(next: string, origin: string): string {
  const local = next.startsWith(`${origin}/`) ? next.slice(origin.length) : next;
  if (local.length > MAX_LENGTH || !local.startsWith("/") || NOT_IN_PATH.test(local)) return "/";
  const url = URL.parse(local, BASE);
  if (url === null || url.origin !== BASE) return "/";
  const path = url.href.slice(BASE.length);
  // "/.//host" is a path, but what is left of it once the dot is resolved is the name of a host.
  return path.startsWith("//") || path.length > MAX_LENGTH ? "/" : path;
}
