// Sends back what it reads, on the streams of a TCPServer: with --into from memory of its own, as by hand.
import { type IOStream, StreamClosedError } from "../../src/net/iostream.ts";
import { TCPServer } from "../../src/net/tcpserver.ts";

class EchoServer extends TCPServer {
  override async handleStream(stream: IOStream): Promise<void> {
    try {
      if (into) await echoInto(stream);
      else for (;;) await stream.write(await stream.readBytes(65536, true));
    } catch (error) {
      if (!(error instanceof StreamClosedError)) throw error;
    }
  }
}

async function echoInto(stream: IOStream): Promise<void> {
  const memory = new Uint8Array(65536);
  for (;;) await stream.write(memory.subarray(0, await stream.readInto(memory, true)));
}

const into = Deno.args.includes("--into");
const server = new EchoServer();
server.listen(0, { address: "127.0.0.1" });
console.log(`listening ${server.port}`);
