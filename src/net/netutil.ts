/**
 * Listening, accepting, name resolution and TLS options. Tornado's `tornado.netutil`.
 *
 * A server's `listen` calls it. Programs call it for sockets that they bind before they make the server, or share among
 * several: `server.addSockets(bindSockets(8888))`.
 *
 * @module
 */
export { type AcceptCallback, addAcceptHandler } from "./_netutil/accept_handler.ts";
export {
  type AddressFamily,
  bindSockets,
  type BindSocketsOptions,
  DEFAULT_BACKLOG,
  type ListenOptions,
  type NetListener,
} from "./_netutil/bind_sockets.ts";
export { bindUnixSocket, type BindUnixSocketOptions } from "./_netutil/bind_unix_socket.ts";
export { CachingResolver, type CachingResolverOptions } from "./_netutil/caching_resolver.ts";
export { listenFds } from "./_netutil/listen_fds.ts";
export { isValidIp } from "./_netutil/ip.ts";
export { OverrideResolver, type OverrideResolverOptions, type ResolverMapping } from "./_netutil/override_resolver.ts";
export { DefaultLoopResolver, type ResolvedAddress, type ResolveOptions, Resolver } from "./_netutil/resolver.ts";
export { type SSLOptions, sslOptionsToContext, type TlsOptions } from "./_netutil/ssl_options.ts";
