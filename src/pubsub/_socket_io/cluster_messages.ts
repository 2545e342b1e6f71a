import type { ClusterMessage, ClusterResponse } from "npm:socket.io-adapter@2.5.9";
import { isTexts } from "../../internal/json_object.ts";

export type { ClusterMessage, ClusterResponse } from "npm:socket.io-adapter@2.5.9";

/** The class of an adapter, as the option `adapter` of Socket.IO's server takes it. */
export type AdapterClass = (typeof import("npm:socket.io-adapter@2.5.9"))["Adapter"];

/** Loads the package of the adapters of Socket.IO, which reads the environment (`DEBUG`). */
export function loadAdapters(): Promise<typeof import("npm:socket.io-adapter@2.5.9")> {
  return import("npm:socket.io-adapter@2.5.9");
}

// The numbers of `MessageType` of socket.io-adapter, whose code is loaded only when an adapter is made.
const INITIAL_HEARTBEAT = 1;
const HEARTBEAT = 2;
const BROADCAST = 3;
const SOCKETS_JOIN = 4;
const SOCKETS_LEAVE = 5;
const DISCONNECT_SOCKETS = 6;
const FETCH_SOCKETS = 7;
const FETCH_SOCKETS_RESPONSE = 8;
const SERVER_SIDE_EMIT = 9;
const SERVER_SIDE_EMIT_RESPONSE = 10;
const BROADCAST_CLIENT_COUNT = 11;
const BROADCAST_ACK = 12;
const ADAPTER_CLOSE = 13;

/** Tells whether a value is a message to all servers of a namespace. */
export function isClusterMessage(value: unknown): value is ClusterMessage {
  const { type, data } = fieldsOf(value);
  switch (type) {
    case INITIAL_HEARTBEAT:
    case HEARTBEAT:
    case ADAPTER_CLOSE:
      return true;
    case BROADCAST:
    case DISCONNECT_SOCKETS:
    case FETCH_SOCKETS:
      return hasOptions(data);
    case SOCKETS_JOIN:
    case SOCKETS_LEAVE:
      return hasOptions(data) && isTexts(data.get("rooms"));
    case SERVER_SIDE_EMIT:
      return Array.isArray(data.get("packet"));
  }
  return false;
}

/** Tells whether a value is an answer to one server. */
export function isClusterResponse(value: unknown): value is ClusterResponse {
  const { type, data } = fieldsOf(value);
  if (typeof data.get("requestId") !== "string") return false;
  switch (type) {
    case FETCH_SOCKETS_RESPONSE:
      return Array.isArray(data.get("sockets"));
    case SERVER_SIDE_EMIT_RESPONSE:
    case BROADCAST_ACK:
      return true;
    case BROADCAST_CLIENT_COUNT:
      return typeof data.get("clientCount") === "number";
  }
  return false;
}

interface Fields {
  /** `null` if the value is not a message. */
  readonly type: unknown;
  readonly data: ReadonlyMap<string, unknown>;
}

function fieldsOf(value: unknown): Fields {
  const fields = membersOf(value);
  const isMessage = typeof fields.get("uid") === "string" && typeof fields.get("nsp") === "string";
  return { type: isMessage ? fields.get("type") : null, data: membersOf(fields.get("data")) };
}

function hasOptions(data: ReadonlyMap<string, unknown>): boolean {
  const options = membersOf(data.get("opts"));
  return isTexts(options.get("rooms")) && isTexts(options.get("except"));
}

function membersOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>(typeof value === "object" && value !== null ? Object.entries(value) : []);
}
