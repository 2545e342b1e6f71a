// Sends a message on each of some connections and waits until it is back, again and again; prints how many came back.
//
//   echo_client.ts PORT CONNECTIONS SIZE SECONDS
const [port = NaN, connections = NaN, size = NaN, seconds = NaN] = Deno.args.map(Number);
const message = new Uint8Array(size).fill(0x61);
let end = Infinity;

async function ask(): Promise<number> {
  using connection = await Deno.connect({ port, hostname: "127.0.0.1" });
  connection.setNoDelay();
  const memory = new Uint8Array(size);
  let count = 0;
  for (; performance.now() < end; count++) {
    for (let sent = 0; sent < size;) sent += await connection.write(message.subarray(sent));
    for (let taken = 0; taken < size;) {
      const more = await connection.read(memory.subarray(taken));
      if (more === null) throw new Error("The server has closed the connection");
      taken += more;
    }
  }
  return count;
}

end = performance.now() + seconds * 1000;
const counts = await Promise.all(Array.from({ length: connections }, ask));
console.log(counts.reduce((sum, count) => sum + count, 0));
