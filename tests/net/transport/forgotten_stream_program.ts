// A server that stops before or after it has answered its only client, and forgets the stream: for handles_test.ts.
import type { IOStream } from "../../../src/net/iostream.ts";
import { TCPServer } from "../../../src/net/tcpserver.ts";

class ForgetfulServer extends TCPServer {
  override async handleStream(stream: IOStream): Promise<void> {
    if (Deno.args[0] === "before") this.stop();
    await stream.write(await stream.readUntil("\n"));
    if (Deno.args[0] === "after") setTimeout(() => this.stop(), 0);
  }
}

const server = new ForgetfulServer();
server.listen(0, { address: "127.0.0.1" });
console.log(server.port);
