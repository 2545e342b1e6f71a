/**
 * Asks the REST interface of a proxy for JupyterHub what the rows say.
 *
 * @module
 */
import { RawClient } from "./raw_client.ts";
import { type RestRow, TOKEN } from "./hub_rest_rows.ts";

/** The answer to a row: its status, and the routes without their times if it has any. */
export interface RestAnswer {
  readonly status: number;
  readonly answer?: unknown;
}

/** What a row wants, as far as it says so. */
export function expectedOf({ status, answer }: RestRow): RestAnswer {
  return { status, ...(answer === undefined ? {} : { answer }) };
}

/** Sends the request of a row. */
export async function askRow(row: RestRow, port: number): Promise<RestAnswer> {
  const { method, path, body, authorization = `token ${TOKEN}` } = row;
  const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
  const target = path.startsWith("!") ? path.slice(1) : `/api/routes${path}`;
  const fields = [
    "Host: a",
    "Connection: close",
    ...(authorization === "" ? [] : [`Authorization: ${authorization}`]),
    ...(method === "GET" ? [] : [`Content-Length: ${new TextEncoder().encode(text).length}`]),
  ];
  const head = `${method} ${target} HTTP/1.1\r\n${fields.join("\r\n")}\r\n\r\n`;
  const answer = await RawClient.exchange(port, head + (method === "GET" ? "" : text));
  const status = Number(answer.slice(9, 12));
  if (row.answer === undefined) return { status };
  return { status, answer: JSON.parse(bodyOf(answer), (key, value) => key === "last_activity" ? undefined : value) };
}

/** Returns the body of a response, as UTF-8. */
export function bodyOf(answer: string): string {
  const end = answer.indexOf("\r\n\r\n");
  const head = answer.slice(0, end);
  const rest = answer.slice(end + 4);
  const latin1 = /\r\nTransfer-Encoding: chunked/i.test(head) ? joined(rest) : rest;
  return new TextDecoder().decode(Uint8Array.from(latin1, (character) => character.charCodeAt(0)));
}

/** Joins the chunks of a body. */
function joined(chunks: string): string {
  let text = "";
  for (let at = 0;;) {
    const length = Number.parseInt(chunks.slice(at), 16);
    if (!(length > 0)) return text;
    const start = chunks.indexOf("\r\n", at) + 2;
    text += chunks.slice(start, start + length);
    at = start + length + 2;
  }
}
