import { IOStream, type Transport } from "../../src/net/iostream.ts";
import { MemoryTransport } from "../../src/net/internal.ts";
import { ConnTransport } from "../../src/net/_transport/conn_transport.ts";
import { connectHandle } from "../../src/net/_transport/connect_handle.ts";
import { type HandleBinding, handleBinding } from "../../src/net/_transport/handle_binding.ts";
import { HandleListener } from "../../src/net/_transport/handle_listener.ts";
import { transportContract, type TransportPair } from "./transport_contract.ts";

const local = { hostname: "127.0.0.1", port: 0 };

function handles(): HandleBinding {
  const binding = handleBinding();
  if (binding === null) throw new Error(`Deno ${Deno.version.deno} has no stream handles that were tested`);
  return binding;
}

/** Accepts one connection. The listener stays, since a transport may do less after its end. */
async function acceptOne(listener: HandleListener, address: Deno.NetAddr | Deno.UnixAddr): Promise<TransportPair> {
  const { promise, resolve } = Promise.withResolvers<Transport>();
  listener.accept({ room: 1, open: 0, take: resolve, whenRoom() {}, outOfDescriptors() {} });
  const connecting = "path" in address
    ? Deno.connect({ transport: "unix", path: address.path })
    : Deno.connect({ hostname: address.hostname, port: address.port });
  try {
    return { far: new IOStream(await connecting), near: await promise, release: () => listener.close() };
  } catch (error) {
    listener.close();
    throw error;
  }
}

async function inDirectory<T>(run: (path: string) => Promise<T>): Promise<T> {
  const directory = await Deno.makeTempDir();
  try {
    return await run(`${directory}/socket`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

transportContract("handle", {
  resets: true,
  connect() {
    const listener = HandleListener.listen({ ...local, tcpBacklog: 16 }, handles());
    return acceptOne(listener, listener.addr);
  },
});

transportContract("handle (client)", {
  resets: true,
  async connect() {
    using listener = Deno.listen(local);
    const [near, conn] = await Promise.all([connectHandle(listener.addr, null, handles()), listener.accept()]);
    return { near, far: new IOStream(conn) };
  },
});

transportContract("handle (Unix)", {
  resets: true,
  connect: () =>
    inDirectory((path) => {
      const listener = HandleListener.listenUnix(path, 16, () => {}, handles());
      return acceptOne(listener, listener.addr);
    }),
});

transportContract("handle (Unix client)", {
  resets: true,
  connect: () =>
    inDirectory(async (path) => {
      using listener = Deno.listen({ transport: "unix", path });
      const [near, conn] = await Promise.all([connectHandle(listener.addr, null, handles()), listener.accept()]);
      return { near, far: new IOStream(conn) };
    }),
});

transportContract("deno", {
  resets: true,
  async connect() {
    using listener = Deno.listen(local);
    const [conn, far] = await Promise.all([
      listener.accept(),
      IOStream.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    ]);
    return { near: new ConnTransport(conn, 65536), far };
  },
});

transportContract("deno (Unix)", {
  resets: true,
  connect: () =>
    inDirectory(async (path) => {
      using listener = Deno.listen({ transport: "unix", path });
      const [conn, far] = await Promise.all([listener.accept(), IOStream.connect({ transport: "unix", path })]);
      return { near: new ConnTransport(conn, 65536), far };
    }),
});

transportContract("memory", {
  resets: false,
  // deno-lint-ignore require-await
  async connect() {
    const address = (port: number): Deno.NetAddr => ({ transport: "tcp", hostname: "127.0.0.1", port });
    const [near, far] = MemoryTransport.pair({ near: address(1), far: address(2) });
    return { near, far: new IOStream(far) };
  },
});
