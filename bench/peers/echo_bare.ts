// Sends back what it reads, by hand on Deno.listen.
async function serve(connection: Deno.TcpConn): Promise<void> {
  const memory = new Uint8Array(65536);
  try {
    for (;;) {
      const count = await connection.read(memory);
      if (count === null) return;
      for (let sent = 0; sent < count;) sent += await connection.write(memory.subarray(sent, count));
    }
  } catch {
    // The client has gone.
  } finally {
    connection.close();
  }
}

const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
console.log(`listening ${listener.addr.port}`);
for await (const connection of listener) void serve(connection);
