// A server of check_centrifuge.ts: `centrifuge_node.ts HUB PORT`.
import { Topics } from "../../src/pubsub/mod.ts";
import { WorkersBroker } from "../../src/pubsub/workers.ts";
import { Realtime, type SubscribeReply } from "../../src/realtime/mod.ts";
import { Application } from "../../src/web/mod.ts";

/** Messages that the history keeps of each channel. */
export const HISTORY = 1000;

class Open extends Realtime {
  override onSubscribe(): SubscribeReply {
    return { history: true };
  }
}

if (import.meta.main) {
  const [path = "", port] = Deno.args;
  const broker = new WorkersBroker({ path });
  const site = new Open({ topics: new Topics({ broker, history: { size: HISTORY } }) });
  await broker.whenUp();
  const server = new Application(site.rules("/connection"), { logFunction() {} }).listen(Number(port), {
    address: "127.0.0.1",
  });
  console.log(`listening ${server.port}`);
}
