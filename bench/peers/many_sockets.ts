// WebSockets on /socket, each of which is subscribed to one topic of all and to one of many, and is pinged every
// --pings seconds. GET /publish?to=one or many&times=N publishes a message to everybody so many times. With --tls it
// speaks TLS.
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { Topics, WebSocketHandler } from "../../src/websocket/mod.ts";
import { certificateFile, numberArgument } from "../support.ts";

const topics = new Topics();
const names = Array.from({ length: numberArgument("topics", 1000) }, (_, i) => `news/${i}`);
let opened = 0;

class Reader extends WebSocketHandler {
  override open(): void {
    topics.subscribe("news", this);
    topics.subscribe(names[opened++ % names.length] ?? "", this);
  }

  override onMessage(): void {}
}

class Publish extends RequestHandler {
  override async get(): Promise<void> {
    const to = this.getArgument("to") === "one" ? ["news"] : names;
    for (let left = Number(this.getArgument("times")); left > 0; left--) {
      for (const name of to) topics.publish(name, "a message to everybody, of 40 bytes.....");
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    this.write("done");
  }
}

const pings = numberArgument("pings", 0);
const app = new Application([["/socket", Reader], ["/publish", Publish]], {
  logFunction() {},
  ...(pings === 0 ? {} : { websocketPingInterval: pings }),
});
const tls = Deno.args.includes("--tls")
  ? { sslOptions: { certfile: certificateFile("server.pem"), keyfile: certificateFile("server_key.pem") } }
  : {};
console.log(`listening ${app.listen(0, { ...tls, address: "127.0.0.1" }).port}`);
