/** The name of a compression in HTTP. */
export type ContentCoding = "gzip" | "br" | "zstd";

/** RFC 9110 section 12.4.2: a number from 0 to 1 with up to three digits. */
const WEIGHT = /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/;

/**
 * Chooses the coding that the client prefers (RFC 9110 section 12.5.3). Among those of the same weight, the first of
 * the list wins.
 *
 * @returns The coding, or `null` if the client accepts none, or prefers the response without one.
 */
export function chooseCoding<T extends ContentCoding>(header: string, codings: readonly T[]): T | null {
  const weights: Record<string, number> = Object.create(null);
  for (const item of header.split(",")) {
    const [name = "", ...params] = item.split(";");
    const weight = weightOf(params);
    if (weight !== null) weights[canonicalName(name)] = weight;
  }
  const any = weights["*"] ?? 0;
  let best: T | null = null;
  let bestWeight = 0;
  for (const coding of codings) {
    const weight = weights[coding] ?? any;
    if (weight > bestWeight) {
      best = coding;
      bestWeight = weight;
    }
  }
  return (weights["identity"] ?? 0) > bestWeight ? null : best;
}

/** The weight among the parameters: 1 if there is none, `null` if it is malformed. */
function weightOf(params: readonly string[]): number | null {
  for (const param of params) {
    const text = param.trim();
    if (!/^q=/i.test(text)) continue;
    const value = text.slice(2);
    return WEIGHT.test(value) ? Number(value) : null;
  }
  return 1;
}

/** RFC 9110 section 8.4.1: names are case-insensitive, and `x-gzip` is `gzip`. */
function canonicalName(name: string): string {
  const lower = name.trim().toLowerCase();
  return lower === "x-gzip" ? "gzip" : lower;
}
