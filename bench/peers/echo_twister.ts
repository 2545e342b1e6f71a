// Sends back what it reads, on the streams of a TCPServer.
import { type IOStream, StreamClosedError } from "../../src/net/iostream.ts";
import { TCPServer } from "../../src/net/tcpserver.ts";

class EchoServer extends TCPServer {
  override async handleStream(stream: IOStream): Promise<void> {
    try {
      for (;;) await stream.write(await stream.readBytes(65536, true));
    } catch (error) {
      if (!(error instanceof StreamClosedError)) throw error;
    }
  }
}

const server = new EchoServer();
server.listen(0, { address: "127.0.0.1" });
console.log(`listening ${server.port}`);
