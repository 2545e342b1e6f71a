import type { Bytes } from "../../internal/bytes.ts";

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

/**
 * Takes the body of a request if Deno has all of it, as it mostly has where head and body are at most 1 KiB: without a
 * promise, the whole exchange is one turn. Otherwise, and where Deno keeps the body in another way, returns `null` and
 * leaves it to `request.bytes()`.
 */
export function takeBody(request: Request): Bytes | null {
  const body: unknown = innerOf(request)?.body;
  const content: unknown = isRecord(body) ? body.streamOrStatic : null;
  if (!isRecord(content) || !isBytes(content.body) || content.consumed !== false) return null;
  content.consumed = true;
  return content.body;
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

function isBytes(value: unknown): value is Bytes {
  return value instanceof Uint8Array && value.buffer instanceof ArrayBuffer;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
