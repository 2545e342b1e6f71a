/**
 * The list behind the headers of a `Response`, under a symbol of Deno's own; `null` where there is no such list, or
 * something else in its place.
 */
let symbol: symbol | null | undefined;

/** The name and value of a header. */
type Field = [name: string, value: string];

/**
 * Returns the headers of a response, to be emptied, or added to. Names and values must be legal: the methods of Deno
 * check each character of both three times, at a tenth of the cost of a small answer.
 */
export function fieldsBehind(headers: Headers): Field[] | null {
  if (symbol === undefined) symbol = findSymbol();
  if (symbol === null) return null;
  const list: unknown = Reflect.get(headers, symbol);
  return Array.isArray(list) ? list : null;
}

/** Looks whether what is added to the list is among the headers. */
function findSymbol(): symbol | null {
  const { headers } = new Response("", { headers: { "X-A": "a" } });
  const found = Object.getOwnPropertySymbols(headers).find(({ description }) => description === "header list");
  if (found === undefined) return null;
  const list: unknown = Reflect.get(headers, found);
  if (!Array.isArray(list)) return null;
  list.length = 0;
  list.push(["X-B", "b"], ["X-B", "c"]);
  return headers.get("X-A") === null && String([...headers]) === "x-b,b, c" ? found : null;
}
