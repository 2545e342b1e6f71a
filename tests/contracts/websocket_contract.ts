/**
 * What a peer may rely on, whichever face of the house it talks to: every case runs against each of them, as far as its
 * framing is our own.
 *
 * @module
 */
import { closingContract } from "./_websocket/closing.ts";
import type { End } from "./_websocket/ends.ts";
import { faultContract } from "./_websocket/faults.ts";
import { messageContract } from "./_websocket/messages.ts";
import { pressureContract } from "./_websocket/pressure.ts";

/** Registers all cases for an end. */
export function websocketContract(end: End): void {
  messageContract(end);
  closingContract(end);
  faultContract(end);
  pressureContract(end);
}
