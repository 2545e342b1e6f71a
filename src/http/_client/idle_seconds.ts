import { type HTTPHeaders, peekTrusted } from "../_httputil/headers.ts";

const TIMEOUT = /(?:^|[,;\s])timeout=(\d{1,9})/i;

/**
 * Seconds for which a connection may be kept after a response, or 0 and less if it has to be closed.
 *
 * @param headers The headers of the response, in which the server may say how long it keeps the connection.
 * @param most The most seconds.
 */
export function idleSeconds(headers: HTTPHeaders | null, most: number): number {
  const field = headers === null ? null : peekTrusted(headers, "Keep-Alive");
  const hint = field === null ? undefined : TIMEOUT.exec(field)?.[1];
  // A second less than the server: it closes while the next request is on its way otherwise.
  return hint === undefined ? most : Math.min(most, Number(hint) - 1);
}
