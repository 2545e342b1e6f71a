/**
 * An upstream that answers one request of a row with bytes of its choice, and all others in order.
 *
 * @module
 */
import { latin1Bytes, latin1Text } from "../../../src/internal/utf8.ts";
import type { IOStream } from "../../../src/net/iostream.ts";
import { TCPServer } from "../../../src/net/tcpserver.ts";

const END_OF_HEAD = latin1Bytes("\r\n\r\n");

/** Reads heads of requests, and answers them. */
export class HostileUpstream extends TCPServer {
  /** What it sends in answer to `/answer`, before it closes. */
  answer = "";

  override async handleStream(stream: IOStream): Promise<void> {
    try {
      for (;;) {
        const [, target = ""] = latin1Text(await stream.readUntil(END_OF_HEAD)).split(" ");
        if (target === "/answer") {
          await stream.write(latin1Bytes(this.answer));
          return;
        }
        stream.send(latin1Bytes(`HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`));
      }
    } catch {
      // The proxy has had enough.
    } finally {
      stream.close();
    }
  }
}
