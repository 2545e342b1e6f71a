// A server as a rolling restart wants it: <engine> <port>. At SIGTERM it fails /readyz for a while, drains, and ends.
import { sleep } from "../../src/concurrency/gen.ts";
import { Health } from "../../src/ops/health.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";

/** Seconds of work of a request, at most: there is always one under way. */
const WORK = 0.01;
/** Seconds in which balancers see that the server is about to end. */
const DELAY = 2;

class Page extends RequestHandler {
  override async get(): Promise<void> {
    await sleep(Math.random() * WORK);
    this.write("done");
  }
}

const [engine, port] = Deno.args;
const health = new Health();
const app = new Application([["/", Page], ...health.rules], { logFunction() {} });
const server = engine === "serve"
  ? app.listen(Number(port), { address: "127.0.0.1", engine: "serve" })
  : app.listen(Number(port), { address: "127.0.0.1" });
health.watch(server);
Deno.addSignalListener("SIGTERM", async () => {
  const complete = await health.shutDown(server, { delay: DELAY, deadline: 30 });
  Deno.exit(complete ? 0 : 1);
});
