import { assertEquals, assertStringIncludes } from "@std/assert";
import { type WebSocketClientConnection, websocketConnect } from "../../src/websocket/mod.ts";
import { type Program, startProgram } from "../support/program.ts";
import { test } from "../support/test.ts";

const PATH = "examples/supervised_chat/main.ts";
const permissions = ["--allow-run", "--allow-env"];

async function next(socket: WebSocketClientConnection): Promise<Record<string, unknown>> {
  const message = await socket.readMessage();
  if (message === null) throw new Error(`The connection is closed with ${socket.closeCode}`);
  return JSON.parse(String(message));
}

/** Connects until there is a socket at each worker; the others are closed. */
async function connectToBoth(program: Program): Promise<WebSocketClientConnection[]> {
  const sockets: WebSocketClientConnection[] = [];
  while (sockets.filter(Boolean).length < 2) {
    const all = Array.from({ length: 4 }, () => websocketConnect(`ws://127.0.0.1:${program.port}/socket`));
    for (const socket of await Promise.all(all)) {
      const { worker } = await next(socket);
      if (sockets[Number(worker)] === undefined) sockets[Number(worker)] = socket;
      else await socket[Symbol.asyncDispose]();
    }
  }
  return sockets;
}

test("examples/supervised_chat carries each message to the visitors of all workers, once and in order", async () => {
  await using program = await startProgram(PATH, { permissions });
  const sockets = await connectToBoth(program);
  for (const text of ["one", "two"]) await sockets[0]?.writeMessage(text);
  for (const socket of sockets) {
    assertEquals(await next(socket), { from: 0, text: "one" });
    assertEquals(await next(socket), { from: 0, text: "two" });
  }
  await sockets[1]?.writeMessage("three");
  for (const socket of sockets) assertEquals(await next(socket), { from: 1, text: "three" });
  for (const socket of sockets) await socket[Symbol.asyncDispose]();
});

test("examples/supervised_chat serves its page, and closes its WebSockets at the interrupt signal", async () => {
  await using program = await startProgram(PATH, { permissions });
  assertStringIncludes(await (await fetch(`${program.address}/`)).text(), 'id="messages"');
  const sockets = await connectToBoth(program);
  const status = program.interrupt();
  for (const socket of sockets) {
    while (await socket.readMessage() !== null);
    assertEquals(socket.closeCode, 1001);
  }
  assertEquals(await status, 0);
});
