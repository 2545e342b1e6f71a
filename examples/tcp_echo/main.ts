// A TCP echo: deno run --allow-net examples/tcp_echo/main.ts [--port=8888] [--address=127.0.0.1]
// A client: deno run --allow-net examples/tcp_echo/client.ts --port=8888 some words
import { type IOStream, StreamClosedError } from "../../src/net/iostream.ts";
import { TCPServer } from "../../src/net/tcpserver.ts";
import { define } from "../../src/util/options.ts";
import { bind } from "../shared/listen.ts";
import { readArguments } from "./arguments.ts";

const port = define("port", { defaultValue: 8888, type: "int", help: "Port to listen on; 0 for any free one" });
const address = define("address", { defaultValue: "127.0.0.1", help: "Address to listen on" });

/** The longest line in bytes: nobody may fill the memory with one. */
const MAX_LINE = 65536;
/** Seconds that clients have to leave. */
const DRAIN_SECONDS = 1;

/** Sends each line back. */
class EchoServer extends TCPServer {
  override async handleStream(stream: IOStream): Promise<void> {
    try {
      for (;;) await stream.write(await stream.readUntil("\n", MAX_LINE));
    } catch (error) {
      // The client has left.
      if (!(error instanceof StreamClosedError)) throw error;
    }
  }
}

readArguments();
const server = new EchoServer();
bind(port.value, () => server.listen(port.value, { address: address.value }));
console.log(`tcp://${address.value}:${server.port}`);
server.drainOn(["SIGINT", "SIGTERM"], DRAIN_SECONDS);
