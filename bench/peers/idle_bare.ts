// Bare Deno.TcpConns: each answers one request with a constant and then waits in a read of 1 KiB.
const ANSWER = new TextEncoder().encode("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nHello, world");

async function serve(conn: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(1024);
  while (await conn.read(buffer) !== null) await conn.write(ANSWER);
  conn.close();
}

const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
console.log(`listening ${listener.addr.port}`);
for await (const conn of listener) serve(conn);
