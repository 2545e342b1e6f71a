// Prints what a message to so many subscribers of a topic costs: the processor time of a publish, without sockets.
import { type Delivery, type Subscriber, Topics } from "../../src/pubsub/mod.ts";
import { timeOf } from "./cookies_timing.mjs";

class Reader implements Subscriber {
  taken = 0;

  deliver(): Delivery {
    this.taken++;
    return "delivered";
  }
}

const points = Deno.args.map((count) => {
  const topics = new Topics();
  for (let i = 0; i < Number(count); i++) topics.subscribe("news", new Reader());
  return [Number(count), timeOf(() => void topics.publish("news", "a message to all"))];
});
console.log(JSON.stringify(points));
