import type { Bytes } from "../../internal/bytes.ts";
import type { Refusal } from "../../internal/events.ts";
import { dateOfNow } from "../../internal/http_date.ts";
import { genLog } from "../../util/log.ts";
import { fieldsOf, getTrusted, type HTTPHeaders } from "../_httputil/headers.ts";
import { checkFinalStatus, writtenLength } from "../_httputil/message_checks.ts";
import { type Field, responseBehind } from "./behind_response.ts";

/**
 * Returns the status that `Deno.serve` can send for a code: the code itself, or the nearest one, which is logged.
 *
 * A `Response` takes 200 to 599. A code beyond is a server error to every client (RFC 9110, section 15). Deno sends 205
 * without a length, so that clients wait for the end of the connection; 204 says the same.
 *
 * @throws {HTTPOutputError} If the code is not that of a final response.
 */
export function sendableStatus(code: number): number {
  checkFinalStatus(code);
  if (code <= 599 && code !== 205) return code;
  const status = code === 205 ? 204 : 500;
  genLog.warning("Cannot send status %s through Deno.serve: sending %s instead", code, status);
  return status;
}

/**
 * Returns the Content-Length among the headers, or -1.
 *
 * @throws {HTTPOutputError} If it is not a number.
 */
export function declaredLength(headers: HTTPHeaders): number {
  const text = getTrusted(headers, "Content-Length");
  return text === null ? -1 : writtenLength(text);
}

/** The headers that {@linkcode makeResponse} leaves to `Deno.serve`. */
export interface LeftToDeno {
  /** The Content-Length, which Deno adds to a whole body. */
  readonly length: boolean;
  /** A Date of now, which Deno adds to each response that it sends. */
  readonly date: boolean;
}

/** Makes a response. */
export function makeResponse(
  status: number,
  headers: HTTPHeaders,
  body: Bytes | string | ReadableStream<Bytes> | null,
  left: LeftToDeno,
): Response {
  const fields: Field[] = [];
  fieldsOf(headers).map.forEach((name, value) => {
    switch (name) {
      case "Content-Length":
        if (left.length) return;
        break;
      case "Date":
        // Each header that is added costs a fiftieth of a small answer.
        if (left.date && value === dateOfNow(Date.now() / 1000)) return;
        break;
      case "Transfer-Encoding":
        return;
    }
    fields.push([name, value]);
  });
  return responseBehind(status, fields, body) ?? plainResponse(status, fields, body);
}

/** Makes a response in the documented way. */
export function plainResponse(
  status: number,
  fields: readonly Field[],
  body: Bytes | string | ReadableStream<Bytes> | null,
): Response {
  const response = new Response(body, { status });
  // To a text Deno adds a type of its own.
  if (typeof body === "string") response.headers.delete("Content-Type");
  for (const [name, value] of fields) response.headers.append(name, value);
  return response;
}

export function emptyStream(): ReadableStream<Bytes> {
  return new ReadableStream({ start: (controller) => controller.close() });
}

/** Makes the response that refuses a request and ends its connection. */
export function refusedResponse({ status, headers, body }: Refusal, method: string): Response {
  const response = new Response(method === "HEAD" || body === "" ? null : body, { status });
  response.headers.delete("Content-Type");
  for (const [name, value] of headers) response.headers.append(name, value);
  response.headers.set("Connection", "close");
  return response;
}

/**
 * Makes a response that ends the connection of a server that is being stopped. After a complete response Deno would
 * wait for the rest of the request, however long that takes; after one that ends before its length it does not.
 */
export function cutResponse(status: number): Response {
  return new Response(emptyStream(), { status, headers: { "Content-Length": "1" } });
}
