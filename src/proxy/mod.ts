/**
 * A reverse proxy: requests, uploads, event streams and WebSockets go on to one of several servers.
 *
 * {@linkcode ProxyHandler} is the handler of a rule, and {@linkcode Upstreams} are the servers behind it.
 *
 * @module
 */
export type {
  ActiveCheckOptions,
  Balancing,
  HashBalancing,
  PassiveCheckOptions,
  StickyBalancing,
  UpstreamsOptions,
} from "./_upstreams/settings.ts";
export { ProxyHandler, type ProxyOptions } from "./proxy_handler.ts";
export { Upstreams, type UpstreamStatus } from "./upstreams.ts";
