/**
 * Has all servers of the tests listen by `Deno.listen`: `deno task test:deno` loads it before the tests.
 *
 * @module
 */
import { type ListenOptions, TCPServer } from "../../src/net/tcpserver.ts";

const { listen } = TCPServer.prototype;

TCPServer.prototype.listen = function (port: number, options: ListenOptions = {}): void {
  listen.call(this, port, typeof options.fd === "number" ? options : { transport: "deno", ...options });
};
