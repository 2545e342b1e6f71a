// Twister's hello: a RequestHandler with all default headers and ETag, on the engine that --engine names, or on the
// transport that --transport names. With --tls it speaks TLS.
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { certificateFile, transportArgument } from "../support.ts";

class MainHandler extends RequestHandler {
  override get(): void {
    this.write("Hello, world");
  }
}

const app = new Application([["/", MainHandler]]);
const address = "127.0.0.1";
const tls = Deno.args.includes("--tls")
  ? { sslOptions: { certfile: certificateFile("server.pem"), keyfile: certificateFile("server_key.pem") } }
  : {};
const server = Deno.args.includes("--engine=serve")
  ? app.listen(0, { ...tls, engine: "serve", address })
  : app.listen(0, tls.sslOptions === undefined ? { address, transport: transportArgument() } : { ...tls, address });
console.log(`listening ${server.port}`);
