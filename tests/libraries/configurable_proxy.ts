/**
 * JupyterHub's proxy from npm: `deno run -A configurable_proxy.ts OPTIONS...`, each a JSON object for one proxy. It
 * prints their ports on a line, of users and of the REST interface, as JSON, and ends with its standard input.
 *
 * @module
 */
import { once } from "node:events";
import type { Server } from "node:http";
import { ConfigurableProxy } from "npm:configurable-http-proxy@5.3.0";

const silent = { debug() {}, info() {}, warn() {}, error() {} };

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("There is no port");
  return address.port;
}

const ports = [];
for (const options of Deno.args) {
  const proxy = new ConfigurableProxy({ log: silent, ...JSON.parse(options) });
  ports.push({ proxy: await listen(proxy.proxyServer), api: await listen(proxy.apiServer) });
}
console.log(JSON.stringify(ports));
for await (const _ of Deno.stdin.readable);
Deno.exit();
