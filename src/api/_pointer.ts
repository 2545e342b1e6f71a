import type { StandardIssue } from "./standard_schema.ts";

/** Returns the keys of a path, which may be an array of a class of its own. */
export function keysOf(path: StandardIssue["path"] = []): string[] {
  return Array.from(path, (segment) => String(typeof segment === "object" ? segment.key : segment));
}

/** Makes a JSON pointer as a URI fragment (RFC 6901 section 6). */
export function pointer(keys: readonly string[]): string {
  const escaped = keys.map((key) => key.replaceAll("~", "~0").replaceAll("/", "~1"));
  return `#${escaped.map((key) => `/${encodeURIComponent(key.toWellFormed())}`).join("")}`;
}
