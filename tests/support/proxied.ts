/**
 * A proxy in front of upstreams, on a free port.
 *
 * @module
 */
import { ProxyHandler, type ProxyOptions, Upstreams, type UpstreamsOptions } from "../../src/proxy/mod.ts";
import { Application, type ApplicationListenOptions, type ApplicationServeOptions } from "../../src/web/mod.ts";
import type { Server } from "../../src/http/httpserver.ts";

/** A running proxy. */
export interface Proxied extends AsyncDisposable {
  readonly port: number;
  readonly server: Server;
  readonly upstreams: Upstreams;
}

/** Options of {@linkcode proxied}. */
export interface ProxiedOptions {
  readonly upstreams?: UpstreamsOptions;
  readonly proxy?: Partial<ProxyOptions>;
  readonly server?: ApplicationListenOptions | ApplicationServeOptions;
  /** The handler, if it is not the plain one. */
  readonly handler?: typeof ProxyHandler;
}

/** Times that no busy machine exceeds. */
const PATIENT: UpstreamsOptions = { tryTime: 30, idleTimeout: 60, connectTimeout: 30 };

/** Starts a proxy in front of addresses, or of servers on ports of this machine. */
export function proxied(targets: readonly (string | { port: number })[], options: ProxiedOptions = {}): Proxied {
  const addresses = targets.map((each) => typeof each === "string" ? each : `http://127.0.0.1:${each.port}`);
  const upstreams = new Upstreams(addresses, { ...PATIENT, ...options.upstreams });
  const handler = options.handler ?? ProxyHandler;
  const application = new Application([["(?s:.*)", handler, { ...options.proxy, upstreams }]]);
  const server = application.listen(0, { ...options.server, address: "127.0.0.1" });
  return {
    port: server.port,
    server,
    upstreams,
    async [Symbol.asyncDispose](): Promise<void> {
      await server[Symbol.asyncDispose]();
      upstreams.close();
    },
  };
}
