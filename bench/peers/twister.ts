// Twister's hello: a RequestHandler with all default headers and ETag, on the engine that --engine names, or on the
// transport that --transport names.
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { transportArgument } from "../support.ts";

class MainHandler extends RequestHandler {
  override get(): void {
    this.write("Hello, world");
  }
}

const app = new Application([["/", MainHandler]]);
const address = "127.0.0.1";
const server = Deno.args.includes("--engine=serve")
  ? app.listen(0, { engine: "serve", address })
  : app.listen(0, { address, transport: transportArgument() });
console.log(`listening ${server.port}`);
