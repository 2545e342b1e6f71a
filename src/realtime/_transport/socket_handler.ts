import type { Bytes } from "../../internal/bytes.ts";
import type { Delivery, TopicMessage } from "../../pubsub/mod.ts";
import { WebSocketHandler } from "../../websocket/mod.ts";
import type { Session } from "../_session/session.ts";
import type { Transport } from "../_session/transport.ts";
import type { RealtimeServer } from "./rules.ts";

/** A client over a WebSocket: each message is a frame. */
export class SocketHandler extends WebSocketHandler implements Transport {
  declare readonly kwargs: { readonly server: RealtimeServer };
  readonly name = "websocket";
  readonly isEmulated = false;
  #session: Session | null = null;

  get handler(): this {
    return this;
  }

  override get maxMessageSize(): number {
    return this.kwargs.server.settings.maxFrameSize;
  }

  override get highWaterMark(): number {
    return this.kwargs.server.settings.highWaterMark;
  }

  override open(): void {
    this.#session = this.kwargs.server.open(this);
  }

  override onMessage(message: string | Bytes): void | Promise<void> {
    // A client that speaks Protobuf sends bytes.
    if (typeof message === "string") return this.#session?.receive(message);
    this.#session?.refuse();
  }

  override onClose(): void {
    this.#session?.closed();
  }

  send(frame: string): void {
    if (this.wsConnection !== null && !this.wsConnection.isClosing()) void this.writeMessage(frame);
  }

  share(frame: TopicMessage): Delivery {
    return this.deliver(frame);
  }
}
