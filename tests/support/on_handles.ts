/**
 * Has all servers of the tests listen on Deno's stream handles: `deno task test:handles` loads it before the tests.
 *
 * @module
 */
import { type ListenOptions, TCPServer } from "../../src/net/tcpserver.ts";

const { listen } = TCPServer.prototype;

TCPServer.prototype.listen = function (port: number, options: ListenOptions = {}): void {
  // Handles have no TLS.
  listen.call(this, port, this.sslOptions === null ? { transport: "auto", ...options } : options);
};
