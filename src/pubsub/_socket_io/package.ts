export type { ClusterMessage, ClusterResponse } from "npm:socket.io-adapter@2.5.9";

/** The class of an adapter, as the option `adapter` of Socket.IO's server takes it. */
export type AdapterClass = (typeof import("npm:socket.io-adapter@2.5.9"))["Adapter"];

/** Loads the package of the adapters of Socket.IO, which reads the environment (`DEBUG`). */
export function loadAdapters(): Promise<typeof import("npm:socket.io-adapter@2.5.9")> {
  return import("npm:socket.io-adapter@2.5.9");
}
