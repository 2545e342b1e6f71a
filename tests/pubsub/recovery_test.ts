import { assertEquals } from "@std/assert";
import { Presence, Topics } from "../../src/pubsub/mod.ts";
import { Application } from "../../src/web/mod.ts";
import { type WebSocketClientConnection, websocketConnect } from "../../src/websocket/mod.ts";
import { test } from "../support/test.ts";
import { Feed } from "./recovery_node.ts";
import { publishAfterRead } from "./support.ts";

async function readLines(connection: WebSocketClientConnection, count: number): Promise<string[]> {
  const lines: string[] = [];
  while (lines.length < count) lines.push(String(await connection.readMessage()));
  return lines;
}

test("Feed of the check of recovery never goes back behind a message that it has sent", async () => {
  await using topics = new Topics({ history: {} });
  await using presence = new Presence(new Topics());
  await using server = new Application([["/feed/(\\w+)", Feed, { topics, presence }]])
    .listen(0, { address: "127.0.0.1" });
  const connect = (since: string) => websocketConnect(`ws://127.0.0.1:${server.port}/feed/t?id=1&since=${since}`);

  await using first = await connect("");
  const [line] = await readLines(first, 1);
  const [epoch] = line.split(" ");
  assertEquals(line, `${epoch} 0 recovered 0`);
  topics.publish("t", "one");
  assertEquals(await readLines(first, 1), [`${epoch} 1 one`]);

  publishAfterRead(topics, "t", "two");
  await using second = await connect(`${epoch}:0`);
  assertEquals(await readLines(second, 3), [`${epoch} 1 one`, `${epoch} 2 two`, `${epoch} 2 recovered 1`]);

  publishAfterRead(topics, "t", "three");
  await using third = await connect("00:5");
  assertEquals(await readLines(third, 2), [`${epoch} 3 three`, `${epoch} 3 lost 2`]);

  await using fourth = await connect(`${epoch}:3`);
  assertEquals(await readLines(fourth, 1), [`${epoch} 3 recovered 3`]);
});
