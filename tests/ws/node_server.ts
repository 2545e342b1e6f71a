// Servers of node:http.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Listens on a free port. */
export async function listen(http: Server): Promise<number> {
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  return portOf(http.address());
}

/** Closes a server of node:http and waits for it. */
export async function close(http: Server): Promise<void> {
  const closed = once(http, "close");
  http.close();
  await closed;
}

/** The port of an address of node. */
export function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("not a port");
  return address.port;
}
