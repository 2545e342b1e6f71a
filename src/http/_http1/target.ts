import { HTTPInputError } from "../_httputil/errors.ts";
import { isValidHost } from "../_httputil/urls.ts";

/**
 * Checks that a request target has a form that goes with the method (RFC 9112, 3.2).
 *
 * The characters were checked before. CONNECT and its authority-form are refused: this is an origin server.
 *
 * @throws {HTTPInputError} If the target has none of the forms, or is in error.
 */
export function checkTarget(method: string, target: string): void {
  const first = target.charCodeAt(0);
  if (method === "CONNECT") throw new HTTPInputError("CONNECT is not supported", { statusCode: 501 });
  // Nearly every request is in origin-form: a path.
  if (first !== 0x2f && !(target === "*" && method === "OPTIONS")) checkAbsolute(target);
  // RFC 9112, 3.2: no form of the target has a fragment.
  if (target.includes("#")) throw new HTTPInputError("Malformed HTTP request target: it has a fragment");
}

function checkAbsolute(target: string): void {
  const match = /^https?:\/\/([^/?]*)/i.exec(target);
  if (match === null) throw new HTTPInputError("Malformed HTTP request target: neither a path nor an http URI");
  // RFC 9110, 4.2.4: userinfo in a URI that was received is an error.
  if (match[1].includes("@")) throw new HTTPInputError("Malformed HTTP request target: it has userinfo");
  // RFC 9110, 4.2.1: an http URI with an empty host is invalid.
  if (match[1] === "" || match[1].startsWith(":")) {
    throw new HTTPInputError("Malformed HTTP request target: it has no host");
  }
  // It takes the place of Host (RFC 9112, 3.2.2), which has to be valid too.
  if (!isValidHost(match[1])) throw new HTTPInputError("Malformed HTTP request target: its host is invalid");
}
