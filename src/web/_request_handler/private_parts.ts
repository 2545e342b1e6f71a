import type { RequestHandler } from "../request_handler.ts";
import type { Session } from "../session.ts";
import type { HandlerState } from "./handler_state.ts";

/** Ways to the private fields of a handler, which subclasses neither see nor can overwrite by a field of that name. */
export interface PrivateParts {
  stateOf(handler: RequestHandler): HandlerState;
  replaceState(handler: RequestHandler, state: HandlerState): void;
  sessionOf(handler: RequestHandler): Session | null;
  setSession(handler: RequestHandler, session: Session): void;
  nonceOf(handler: RequestHandler): string | null;
}

/** Returns the response of a handler. */
export let stateOf: PrivateParts["stateOf"];
/** Gives a handler another response: the one of a connection that speaks another protocol. */
export let replaceState: PrivateParts["replaceState"];
/** Returns the session of the visitor; `null` if there is none yet. */
export let sessionOf: PrivateParts["sessionOf"];
/** Sets the session that a handler finds. */
export let setSession: PrivateParts["setSession"];
/** Returns the nonce of the response; `null` if its handler has not asked for one. */
export let nonceOf: PrivateParts["nonceOf"];

/** Called once, by the class whose fields these are. It loads this file, which must not load it in turn. */
export function sharePrivateParts(parts: PrivateParts): void {
  ({ stateOf, replaceState, sessionOf, setSession, nonceOf } = parts);
}

/**
 * The name of the handler method that runs when an HTTP method has returned without writing or ending anything. The
 * request then fails with what it throws.
 */
export const CHECK_EMPTY: unique symbol = Symbol("checkEmpty");
