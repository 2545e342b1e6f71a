import type { HTTPHeaders } from "../_httputil/headers.ts";

/**
 * Seconds for which a connection may be kept after a response, or 0 and less if it has to be closed.
 *
 * @param headers The headers of the response, in which the server may say how long it keeps the connection.
 * @param most The most seconds.
 */
export function idleSeconds(headers: HTTPHeaders | null, most: number): number {
  const [, hint] = /(?:^|[,;\s])timeout=(\d{1,9})/i.exec(headers?.get("Keep-Alive") ?? "") ?? [];
  // A second less than the server: it closes while the next request is on its way otherwise.
  return hint === undefined ? most : Math.min(most, Number(hint) - 1);
}
