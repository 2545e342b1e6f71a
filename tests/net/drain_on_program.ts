// A server with one response that never ends, for drain_on_test.ts: `drain_on_program.ts ENGINE SECONDS`.
import { Application, RequestHandler } from "../../src/web/mod.ts";

class EndlessHandler extends RequestHandler {
  override async get(): Promise<void> {
    this.write("begun");
    await this.flush();
    await Promise.withResolvers<void>().promise;
  }
}

class MainHandler extends RequestHandler {
  override get(): void {
    this.write("hello");
  }
}

const [engine, seconds] = Deno.args;
const app = new Application([["/", MainHandler], ["/endless", EndlessHandler]]);
const options = { address: "127.0.0.1" };
const first = engine === "serve" ? app.listen(0, { ...options, engine }) : app.listen(0, options);
const second = new Application().listen(0, options);
// Without the end of the process, this would keep it alive.
setInterval(() => {}, 1000);
first.drainOn(["SIGINT", "SIGTERM"], Number(seconds), {
  before: () => console.log("before"),
  after: () => console.log("after"),
});
second.drainOn(["SIGINT", "SIGTERM"], Number(seconds), { after: () => console.log("second") });
const withdraw = second.drainOn(["SIGINT", "SIGUSR1"], Number(seconds), { after: () => console.log("withdrawn") });
withdraw();
console.log(`http://localhost:${first.port}/`);
