import type { RuleTuple } from "../../web/mod.ts";
import type { Session } from "../_session/session.ts";
import type { Transport } from "../_session/transport.ts";
import type { RealtimeSettings } from "../realtime.ts";
import { EmulationHandler } from "./emulation_handler.ts";
import { EventStreamHandler, HttpStreamHandler } from "./stream_handlers.ts";
import { SocketHandler } from "./socket_handler.ts";

/** The server as handlers see it. */
export interface RealtimeServer {
  readonly settings: RealtimeSettings;
  readonly node: string;
  /** Begins a session. */
  open(carrier: Transport): Session;
  /** Returns the session of this name, `null` if there is none. */
  session(id: string): Session | null;
}

/** Makes the rules of a server. */
export function realtimeRules(path: string, server: RealtimeServer): RuleTuple[] {
  return [
    [`${path}/websocket`, SocketHandler, { server }],
    [`${path}/sse`, EventStreamHandler, { server }],
    [`${path}/http_stream`, HttpStreamHandler, { server }],
    [`${path}/emulation`, EmulationHandler, { server }],
  ];
}
