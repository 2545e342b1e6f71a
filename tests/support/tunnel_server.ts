/**
 * A proxy for tests of tunnels.
 *
 * @module
 */
import { latin1Bytes, latin1Text } from "../../src/internal/utf8.ts";
import { IOStream } from "../../src/net/iostream.ts";
import { TCPServer } from "../../src/net/tcpserver.ts";

/** A proxy that makes tunnels to a port of this machine, whatever host is asked for. */
export class TunnelServer extends TCPServer {
  readonly #port: number;
  /** The heads of the requests for tunnels. */
  readonly heads: string[] = [];
  readonly #streams: IOStream[] = [];

  constructor(port: number) {
    super();
    this.#port = port;
    this.listen(0, { address: "127.0.0.1" });
  }

  override async handleStream(stream: IOStream): Promise<void> {
    this.#streams.push(stream);
    this.heads.push(latin1Text(await stream.readUntil(latin1Bytes("\r\n\r\n"))));
    const server = await IOStream.connect({ hostname: "127.0.0.1", port: this.#port });
    this.#streams.push(server);
    stream.send("HTTP/1.1 200 Connection established\r\n\r\n");
    pipe(stream, server);
    pipe(server, stream);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    for (const stream of this.#streams) stream.close();
    await super[Symbol.asyncDispose]();
  }
}

function pipe(from: IOStream, to: IOStream): void {
  from.consume({
    onData(buffer) {
      if (!to.closed()) to.send(buffer.take(buffer.length));
    },
    onEnd: () => to.close(),
  });
}
