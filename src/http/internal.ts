/**
 * The parts of HTTP for other folders of this library: functions as delegates, headers without checks for code that
 * knows what it writes, and the heads of responses. It is not an entry of the package.
 *
 * @module
 */
export { CallableAdapter } from "./_adapters/callable_adapter.ts";
export { AnsweringEngine } from "./_client/answering_engine.ts";
export { ClientConnection, type ResponseSink, type WireRequest } from "./_client/client_connection.ts";
export { idleSeconds } from "./_client/idle_seconds.ts";
export { Connector, type Destination } from "./_client/connector.ts";
export { DEFAULT_MAX_SIZE } from "./_client/hop_engine.ts";
export { ConnectionPool, type Lease } from "./_client/pool.ts";
export { isRedirect, methodAfter, removeBodyFields, removeCredentials } from "./_client/redirect.ts";
export { RequestControl } from "./_client/request_control.ts";
export { isIdempotent } from "./_client/retry.ts";
export { basic, proxyFor } from "./_client/proxy.ts";
export { type Body, type Settings, settingsOf, WITH_BODY } from "./_client/settled_request.ts";
export { listHas } from "./_http1/message_head.ts";
export { ResponseHeadParser } from "./_http1/response_head.ts";
export { readResponseHead } from "./_http1/response_reader.ts";
export { filterHeaders, getTrusted, peekTrusted, sealHeaders, setTrusted } from "./_httputil/headers.ts";
export { respondEmpty } from "./_httputil/responses.ts";
export { withoutDefaultPort } from "./_httputil/urls.ts";
