// A chat: what one client says goes to all who are in the same room.
import { define } from "@twister/twister/options";
import { Topics } from "@twister/twister/pubsub";
import { Application, RequestHandler } from "@twister/twister/web";
import { WebSocketHandler } from "@twister/twister/websocket";

const debug = define("debug", { defaultValue: false, help: "Restart at changes, and show errors in pages" });

const MAX_TEXT = 1000;
/** Proxies cut connections that are silent for a minute or less. */
const PING_SECONDS = 30;

class PageHandler extends RequestHandler {
  override async get(): Promise<void> {
    this.setHeader("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'");
    await this.render("page.html");
  }
}

class ChatSocket extends WebSocketHandler {
  declare readonly kwargs: { topics: Topics };
  #room = "";

  override open(room: string): void {
    this.#room = room;
    this.kwargs.topics.subscribe(room, this);
  }

  override onMessage(message: string | Uint8Array): void {
    if (typeof message !== "string") return this.close(1003, "text only");
    if (message.length > 0 && message.length <= MAX_TEXT) this.kwargs.topics.publish(this.#room, message);
  }
}

/** Makes the application; with a broker for the topics, several processes share the rooms. */
export function makeApp(topics: Topics = new Topics()): Application {
  return new Application([["/", PageHandler], [String.raw`/rooms/(\w{1,40})`, ChatSocket, { topics }]], {
    templatePath: `${import.meta.dirname}/templates`,
    staticPath: `${import.meta.dirname}/static`,
    websocketPingInterval: PING_SECONDS,
    debug: debug.value,
  });
}
