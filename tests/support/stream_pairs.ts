/**
 * Connected pairs of streams of every kind, for the contract that all of them keep.
 *
 * @module
 */
import {
  type BaseIOStream,
  IOStream,
  type IOStreamOptions,
  PipeIOStream,
  SSLIOStream,
} from "../../src/net/iostream.ts";
import { TCPClient } from "../../src/net/tcpclient.ts";
import { handleBinding } from "../../src/net/_transport/handle_binding.ts";
import { HandleListener } from "../../src/net/_transport/handle_listener.ts";
import type { HandleTransport } from "../../src/net/_transport/handle_transport.ts";
import { MemoryTransport } from "../../src/net/internal.ts";

/** Two ends of one connection. */
export interface StreamPair extends Disposable {
  /** The end under test. */
  readonly near: BaseIOStream;
  /** The other end. */
  readonly far: BaseIOStream;
}

const certificates = new URL("./certs/", import.meta.url);

/** Makes a pair of each kind, by name; the options are those of the near end. */
export const PAIRS: Readonly<Record<string, (options?: IOStreamOptions) => Promise<StreamPair>>> = {
  async tcp(options) {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepted = listener.accept();
    const far = await IOStream.connect({ hostname: "127.0.0.1", port: listener.addr.port });
    return pair(new IOStream(await accepted, options), far);
  },
  async handle(options) {
    const binding = handleBinding();
    if (binding === null) throw new Error("This version of Deno has no stream handles that were tested");
    const listener = HandleListener.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 16 }, binding);
    try {
      const accepted = Promise.withResolvers<HandleTransport>();
      listener.accept({ room: 1, open: 0, take: accepted.resolve, whenRoom() {}, outOfDescriptors() {} });
      const far = await IOStream.connect({ hostname: "127.0.0.1", port: listener.addr.port });
      return pair(new IOStream(await accepted.promise, options), far);
    } finally {
      listener.close();
    }
  },
  async node(options) {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepted = listener.accept();
    const near = await new TCPClient().connect("127.0.0.1", listener.addr.port, { ...options, sourceIp: "127.0.0.1" });
    return pair(near, new IOStream(await accepted));
  },
  async nodeTls(options) {
    const read = (name: string) => Deno.readTextFile(new URL(name, certificates));
    const [cert, key] = await Promise.all([read("server.pem"), read("server_key.pem")]);
    using listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
    const accepted = listener.accept();
    const tls = { sslOptions: {}, validateCert: false };
    const connecting = new TCPClient().connect("127.0.0.1", listener.addr.port, { ...options, ...tls });
    const far = await new SSLIOStream(await accepted).waitForHandshake();
    return pair(await connecting, far);
  },
  async unix(options) {
    const directory = await Deno.makeTempDir();
    try {
      using listener = Deno.listen({ transport: "unix", path: `${directory}/socket` });
      const accepted = listener.accept();
      const far = await IOStream.connect({ transport: "unix", path: `${directory}/socket` });
      return pair(new IOStream(await accepted, options), far);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
  async tls(options) {
    const read = (name: string) => Deno.readTextFile(new URL(name, certificates));
    const [cert, key, ca] = await Promise.all([read("server.pem"), read("server_key.pem"), read("ca.pem")]);
    using listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
    const accepted = listener.accept();
    const connecting = SSLIOStream.connect({ hostname: "localhost", port: listener.addr.port, caCerts: [ca] });
    const near = await new SSLIOStream(await accepted, options).waitForHandshake();
    return pair(near, await connecting);
  },
  // deno-lint-ignore require-await
  async memory(options) {
    const address = (port: number): Deno.NetAddr => ({ transport: "tcp", hostname: "127.0.0.1", port });
    const [near, far] = MemoryTransport.pair({ near: address(1), far: address(2) });
    return pair(new IOStream(near, options), new IOStream(far));
  },
  // deno-lint-ignore require-await
  async pipe(options) {
    const there = new TransformStream<Uint8Array, Uint8Array>(undefined, undefined, { highWaterMark: 16 });
    const back = new TransformStream<Uint8Array, Uint8Array>(undefined, undefined, { highWaterMark: 16 });
    return pair(
      new PipeIOStream({ readable: there.readable, writable: back.writable }, options),
      new PipeIOStream({ readable: back.readable, writable: there.writable }),
    );
  },
};

function pair(near: BaseIOStream, far: BaseIOStream): StreamPair {
  return {
    near,
    far,
    [Symbol.dispose]() {
      near.close();
      far.close();
    },
  };
}
