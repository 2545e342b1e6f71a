// Opens subscriptions of events_twister.ts, and keeps them until its input ends.
//   subscriber_client.ts PORT COUNT events|kept|socket
const [port, count, kind] = Deno.args;
const AT_ONCE = 100;
const [request, end] = kind === "socket"
  ? [
    "GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    /101 Switching[^]*\r\n\r\n$/,
  ]
  : [`GET /${kind} HTTP/1.1\r\nHost: a\r\n\r\n`, /retry: \d+\n\n\r\n$/];
const bytes = new TextEncoder().encode(request);
const decoder = new TextDecoder();
const kept: Deno.TcpConn[] = [];

async function open(): Promise<void> {
  const conn = await Deno.connect({ port: Number(port), hostname: "127.0.0.1" });
  await conn.write(bytes);
  const buffer = new Uint8Array(1024);
  let answer = "";
  while (!end.test(answer)) {
    const length = await conn.read(buffer);
    if (length === null) throw new Error(`The server closed after ${JSON.stringify(answer)}`);
    answer += decoder.decode(buffer.subarray(0, length));
  }
  kept.push(conn);
}

await Promise.all(Array.from({ length: AT_ONCE }, async () => {
  while (kept.length + AT_ONCE <= Number(count)) await open();
}));
while (kept.length < Number(count)) await open();
console.log(`connected ${kept.length}`);
await Deno.stdin.read(new Uint8Array(1));
