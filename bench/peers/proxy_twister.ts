// The proxy in front of the ports that the command line names.
import { ProxyHandler, Upstreams } from "../../src/proxy/mod.ts";
import { Application } from "../../src/web/mod.ts";

const upstreams = new Upstreams(Deno.args.map((port) => `http://127.0.0.1:${port}`));
const app = new Application([["/.*", ProxyHandler, { upstreams }]], { logFunction: () => {} });
const server = app.listen(0, { address: "127.0.0.1", backlog: 4096 });
console.log(`listening ${server.port}`);
