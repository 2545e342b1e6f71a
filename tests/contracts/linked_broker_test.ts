import { assertEquals } from "@std/assert";
import { test } from "../support/test.ts";
import { linkedBrokerContract, Site } from "./linked_broker_contract.ts";

// Redis and NATS are tested in tests/interop, since they are programs of their own.
linkedBrokerContract(["workers"]);

/** BroadcastChannel brings some hundreds of a turn, and loses the others. */
const BURST = 100_000;

test("workers: a burst of 100,000 messages comes whole and in order", async () => {
  await using site = await Site.open("workers");
  site.publish(BURST);
  const { received, told } = await site.end();
  assertEquals([received, told], [BURST + 1, 0]);
});
