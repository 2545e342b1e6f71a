import { bindSockets, type NetListener } from "../net/netutil.ts";

/**
 * Listens on a free port and returns the listener and the number of the port. Tornado's `bind_unused_port`.
 *
 * @param reusePort Tells whether several processes may listen on the port; Linux only, with `--unstable-net`.
 * @param address The IP address to listen on.
 * @throws {TypeError} If `reusePort` needs the flag that Deno lacks.
 *
 * @example
 * ```ts
 * import { HTTPServer } from "@twister/twister/httpserver";
 * import { bindUnusedPort } from "@twister/twister/testing";
 * import { Application } from "@twister/twister/web";
 * import { assertEquals } from "@std/assert";
 *
 * const [listener, port] = bindUnusedPort();
 * await using server = new HTTPServer(new Application());
 * server.addSocket(listener);
 * assertEquals(server.port, port);
 * ```
 */
export function bindUnusedPort(reusePort: boolean = false, address: string = "127.0.0.1"): [NetListener, number] {
  const [listener] = bindSockets(0, { address, reusePort });
  if (listener === undefined) throw new Error(`Cannot listen on ${address}: it has no address`);
  return [listener, listener.addr.port];
}
