/**
 * A proxy that puts faults between a client and a server.
 *
 * @module
 */
import { latin1Bytes, latin1Text } from "../../src/internal/utf8.ts";

/** Passes bytes on to a port, until it is told otherwise. */
export class FaultyProxy implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #target: number;
  readonly #pairs = new Set<{ client: Deno.Conn; server: Deno.Conn }>();
  readonly #running: Promise<void>;
  #refuses = false;
  /** Bytes that still pass to the clients before all connections are cut. */
  #left = Infinity;
  #onCut: (() => void) | null = null;
  #change: ((text: string) => string) | null = null;

  constructor(target: number) {
    this.#target = target;
    this.#running = this.#accept();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Cuts all connections. */
  cut(): void {
    for (const { client, server } of this.#pairs) for (const end of [client, server]) close(end);
    this.#pairs.clear();
  }

  /** Cuts all connections after so many more bytes to the clients, in the middle of whatever it is. */
  cutAfter(bytes: number): Promise<void> {
    this.#left = bytes;
    return new Promise((resolve) => this.#onCut = resolve);
  }

  /** Closes new connections, or lets them through again. */
  refuse(refuses: boolean): void {
    this.#refuses = refuses;
  }

  /** Changes what passes to the clients, in the parts in which it is read, as Latin-1; the length must stay. */
  changeWith(change: (text: string) => string): void {
    this.#change = change;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.cut();
    await this.#running;
  }

  async #accept(): Promise<void> {
    const served: Promise<void>[] = [];
    try {
      for await (const client of this.#listener) served.push(this.#serve(client));
    } finally {
      await Promise.all(served);
    }
  }

  async #serve(client: Deno.Conn): Promise<void> {
    if (this.#refuses) return close(client);
    let server: Deno.Conn;
    try {
      server = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
    } catch {
      return close(client);
    }
    const pair = { client, server };
    this.#pairs.add(pair);
    await Promise.all([this.#pass(client, server, false), this.#pass(server, client, true)]);
    this.#pairs.delete(pair);
  }

  async #pass(from: Deno.Conn, to: Deno.Conn, counts: boolean): Promise<void> {
    const buffer = new Uint8Array(16_384);
    try {
      for (let count; (count = await from.read(buffer)) !== null;) {
        if (counts && this.#change !== null) {
          buffer.set(latin1Bytes(this.#change(latin1Text(buffer.subarray(0, count)))));
        }
        const pass = counts ? Math.min(count, this.#left) : count;
        for (let at = 0; at < pass;) at += await to.write(buffer.subarray(at, pass));
        if (!counts) continue;
        this.#left -= pass;
        if (this.#left > 0) continue;
        this.#left = Infinity;
        this.cut();
        this.#onCut?.();
      }
    } catch {
      // One of the ends was closed.
    }
    close(from);
    close(to);
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
