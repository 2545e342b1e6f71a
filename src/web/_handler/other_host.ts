/** To browsers a backslash is a slash, as the URL standard has it for `http`. */
const TWO_SLASHES = /^[/\\]{2}/;

/** Whether a path, sent as a `Location`, would be the name of another host: `//host/`. */
export function leadsToOtherHost(path: string): boolean {
  return TWO_SLASHES.test(path);
}
