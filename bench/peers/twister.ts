// Twister's hello: a RequestHandler with all default headers and ETag, on the engine that --engine names.
import { HTTPServer } from "../../src/http/httpserver.ts";
import { ServeServer } from "../../src/http/serve.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";

class MainHandler extends RequestHandler {
  override get(): void {
    this.write("Hello, world");
  }
}

const app = new Application([["/", MainHandler]]);
const server = Deno.args.includes("--engine=serve") ? new ServeServer(app) : new HTTPServer(app);
server.listen(0, { address: "127.0.0.1" });
console.log(`listening ${server.port}`);
