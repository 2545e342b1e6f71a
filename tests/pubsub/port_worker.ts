// Takes a port, subscribes to "t", and sends back every message of it that is not the one that is due; then "end".
import { Topics } from "../../src/pubsub/mod.ts";
import { PortBroker } from "./port_broker.ts";

addEventListener("message", (event) => {
  if (!(event instanceof MessageEvent)) return;
  const topics = new Topics({ broker: new PortBroker(event.data) });
  let due = 0;
  topics.subscribe("t", {
    deliver({ text }) {
      if (text === "end") topics.publish("back", `end after ${due}`);
      else if (text !== String(due++)) topics.publish("back", `${text} instead of ${due - 1}`);
      return "delivered";
    },
  });
  topics.publish("back", "ready");
});
