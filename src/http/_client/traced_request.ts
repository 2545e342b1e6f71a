import type { OutgoingListener, OutgoingTrace } from "../../internal/events.ts";
import type { SettledRequest } from "./settled_request.ts";

/** One request as listeners want it sent: with fields of theirs, such as `traceparent`. They learn of its end. */
export class TracedRequest implements OutgoingTrace {
  readonly request: SettledRequest;
  readonly #traces: readonly OutgoingTrace[];

  constructor(listeners: readonly OutgoingListener[], request: SettledRequest) {
    const { method, url } = request;
    const traceFields: (readonly [string, string])[] = [];
    const setHeader = (name: string, value: string) => void traceFields.push([name, value]);
    this.#traces = listeners.map((one) => one.sending({ method, url, setHeader })).filter((trace) => trace !== null);
    this.request = { ...request, traceFields };
  }

  answered(status: number): void {
    for (const trace of this.#traces) trace.answered(status);
  }

  failed(error: Error): void {
    for (const trace of this.#traces) trace.failed(error);
  }
}
