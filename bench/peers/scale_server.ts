// One of several servers whose WebSockets are all subscribed to one topic, over the hub at --hub. A POST to /all
// publishes to it; GET /state tells what this process has.
import { WorkersBroker } from "../../src/pubsub/workers.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { Topics, WebSocketHandler } from "../../src/websocket/mod.ts";
import { argument, numberArgument } from "../support.ts";

const broker = new WorkersBroker({ path: argument("hub", "") });
const topics = new Topics({ broker });
let open = 0;
let heard = 0;

class Listener extends WebSocketHandler {
  override open(): void {
    open++;
    topics.subscribe("all", this);
  }
  override onMessage(): void {
    heard++;
  }
  override onClose(): void {
    open--;
  }
}

class All extends RequestHandler {
  override post(): void {
    topics.publish("all", this.request.body);
  }
}

class State extends RequestHandler {
  override get(): void {
    this.write({ open, heard });
  }
}

const app = new Application([["/listen", Listener], ["/all", All], ["/state", State]], {
  logFunction() {},
  websocketPingInterval: numberArgument("ping-interval", 60),
});
const server = app.listen(0, { address: "127.0.0.1" });
await broker.whenUp();
console.log(`listening ${server.port}`);
