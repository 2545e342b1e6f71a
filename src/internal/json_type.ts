/**
 * Tells whether the value of a Content-Type is JSON: `application/json`, or a type that ends in `+json` (RFC 6839
 * section 3.1), with parameters or without.
 */
export function isJsonType(header: string): boolean {
  if (header === "application/json") return true;
  const type = header.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return type === "application/json" || /^[\w.-]+\/[\w.+-]+\+json$/.test(type);
}
