import type { BackpressurePolicy } from "./sender.ts";
import type { WebSocketRateLimit } from "./socket_meter.ts";

/** Settings of an `Application` for its WebSockets. */
export interface WebSocketSettings {
  /**
   * Seconds between pings to each client; `null` or 0 for none.
   *
   * @default {null}
   */
  websocketPingInterval?: number | null;
  /**
   * Seconds to wait for a pong, at most the interval; `null` for as long as the interval, 0 to ignore pongs.
   *
   * @default {null}
   */
  websocketPingTimeout?: number | null;
  /**
   * The largest message that is received, in bytes.
   *
   * @default {10485760}
   */
  websocketMaxMessageSize?: number;
  /**
   * Bytes that may wait for a client before `websocketBackpressure` applies.
   *
   * @default {16777216}
   */
  websocketHighWaterMark?: number;
  /**
   * The fate of messages for a client that does not read them.
   *
   * @default {"close"}
   */
  websocketBackpressure?: BackpressurePolicy;
  /**
   * The code of the Close frame when the server is drained: 1001 or 1012.
   *
   * @default {1001}
   */
  websocketDrainCode?: number;
  /**
   * Limits for the messages of each client: one that sends more is read more slowly, and closed with 1008 if it goes
   * on. On the serve engine, where Deno reads on, messages wait for the handler instead.
   *
   * @default {none}
   */
  websocketRateLimit?: WebSocketRateLimit | null;
}
