// The proxy in front of the ports that the command line names. It tells the bytes of its heap that are in use.
import { ProxyHandler, Upstreams } from "../../src/proxy/mod.ts";
import { CRITICAL, rootLogger } from "../../src/util/log.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";

/** What `--v8-flags=--expose-gc` adds. */
const { gc } = globalThis as { gc?: () => void };

class Heap extends RequestHandler {
  override get(): void {
    for (let i = 0; i < 4; i++) gc?.();
    const { heapUsed, external } = Deno.memoryUsage();
    this.write(String(heapUsed + external));
  }
}

// Thousands of responses break off.
rootLogger.level = CRITICAL + 1;

const upstreams = new Upstreams(Deno.args.map((port) => `http://127.0.0.1:${port}`));
const rules = [["/heap", Heap], ["/.*", ProxyHandler, { upstreams }]] as const;
const server = new Application(rules, { logFunction: () => {} }).listen(0, { address: "127.0.0.1", backlog: 4096 });
console.log(`listening ${server.port}`);
