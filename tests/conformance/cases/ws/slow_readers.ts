/**
 * A message of 12 MB goes to a peer that reads 1.3 MB a second, with pings every 2 seconds, and then the sender closes.
 * All of it arrives, and the Close frame with its code behind it: from a handler on both engines, and from a client,
 * which the peer's own server is slow to read. In a second round the sender closes when the message is with the kernel.
 * Takes a minute.
 *
 * Sources of the kind: websockets/ws#678, python-websockets/websockets#1005.
 */
const [checkout = "."] = Deno.args;
const root = new URL(`file://${Deno.realPathSync(checkout)}/`);
const { Application } = await import(new URL("src/web/mod.ts", root).href);
const { websocketConnect, WebSocketHandler, WebSocketProtocol13 } = await import(
  new URL("src/websocket/mod.ts", root).href
);

const SIZE = 12_000_000;
const encoder = new TextEncoder();

class Download extends WebSocketHandler {
  async open(when: string): Promise<void> {
    const sent = this.writeMessage(new Uint8Array(SIZE));
    if (when === "sent") await sent;
    this.close(4000, "done");
  }
}

/** Reads slowly, and returns whether the Close frame, masked or not, came behind all bytes; pings may come between. */
async function readSlowly(connection: Deno.Conn, masked: boolean): Promise<boolean> {
  const frame = 2 + (masked ? 4 : 0) + 6;
  const buffer = new Uint8Array(65536);
  let length = 0;
  let last = new Uint8Array();
  try {
    for (;;) {
      const n = await connection.read(buffer);
      if (n === null) return false;
      length += n;
      last = new Uint8Array([...last, ...buffer.subarray(Math.max(0, n - frame), n)]).slice(-frame);
      const key = masked ? last.slice(2, 6) : new Uint8Array(4);
      const payload = last.slice(-6).map((byte, n) => byte ^ key[n & 3]);
      if (length > SIZE && last[0] === 0x88 && (payload[0] << 8 | payload[1]) === 4000) return true;
      await new Promise((done) => setTimeout(done, 50));
    }
  } catch {
    return false;
  }
}

async function handler(engine: string, when: string): Promise<boolean> {
  // Deno's own pings end a connection that does not answer them in time, so those of the serve engine have to be rare
  // if the handler waits before it closes.
  const websocketPingInterval = engine === "serve" && when === "sent" ? 60 : 2;
  await using server = new Application([["/(.*)", Download]], { websocketPingInterval, logFunction() {} })
    .listen(0, { engine, address: "127.0.0.1" });
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await connection.write(encoder.encode(
    `GET /${when === "sent" ? when : ""} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  ));
  await skipHead(connection);
  return await readSlowly(connection, false);
}

async function client(when: string): Promise<boolean> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept();
  const connecting = websocketConnect(`ws://127.0.0.1:${listener.addr.port}/`, { pingInterval: 2 });
  using connection = await accepted;
  const key = /Sec-Websocket-Key: (.*)\r\n/i.exec(await skipHead(connection))?.[1] ?? "";
  await connection.write(encoder.encode(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${WebSocketProtocol13.computeAcceptValue(key)}\r\n\r\n`,
  ));
  const websocket = await connecting;
  const sent = websocket.writeMessage(new Uint8Array(SIZE));
  const reading = readSlowly(connection, true);
  if (when === "sent") await sent;
  websocket.close(4000, "done");
  return await reading;
}

async function skipHead(connection: Deno.Conn): Promise<string> {
  const byte = new Uint8Array(1);
  let head = "";
  while (!head.endsWith("\r\n\r\n")) {
    await connection.read(byte);
    head += String.fromCharCode(byte[0]);
  }
  return head;
}

let held = true;
for (const when of ["at once", "sent"]) {
  const cases: [string, Promise<boolean>][] = [
    ["handler, listen", handler("listen", when)],
    ["handler, serve", handler("serve", when)],
    ["client", client(when)],
  ];
  for (const [name, result] of cases) {
    const ok = await result;
    console.log(`${name}, closes ${when}: ${ok ? "all of it, and the Close frame" : "cut off  <- FAULT"}`);
    held &&= ok;
  }
}
console.log(held ? "held" : "FAULT");
Deno.exit(held ? 0 : 1);
