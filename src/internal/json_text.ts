import { hasToJSON } from "./json_object.ts";

/**
 * Returns the JSON of a value, as `JSON.stringify` does; `undefined` if it is one that JSON leaves out, such as a
 * function.
 *
 * @throws {TypeError} If a part of it has no JSON form: a `bigint`, a cycle, or what `JSON.stringify` writes without
 * its contents, such as a Map, a Set, a promise or a stream. So does Python's `json.dumps`.
 */
export function jsonText(value: unknown): string | undefined {
  // The declared type leaves out the `undefined`.
  const text: string | undefined = JSON.stringify(value);
  // Only such parts, empty objects and bytes are written in one of these ways; a search is much faster than a walk.
  if (text !== undefined && (text.includes("{}") || text.includes('{"0":'))) checkParts(value);
  return text;
}

/** A value whose parts are to be checked, and the name that it has in what holds it. */
type Part = readonly [name: string, value: unknown];

/**
 * Looks at all parts of a value that JSON has been made of, so that it has no cycle.
 *
 * @throws {TypeError} If one of them is an object that JSON does not represent.
 */
export function checkParts(value: unknown): void {
  // A list, since the depth of a value may exhaust the stack.
  const open: Part[] = [["", value]];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const [name, item] = part;
    // One with `toJSON` says itself what its JSON is.
    if (typeof item !== "object" || item === null || hasToJSON(item)) continue;
    const members = Object.entries(item);
    if (isOpaque(item, members.length)) {
      const place = name === "" ? "" : `the member ${JSON.stringify(name)}, `;
      throw new TypeError(`Cannot encode as JSON: ${place}${describe(item)}, has no JSON form`);
    }
    for (const member of members) open.push(member);
  }
}

/**
 * Tells whether an object has contents that are not its members: those of a class that can be iterated or has a tag.
 */
function isOpaque(item: object, members: number): boolean {
  if (ArrayBuffer.isView(item)) return true;
  if (members > 0 || Array.isArray(item) || item instanceof String) return false;
  return Symbol.iterator in item || Symbol.asyncIterator in item || Symbol.toStringTag in item || Symbol.match in item;
}

function describe(item: object): string {
  // Also runs in browsers, which have no `Deno.inspect`.
  return `a value of the class ${item.constructor?.name ?? "unknown"}`;
}

/**
 * Tells whether the value of a Content-Type is JSON: `application/json`, or a type that ends in `+json` (RFC 6839
 * section 3.1), with parameters or without.
 */
export function isJsonType(header: string): boolean {
  if (header === "application/json") return true;
  const type = header.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return type === "application/json" || /^[\w.-]+\/[\w.+-]+\+json$/.test(type);
}
