// Twister's hello: a RequestHandler with all default headers and ETag, on the engine that --engine names.
import { Application, RequestHandler } from "../../src/web/mod.ts";

class MainHandler extends RequestHandler {
  override get(): void {
    this.write("Hello, world");
  }
}

const app = new Application([["/", MainHandler]]);
const address = "127.0.0.1";
const server = Deno.args.includes("--engine=serve")
  ? app.listen(0, { engine: "serve", address })
  : app.listen(0, { address });
console.log(`listening ${server.port}`);
