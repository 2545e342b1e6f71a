/**
 * The parts of HTTP for other folders of this library: functions as delegates, headers without checks for code that
 * knows what it writes, and the heads of responses. It is not an entry of the package.
 *
 * @module
 */
export { CallableAdapter } from "./_adapters/callable_adapter.ts";
export { listHas } from "./_http1/message_head.ts";
export { ResponseHeadParser } from "./_http1/response_head.ts";
export { readResponseHead } from "./_http1/response_reader.ts";
export { trimOWS } from "./_httputil/fields.ts";
export { checkedName as fieldName } from "./_httputil/header_fields.ts";
export {
  blockOf,
  filterHeaders,
  getTrusted,
  headersOfLines,
  peekTrusted,
  sealHeaders,
  setTrusted,
} from "./_httputil/headers.ts";
export { isBodyless } from "./_httputil/message_checks.ts";
export { plainArgument } from "./_httputil/request.ts";
export { respondEmpty } from "./_httputil/responses.ts";
export { splitTarget, withoutDefaultPort } from "./_httputil/urls.ts";
