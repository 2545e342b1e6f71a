import type { OutgoingListener, OutgoingTrace } from "../../internal/events.ts";
import { type HTTPHeaders, setTrusted } from "../_httputil/headers.ts";
import type { SettledRequest } from "./settled_request.ts";

/** Tells listeners that a request is about to be sent, with headers that they may add to; they learn of its end. */
export function traceRequest(
  listeners: readonly OutgoingListener[],
  { method, url }: SettledRequest,
  headers: HTTPHeaders,
): OutgoingTrace {
  const record = { method, url, setHeader: (name: string, value: string) => setLower(headers, name, value) };
  const traces = listeners.map((listener) => listener.sending(record)).filter((trace) => trace !== null);
  return {
    answered: (status) => traces.forEach((trace) => trace.answered(status)),
    failed: (error) => traces.forEach((trace) => trace.failed(error)),
  };
}

/** Sets a field whose name is sent in lower case: Deno.serve finds a `traceparent` only in that. */
function setLower(headers: HTTPHeaders, name: string, value: string): void {
  headers.delete(name);
  setTrusted(headers, name.toLowerCase(), value);
}
