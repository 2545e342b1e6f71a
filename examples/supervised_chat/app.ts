import { taskId } from "../../src/net/process.ts";
import { type TopicBroker, Topics } from "../../src/pubsub/mod.ts";
import { Application, RequestHandler } from "../../src/web/mod.ts";
import { WebSocketHandler } from "../../src/websocket/mod.ts";
import { fileRoutes } from "../shared/files.ts";
import { PAGE } from "./page.ts";

const TOPIC = "chat";
/** Characters of a message: what a person writes in one go. */
const MAX_LENGTH = 500;

class PageHandler extends RequestHandler {
  override get(): void {
    this.write(PAGE);
  }
}

class ChatHandler extends WebSocketHandler {
  declare readonly kwargs: { topics: Topics };

  override open(): void {
    this.kwargs.topics.subscribe(TOPIC, this);
    void this.writeMessage({ worker: taskId() });
  }

  override onMessage(message: string | Uint8Array): void {
    if (typeof message !== "string" || message.length > MAX_LENGTH) return this.close(1008, "Too long, or not text");
    this.kwargs.topics.publish(TOPIC, { from: taskId(), text: message });
  }
}

/** Makes the chat of one worker; the broker carries what is said to the others. */
export function makeChat(broker: TopicBroker): Application {
  const topics = new Topics({ broker });
  return new Application([["/", PageHandler], ["/socket", ChatHandler, { topics }], ...fileRoutes({})]);
}
