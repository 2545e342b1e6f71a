/**
 * Clients that ask a server without a pause, and count the requests that get no answer.
 *
 * @module
 */
import { latin1, latin1Bytes } from "./bytes.ts";

const REQUEST = latin1Bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
const LAST_REQUEST = latin1Bytes("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

/** Some clients of one server. Each asks until it cannot connect any more; every fourth connects for each request. */
export class Load {
  /** The requests that were sent. */
  sent = 0;
  /** The requests that were answered. */
  answered = 0;
  /** Resolves when all clients have ended. */
  readonly ended: Promise<unknown>;
  readonly #port: number;

  /** Starts the clients. */
  constructor(port: number, clients: number) {
    this.#port = port;
    this.ended = Promise.all(Array.from({ length: clients }, (_, i) => this.#client(i % 4 !== 0)));
  }

  /** The requests that were sent and not answered. */
  get lost(): number {
    return this.sent - this.answered;
  }

  async #client(keepAlive: boolean): Promise<void> {
    for (;;) {
      let connection: Deno.TcpConn;
      try {
        connection = await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
      } catch {
        return;
      }
      await this.#use(connection, keepAlive);
      connection.close();
    }
  }

  async #use(connection: Deno.TcpConn, keepAlive: boolean): Promise<void> {
    for (;;) {
      this.sent++;
      let head = "";
      try {
        await connection.write(keepAlive ? REQUEST : LAST_REQUEST);
        head = await readAnswer(connection);
      } catch {
        // Reset by the server: it counts as lost.
      }
      if (!head.startsWith("HTTP/1.1 200 ")) return;
      this.answered++;
      if (/^connection: close\r/im.test(head)) return;
    }
  }
}

/** Reads one answer with a `Content-Length`; returns its head, or `""` if the connection ended before it. */
async function readAnswer(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(4096);
  let text = "";
  for (;;) {
    const count = await connection.read(buffer);
    if (count === null) return "";
    text += latin1(buffer.subarray(0, count));
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) continue;
    const head = text.slice(0, end + 2);
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    if (text.length >= end + 4 + length) return head;
  }
}
