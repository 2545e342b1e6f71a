// 20 KiB of JSON in gzip, on the engine that --engine names.
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { argument } from "../support.ts";
import { ITEMS } from "./gzip_items.ts";

class Items extends RequestHandler {
  override get(): void {
    this.write({ items: ITEMS });
  }
}

const app = new Application([["/", Items]], { compressResponse: true });
const address = "127.0.0.1";
const server = argument("engine", "listen") === "serve"
  ? app.listen(0, { engine: "serve", address })
  : app.listen(0, { address });
console.log(`listening ${server.port}`);
