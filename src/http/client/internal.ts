/**
 * The parts of the HTTP client for other folders of this library, apart from `internal.ts`, so that a server does not
 * load them. It is not an entry of the package.
 *
 * @module
 */
export { AnsweringEngine } from "../_client/answering_engine.ts";
export {
  ClientConnection,
  type ExchangeEnd,
  type ResponseSink,
  type WireRequest,
} from "../_client/client_connection.ts";
export { idleSeconds } from "../_client/idle_seconds.ts";
export { Connector, type Destination } from "../_client/connector.ts";
export { DEFAULT_MAX_SIZE } from "../_client/hop_engine.ts";
export { ConnectionPool, type Lease } from "../_client/pool.ts";
export { isRedirect, methodAfter, removeBodyFields, removeCredentials } from "../_client/redirect.ts";
export { RequestControl } from "../_client/request_control.ts";
export { isIdempotent } from "../_client/retry.ts";
export { basic, proxyFor } from "../_client/proxy.ts";
export { type Body, type Settings, settingsOf, WITH_BODY } from "../_client/settled_request.ts";
