import type { WebSocketSettings } from "../websocket_core/internal.ts";

/**
 * A setting that is a number, or `null`.
 *
 * @throws {TypeError} If it is something else.
 */
export function numberSetting(settings: WebSocketSettings, name: keyof WebSocketSettings): number | null {
  const value = settings[name] ?? null;
  if (value === null || typeof value === "number") return value;
  throw new TypeError(`Invalid setting ${name}: ${Deno.inspect(value)} is not a number`);
}
