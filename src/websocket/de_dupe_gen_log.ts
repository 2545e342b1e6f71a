import { genLog } from "../util/log.ts";

/** The number of different messages that are remembered, as in Python's `lru_cache`. */
const MAX_REMEMBERED = 128;

const logged = new Set<string>();

/**
 * Logs a message to the general log, once for the life of the process. Tornado's `de_dupe_gen_log`.
 *
 * @example
 * ```ts
 * import { deDupeGenLog } from "@twister/twister/websocket";
 * import { INFO } from "@twister/twister/log";
 *
 * for (let i = 0; i < 3; i++) deDupeGenLog(INFO, "this is logged once");
 * ```
 */
export function deDupeGenLog(level: number, message: string): void {
  const key = `${level} ${message}`;
  if (logged.has(key)) return;
  if (logged.size === MAX_REMEMBERED) logged.clear();
  logged.add(key);
  // The message is no format.
  genLog.log(level, "%s", message);
}
