import type { Settings } from "../web/mod.ts";
import type { BackpressurePolicy } from "../websocket_core/internal.ts";

/** Settings of an `Application` that WebSockets look at. */
export interface WebSocketSettings extends Settings {
  /**
   * Seconds between pings to each client; `null` or 0 for none.
   *
   * @default {null}
   */
  websocketPingInterval?: number | null;
  /**
   * Seconds to wait for a pong, at most the interval; `null` for as long as that, 0 for not looking at pongs.
   *
   * @default {null}
   */
  websocketPingTimeout?: number | null;
  /**
   * The most bytes of a message that is received.
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
   * What happens to messages for a client that does not read them.
   *
   * @default {"close"}
   */
  websocketBackpressure?: BackpressurePolicy;
  /**
   * The code to close with when the server is drained: 1001 or 1012.
   *
   * @default {1001}
   */
  websocketDrainCode?: number;
}

/**
 * A setting that is a number, or `null`.
 *
 * @throws {TypeError} If it is something else.
 */
export function numberSetting(settings: Settings, name: string): number | null {
  const value = settings[name] ?? null;
  if (value === null || typeof value === "number") return value;
  throw new TypeError(`Invalid setting ${name}: ${Deno.inspect(value)} is not a number`);
}
