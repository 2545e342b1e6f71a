// A server that stops before or after it has answered its only client, and forgets the stream, for handles_test.ts:
// `forgotten_stream_program.ts before|after [PATH]`.
import type { IOStream } from "../../../src/net/iostream.ts";
import { TCPServer } from "../../../src/net/tcpserver.ts";

const [when, path] = Deno.args;

class ForgetfulServer extends TCPServer {
  override async handleStream(stream: IOStream): Promise<void> {
    if (when === "before") this.stop();
    await stream.write(await stream.readUntil("\n"));
    if (when === "after") setTimeout(() => this.stop(), 0);
  }
}

const server = new ForgetfulServer();
if (path) server.listenUnix(path);
else server.listen(0, { address: "127.0.0.1" });
console.log(path ? 0 : server.port);
