import { StreamClosedError } from "../../net/iostream.ts";
import { DrainError } from "../errors.ts";
import type { HandlerState } from "./handler_state.ts";

/** Makes the signal of a request, which watches its connection and its server from now on. */
export function requestSignal(state: HandlerState): AbortSignal {
  const controller = new AbortController();
  if (state.finished) return controller.signal;
  state.watchClose(() => controller.abort(new StreamClosedError()));
  state.watchDrain((seconds) => controller.abort(new DrainError(seconds)));
  return controller.signal;
}
