// Mistakes in declared events and WebSockets, and in the calls of a client of them. Behind each directive stands a part
// of the message that the compiler shows.
import { Client } from "../../src/api/client.ts";
import { type StandardSchema, TypedHandler } from "../../src/api/mod.ts";
import { TypedWebSocketHandler } from "../../src/api/websocket.ts";
import { Application } from "../../src/web/mod.ts";

declare const text: StandardSchema<string>;
declare const count: StandardSchema<number>;

class Prices extends TypedHandler({ get: { events: { price: count, note: text }, response: {} } }) {
  override get(): void {
    const { send } = this.events();
    // @ts-expect-error: Argument of type '["prize", 1]' is not assignable to parameter of type 'EventArguments
    send("prize", 1);
    // @ts-expect-error: Type 'string' is not assignable to type 'number'
    send("price", "1");
    // @ts-expect-error: Property 'events' does not exist on type 'MethodArgs
    this.args.events;
  }
}

class Chat extends TypedWebSocketHandler({ path: { room: text }, receive: text, send: count }) {
  // @ts-expect-error: Property 'receive' in type 'Chat' is not assignable to the same property in base type
  override receive(message: number): void {
    // @ts-expect-error: Argument of type 'string' is not assignable to parameter of type 'number'
    this.send("hi");
    // @ts-expect-error: Property 'query' does not exist on type 'SocketArgs
    this.args.query;
    this.send(message);
  }
}

// @ts-expect-error: Type '{ page: StandardSchema<string, string>; }' is not assignable to type 'never'
TypedWebSocketHandler({ qurey: { page: text }, receive: text, send: text });

const rules = [["/prices", Prices], ["/chat/(.*)", Chat]] as const;
export const app: Application = new Application(rules);
const client = new Client<typeof rules>("http://localhost");

// @ts-expect-error: Argument of type '"/chat/{room}"' is not assignable to parameter of type '"/prices"'
client.events("/chat/{room}", { path: { room: "a" } });
// @ts-expect-error: Argument of type '"/prices"' is not assignable to parameter of type '"/chat/{room}"'
client.websocket("/prices", { path: { room: "a" } });
const socket = client.websocket("/chat/{room}", { path: { room: "a" } });
// @ts-expect-error: Argument of type 'number' is not assignable to parameter of type 'string'
socket.send(1);
