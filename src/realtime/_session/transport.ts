import type { Delivery, TopicMessage } from "../../pubsub/mod.ts";
import type { RequestHandler } from "../../web/mod.ts";

/** Carries frames to one client. */
export interface Transport {
  readonly name: "websocket" | "sse" | "http_stream";
  readonly handler: RequestHandler;
  /** Tells whether commands come in requests of their own, which have to name the session. */
  readonly isEmulated: boolean;
  /** Sends a frame. */
  send(frame: string): void;
  /** Sends a frame that many clients get. */
  share(frame: TopicMessage): Delivery;
  /** Ends the connection, and tells the client why. */
  close(code: number, reason: string): void;
}
