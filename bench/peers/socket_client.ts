// Opens WebSockets, reads what comes and answers pings, until its input ends. Prints how many are open, and every
// second how many pings it has answered since it began.
//   socket_client.ts PORT COUNT [--tls]
import { certificateFile } from "../support.ts";

const [port = NaN, count = NaN] = Deno.args.map(Number);
const AT_ONCE = 100;
const REQUEST = new TextEncoder().encode(
  "GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
);
const PING = 0x89;
// An empty pong, with a mask of zeros.
const PONG = new Uint8Array([0x8a, 0x80, 0, 0, 0, 0]);
const caCerts = Deno.args.includes("--tls") ? [await Deno.readTextFile(certificateFile("ca.pem"))] : null;
const decoder = new TextDecoder("latin1");
let pongs = 0;

/** Reads frames, all of which are short and come whole or in two. */
async function read(conn: Deno.Conn, memory: Uint8Array): Promise<void> {
  for (let used = 0;;) {
    const more = await conn.read(memory.subarray(used));
    if (more === null) throw new Error("The server has closed a connection");
    used += more;
    let at = 0;
    while (used - at >= 2 && used - at >= 2 + (memory[at + 1] ?? 0)) {
      if (memory[at] === PING) {
        if (memory[at + 1] !== 0) throw new Error("A ping with data is not expected");
        await conn.write(PONG);
        pongs++;
      }
      at += 2 + (memory[at + 1] ?? 0);
    }
    memory.copyWithin(0, at, used);
    used -= at;
  }
}

async function open(): Promise<void> {
  const to = { port, hostname: "127.0.0.1" };
  const conn = caCerts === null ? await Deno.connect(to) : await Deno.connectTls({ ...to, caCerts });
  await conn.write(REQUEST);
  const memory = new Uint8Array(1024);
  let answer = "";
  while (!answer.endsWith("\r\n\r\n")) {
    const length = await conn.read(memory);
    if (length === null) throw new Error(`The server closed after ${JSON.stringify(answer)}`);
    answer += decoder.decode(memory.subarray(0, length));
  }
  void read(conn, memory);
}

let left = count;
await Promise.all(Array.from({ length: AT_ONCE }, async () => {
  while (left-- > 0) await open();
}));
console.log(`connected ${count}`);
setInterval(() => console.log(`pongs ${pongs}`), 1000);
await Deno.stdin.read(new Uint8Array(1));
Deno.exit(0);
