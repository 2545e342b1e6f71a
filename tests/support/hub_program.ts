/**
 * A hub of `./pubsub/workers` as a program: its argument is the port.
 *
 * @module
 */
import { WorkersHub } from "../../src/pubsub/workers.ts";

/** The secret of the hub. */
export const HUB_SECRET = "a secret for tests";

if (import.meta.main) {
  const hub = new WorkersHub({ port: Number(Deno.args[0]), secret: HUB_SECRET });
  console.log(`The hub is ready on port ${hub.port}`);
}
