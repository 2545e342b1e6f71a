// A server of check_centrifuge.ts: `centrifuge_node.ts HUB_PORT PORT`.
import { Topics } from "../../src/pubsub/mod.ts";
import { WorkersBroker } from "../../src/pubsub/workers.ts";
import { Realtime, type SubscribeReply } from "../../src/realtime/mod.ts";
import { Application } from "../../src/web/mod.ts";
import { HUB_SECRET } from "../support/hub_program.ts";

/** Messages that the history keeps of each channel. */
export const HISTORY = 1000;

class Open extends Realtime {
  override onSubscribe(): SubscribeReply {
    return { history: true };
  }
}

if (import.meta.main) {
  const [hubPort, port] = Deno.args.map(Number);
  const broker = new WorkersBroker({ port: hubPort, secret: HUB_SECRET });
  const site = new Open({ topics: new Topics({ broker, history: { size: HISTORY } }) });
  await broker.whenUp();
  const server = new Application(site.rules("/connection"), { logFunction() {} }).listen(port, {
    address: "127.0.0.1",
  });
  console.log(`listening ${server.port}`);
}
