// The least that a connection for each request can cost on Deno.listen: accept, read once, write a constant, close.
const ANSWER = new TextEncoder().encode(
  "HTTP/1.1 200 OK\r\nServer: bare\r\nContent-Type: text/html; charset=UTF-8\r\n" +
    "Date: Mon, 30 Nov 2026 00:00:00 GMT\r\nConnection: close\r\nContent-Length: 12\r\n\r\nHello, world",
);
const memory = new Uint8Array(65536);

async function serve(connection: Deno.TcpConn): Promise<void> {
  try {
    if (await connection.read(memory) !== null) await connection.write(ANSWER);
  } catch {
    // The client has gone.
  } finally {
    connection.close();
  }
}

const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
console.log(`listening ${listener.addr.port}`);
for await (const connection of listener) void serve(connection);
