/** A server with pretty logs, for `tests/http/descriptors_test.ts`. The argument is the engine or transport. */
import { enablePrettyLogging } from "../../src/util/log.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";

class HelloHandler extends RequestHandler {
  override get(): void {
    this.write("hello");
  }
}

enablePrettyLogging({ logging: "info" });
const app = new Application([["/", HelloHandler]]);
const server = Deno.args[0] === "serve"
  ? app.listen(0, { engine: "serve", address: "127.0.0.1" })
  : app.listen(0, { address: "127.0.0.1", transport: Deno.args[0] === "handle" ? "handle" : "deno" });
console.log(`http://localhost:${server.port}/`);
