// /echo, /deflate (the same with compression) and /fanout (a message to all on that path), as the other websocket_
// peers; on the transport that --transport names.
import { Application } from "../../src/web/mod.ts";
import { Topics, type WebSocketCompressionOptions, WebSocketHandler } from "../../src/websocket/mod.ts";
import { transportArgument } from "../support.ts";

class Echo extends WebSocketHandler {
  override onMessage(message: string | Uint8Array): void {
    this.writeMessage(message);
  }
}

class Deflate extends Echo {
  override getCompressionOptions(): WebSocketCompressionOptions {
    return {};
  }
}

const topics = new Topics();

class FanOut extends WebSocketHandler {
  override open(): void {
    topics.subscribe("all", this);
  }
  override onMessage(message: string | Uint8Array): void {
    topics.publish("all", message);
  }
}

const app = new Application([["/echo", Echo], ["/deflate", Deflate], ["/fanout", FanOut]], {
  logFunction() {},
  websocketMaxMessageSize: 1 << 24,
});
const server = app.listen(0, { address: "127.0.0.1", transport: transportArgument() });
console.log(`listening ${server.port}`);
