import type { Bytes } from "../../internal/bytes.ts";

/** The name and value of a header. */
export type Field = [name: string, value: string];

/** The part of a `Response` that Deno keeps to itself. */
interface Inner {
  status: number;
  readonly headerList: Field[];
  body: object | null;
}

/** The object in which Deno keeps a body. */
type InnerBody = new (content: ReadableStream<Bytes> | { body: string | Bytes; consumed: boolean }) => object;

/** The ways to what lies behind a `Response`, under symbols of Deno's own. */
interface Means {
  readonly symbol: symbol;
  readonly Body: InnerBody;
}

/** `null` where there is something else than what is expected, so that the documented way is taken. */
let means: Means | null | undefined;

/**
 * Makes a response from behind. Deno's constructor copies a status other than 200 into native memory, and the methods
 * of `Headers` check each character three times: that takes six to ten times as long. Names and values must be legal.
 *
 * @param fields The headers; those that Deno adds to a text or to bytes are not among them.
 * @returns `null` if that is not possible.
 */
export function responseBehind(
  status: number,
  fields: readonly Field[],
  body: Bytes | string | ReadableStream<Bytes> | null,
): Response | null {
  if (means === undefined) means = findMeans();
  if (means === null) return null;
  const response = new Response();
  const inner: Inner = Reflect.get(response, means.symbol);
  inner.status = status;
  // Some versions have made the `Headers` with this list already.
  for (let i = 0; i < fields.length; i++) inner.headerList.push(fields[i]);
  if (body !== null) inner.body = new means.Body(contentOf(body));
  return response;
}

function contentOf(body: Bytes | string | ReadableStream<Bytes>): ConstructorParameters<InnerBody>[0] {
  if (body instanceof ReadableStream) return body;
  // The writer may use its bytes again before they are sent.
  return { body: typeof body === "string" ? body : body.slice(), consumed: false };
}

/** Looks at what is behind a response that was made in the documented way. */
function findMeans(): Means | null {
  const made = new Response("a", { status: 201, headers: { "X-A": "a" } });
  const symbol = Object.getOwnPropertySymbols(made).find(({ description }) => description === "response");
  if (symbol === undefined) return null;
  const inner: unknown = Reflect.get(made, symbol);
  if (!hasFields(inner, ["status", "headerList", "body"]) || inner.status !== 201) return null;
  if (JSON.stringify(inner.headerList) !== '[["X-A","a"],["Content-Type","text/plain;charset=UTF-8"]]') return null;
  if (!hasFields(inner.body, ["streamOrStatic"])) return null;
  if (JSON.stringify(inner.body.streamOrStatic) !== '{"body":"a","consumed":false}') return null;
  const Body: InnerBody = Reflect.get(inner.body, "constructor");
  return typeof Body === "function" ? { symbol, Body } : null;
}

function hasFields<K extends string>(value: unknown, keys: readonly K[]): value is Record<K, unknown> {
  return typeof value === "object" && value !== null && keys.every((key) => Object.hasOwn(value, key));
}
