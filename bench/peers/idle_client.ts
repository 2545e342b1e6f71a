// Opens connections, makes one request on each, and keeps them until its input ends.
//   idle_client.ts PORT COUNT
const [port, count] = Deno.args.map(Number);
const AT_ONCE = 100;
const REQUEST = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
const decoder = new TextDecoder();
const kept: Deno.TcpConn[] = [];

async function open(): Promise<void> {
  const conn = await Deno.connect({ port: port ?? 0, hostname: "127.0.0.1" });
  await conn.write(REQUEST);
  const buffer = new Uint8Array(1024);
  let answer = "";
  while (!answer.endsWith("Hello, world")) {
    const length = await conn.read(buffer);
    if (length === null) throw new Error(`The server closed after ${JSON.stringify(answer)}`);
    answer += decoder.decode(buffer.subarray(0, length));
  }
  kept.push(conn);
}

await Promise.all(Array.from({ length: AT_ONCE }, async () => {
  while (kept.length + AT_ONCE <= (count ?? 0)) await open();
}));
while (kept.length < (count ?? 0)) await open();
console.log(`connected ${kept.length}`);
await Deno.stdin.read(new Uint8Array(1));
