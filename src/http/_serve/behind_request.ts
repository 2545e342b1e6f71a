/**
 * What lies behind a `Request` of `Deno.serve`, under a symbol of Deno's own.
 *
 * A look at `request.headers` costs a third of a small answer: Deno then reads all headers twice, sorts them, and sends
 * the response a turn later. Everything here is looked at before it is trusted: where Deno has something else, the
 * documented way is taken.
 */
let symbol: symbol | null | undefined;

/** Returns the names and values of the headers in the order of arrival, or `null` if Deno does not show them. */
export function headerPairs(request: Request): string[] | null {
  const list: unknown = innerOf(request)?.headerList;
  if (!Array.isArray(list)) return null;
  const pairs: string[] = [];
  for (let i = 0; i < list.length; i++) {
    const pair: unknown = list[i];
    if (!Array.isArray(pair)) return null;
    const [name, value]: unknown[] = pair;
    if (typeof name !== "string" || typeof value !== "string") return null;
    pairs.push(name, value);
  }
  return pairs;
}

function innerOf(request: Request): Record<string, unknown> | null {
  if (symbol === undefined) {
    const isInner = ({ description }: symbol) => description === "request";
    symbol = Object.getOwnPropertySymbols(request).find(isInner) ?? null;
  }
  if (symbol === null) return null;
  const inner: unknown = Reflect.get(request, symbol);
  return isRecord(inner) ? inner : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
