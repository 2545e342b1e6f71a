/**
 * HTTP/1.x connections over streams, for servers and clients. Tornado's `tornado.http1connection`.
 *
 * {@linkcode HTTP1ServerConnection} answers the requests of one stream; {@linkcode HTTP1Connection} is one exchange, on
 * either side. Most programs need neither: `HTTPServer` makes them.
 *
 * @module
 */
export { HTTP1Connection } from "./_http1/connection.ts";
export {
  CR_OR_LF_RE,
  DIGITS,
  HEXDIGITS,
  isTransferEncodingChunked,
  parseHexInt,
  parseInt,
} from "./_http1/header_framing.ts";
export { type HTTP1ConnectionOptions, HTTP1ConnectionParameters } from "./_http1/parameters.ts";
export { HTTP1ServerConnection } from "./_http1/server_connection.ts";
