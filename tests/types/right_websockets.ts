// A program without a mistake: WebSockets beside pages. It has to compile; nothing runs it.
import { Application, RequestHandler, type Settings, url } from "../../src/web/mod.ts";
import { Topics } from "../../src/pubsub/mod.ts";
import { WebSocketHandler, type WebSocketSettings } from "../../src/websocket/mod.ts";

interface Rooms {
  readonly topics: Topics;
  readonly names: Set<string>;
}

abstract class RoomHandler extends WebSocketHandler {
  declare readonly kwargs: { rooms: Rooms };

  override getCurrentUser(): string | null {
    return this.getSignedCookieText("name");
  }

  override open(room: string): void {
    if (this.currentUser === null) return this.close(4001, "no name");
    this.kwargs.rooms.topics.subscribe(room, this);
    this.kwargs.rooms.names.add(this.currentUser);
  }
}

class Chat extends RoomHandler {
  override onMessage(message: string | Uint8Array): void {
    if (typeof message !== "string") return this.close(1003);
    for (const room of this.kwargs.rooms.topics.topics(this)) {
      this.kwargs.rooms.topics.publish(room, { said: message, by: this.currentUser }, { except: this });
    }
  }
}

class Echo extends WebSocketHandler {
  override async open({ room }: { room: string }): Promise<void> {
    await this.writeMessage({ room });
  }
  override async onMessage(message: string | Uint8Array<ArrayBuffer>): Promise<void> {
    await this.writeMessage(message);
  }
}

class Listener extends WebSocketHandler {
  override onMessage(): void {}
}

class Anything extends WebSocketHandler {
  override onMessage(message: unknown): void {
    this.writeMessage(String(message));
    this.write("the compiler does not know that this is no page");
  }
}

class Louder extends Anything {
  override onMessage(message: string | Uint8Array): void {
    super.onMessage(String(message).toUpperCase());
  }
}

class Page extends RequestHandler {
  declare readonly kwargs: { rooms: Rooms };

  override get(): void {
    const { websocketPingInterval = null, websocketBackpressure = "close" } = this.settings;
    this.write({ websocketPingInterval, websocketBackpressure, names: [...this.kwargs.rooms.names] });
  }
}

const rooms: Rooms = { topics: new Topics(), names: new Set() };
const sockets: WebSocketSettings = { websocketPingInterval: 20, websocketBackpressure: "wait" };
const settings: Settings = { ...sockets, xsrfCookies: true };

export const app: Application = new Application([
  ["/", Page, { rooms }],
  ["/chat/(.*)", Chat, { rooms }],
  ["/echo/(?P<room>.*)", Echo],
  url("/chat2/(.*)", Chat, { kwargs: { rooms }, name: "chat" }),
  ["/listen", Listener],
  ["/anything", Anything],
  ["/louder", Louder, {}, "louder"],
], settings);
