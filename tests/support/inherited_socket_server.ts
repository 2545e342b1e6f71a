/** Serves on the first socket that it was passed, for `tests/net/netutil/listen_fds_test.ts`. */
import type { IOStream } from "../../src/net/iostream.ts";
import { listenFds } from "../../src/net/netutil.ts";
import { TCPServer } from "../../src/net/tcpserver.ts";

class HelloServer extends TCPServer {
  override async handleStream(stream: IOStream): Promise<void> {
    await stream.write(new TextEncoder().encode("hello"));
    stream.close();
  }
}

const [fd] = listenFds();
if (fd === undefined) throw new Error("There is no socket");
const server = new HelloServer();
server.listen(0, { fd });
console.log(JSON.stringify(server.addresses));
